"""Every text that a person sees passes through Qt's translation: in a language of brackets none is without them."""

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from app.translation import counted, tr
from app.translation_texts import texts, write_texts
from training_jobs.corpora.conventions import convention_names

_WINDOW = """
import re, sys
from pathlib import Path
from PySide6.QtCore import QSettings, QTranslator
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (QAbstractButton, QApplication, QComboBox, QGroupBox, QLabel, QLineEdit, QMenu, QTabBar,
    QWidget)

class Brackets(QTranslator):
    def translate(self, context, text, disambiguation=None, n=-1):
        return "[[" + text.replace("%n", str(n)) + "]]" if context == "studio" else ""

application = QApplication([])
brackets = Brackets()
application.installTranslator(brackets)
from app.window.studio import Studio
from app.window.settings_dialog import SettingsDialog
from app.window.theme import Themes
studio = Studio(QSettings(sys.argv[1], QSettings.Format.IniFormat), Themes(application, QSettings()))
studio.preferences.show_settings()
studio.show_tour()
found = []
def look(what, text):
    if re.search(r"[A-Za-z]{2}", re.sub(r"\\[\\[.*?\\]\\]|<[^>]*>", "", text, flags=re.S)):
        found.append((what, text))
for action in studio.window.findChildren(QAction):
    look("action", action.text()); look("tip", action.toolTip()); look("status", action.statusTip())
for widget in studio.window.findChildren(QWidget):
    name = type(widget).__name__
    look(name + " tip", widget.toolTip())
    look(name + " name", widget.accessibleName())
    if isinstance(widget, (QLabel, QAbstractButton)):
        look(name, widget.text())
    if isinstance(widget, QLineEdit):
        look(name, widget.placeholderText())
    if isinstance(widget, (QGroupBox, QMenu)):
        look(name, widget.title())
    if isinstance(widget, QTabBar):
        for at in range(widget.count()):
            look(name, widget.tabText(at))
    if isinstance(widget, QComboBox):
        for at in range(widget.count()):
            look(name, widget.itemText(at))
studio.window.close()
for what, text in dict.fromkeys(found):
    print(what, "|", text.replace(chr(10), " "))
"""
# What is the same in every language: units, names of devices, of formats, of features, of corpora; the labels of a
# project and the columns of a CSV file, which are data.
_SAME = re.compile(
    r"\| (.* (Hz|ms)(\[\[.*)?|Hz|CPU|CUDA|MPS|MFCC|Labelled CSV|all|(angry|happy|neutral|sad)( \(\d\))?"
    r"|default|emotion|confidence|probabilities|model|rater|valence|arousal|dominance|note|unsure|origin|speaker"
    r"|.*\[\[20 s of speech\]\].*)$"
)


@pytest.fixture(scope="module")
def untranslated(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the window shows without brackets."""
    place = tmp_path_factory.mktemp("window") / "window.ini"
    done = subprocess.run(
        [sys.executable, "-c", _WINDOW, str(place)], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if "|" in line]


def test_every_text_of_the_window_is_translated(untranslated: list[str]) -> None:
    corpora = {f"ReadAs | {name}" for name in convention_names()}
    left = [line for line in untranslated if not _SAME.search(line) and line not in corpora]
    assert not left, "\n".join(left)


def test_english_is_as_it_is_written() -> None:
    assert tr("Fine-tune…") == "Fine-tune…"
    assert [counted(number, "speaker") for number in (0, 1, 2)] == ["0 speakers", "1 speaker", "2 speakers"]


def test_a_translation_is_kept_when_texts_are_collected_anew(tmp_path: Path) -> None:
    path = tmp_path / "humpcat_de.ts"
    assert write_texts(path, "de") == len(texts())
    tree = ElementTree.parse(path)
    message = next(each for each in tree.iter("message") if each.findtext("source") == "Predict")
    translation = message.find("translation")
    assert translation is not None
    translation.text = "Vorhersagen"
    del translation.attrib["type"]
    tree.write(path, encoding="utf-8")
    assert write_texts(path, "de") == len(texts()) - 1
    again = next(
        each for each in ElementTree.parse(path).iter("message") if each.findtext("source") == "Predict"
    )
    assert again.findtext("translation") == "Vorhersagen"


def test_a_language_that_was_translated_is_shown(tmp_path: Path, home: Path) -> None:
    """Collect, translate two texts, release with Qt's own tool, and load."""
    from app.translation_texts import write_texts

    path = tmp_path / "humpcat_de.ts"
    write_texts(path, "de")
    tree = ElementTree.parse(path)
    for message in tree.iter("message"):
        translation = message.find("translation")
        assert translation is not None
        if message.findtext("source") == "Predict":
            translation.text = "Vorhersagen"
            del translation.attrib["type"]
        if message.findtext("source") == "%n speaker(s)":
            for form in list(translation):
                translation.remove(form)
            for text in ("%n Stimme", "%n Stimmen"):
                ElementTree.SubElement(translation, "numerusform").text = text
            del translation.attrib["type"]
    tree.write(path, encoding="utf-8")
    release = Path(sys.executable).with_name("pyside6-lrelease")
    subprocess.run([release, path, "-qm", tmp_path / "humpcat_de.qm"], check=True, capture_output=True)
    code = (
        "import sys; from PySide6.QtCore import QCoreApplication, QTranslator; a = QCoreApplication([]);"
        "t = QTranslator(); assert t.load(sys.argv[1]); a.installTranslator(t);"
        "from app.translation import tr, counted; print(tr('Predict'), counted(1, 'speaker'), counted(2, 'speaker'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "humpcat_de.qm"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "Vorhersagen 1 Stimme 2 Stimmen"
