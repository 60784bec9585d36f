"""F1: the page about what is in front of the user; and the tour at the first start."""

import re
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QShortcut, QTextDocument
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.window.actions import ACTIONS
from app.window.help_window import ABOUT, KEYS, PAGES, START, HelpWindow, help_file, page_at
from app.window.settings_dialog import SettingsDialog
from app.window.studio import Studio
from core_model.folders import resources_folder
from core_model.settings import read_settings

Until = Callable[[Callable[[], bool]], None]


def test_every_page_has_a_file_and_every_file_a_page() -> None:
    files = {path.stem for path in (resources_folder() / "help").glob("*.md")}
    assert files == PAGES.keys() - {KEYS, ABOUT}


def test_links_lead_to_pages_that_exist() -> None:
    for name in PAGES.keys() - {KEYS, ABOUT}:
        for link in re.findall(r"\]\((?!http)([^)]+)\)", help_file(name).read_text(encoding="utf-8")):
            place = resources_folder() / "help" / link if link.endswith(".png") else help_file(link[:-3])
            assert place.is_file(), f"{name}: {link}"


def test_pictures_are_there_and_shown(studio: Studio) -> None:
    studio.help.show_page("walk")
    names = re.findall(r"!\[[^]]*\]\(([^)]+)\)", help_file("walk").read_text(encoding="utf-8"))
    assert len(names) >= 8
    for name in names:
        picture = studio.help.text.loadResource(QTextDocument.ResourceType.ImageResource.value, QUrl(name))
        assert 0 < picture.width() <= studio.help.text.viewport().width(), name
        assert (resources_folder() / "help" / name).stat().st_size < 80_000, "pictures travel in the wheel"
    studio.help.close()


@pytest.mark.parametrize(
    ("page", "wanted"),
    [("annotate", "annotate"), ("live", "live"), ("tune", "finetune"), ("models", "models")],
)
def test_f1_opens_the_page_of_the_view(
    studio: Studio, page: str, wanted: str, until: Until, qtbot: QtBot
) -> None:
    studio.actions[f"page:{page}"].trigger()
    if page == "annotate":
        studio.recordings.list.setFocus()
    until(lambda: page_at(studio.window.focusWidget()) == wanted)
    qtbot.keyClick(studio.window, Qt.Key.Key_F1)
    assert studio.help.isVisible()
    assert studio.help.page == wanted
    assert studio.help.contents.currentItem().text() == PAGES[wanted]
    studio.help.close()


def test_f1_in_a_dialog_opens_its_page(studio: Studio, until: Until, qtbot: QtBot) -> None:
    dialogs = (studio.plot_tools.options_panel, studio.dialogs.exporting, studio.dialogs.importing)
    for dialog, wanted in zip(dialogs, ("annotate", "files", "files"), strict=True):
        dialog.show()
        dialog.activateWindow()
        until(dialog.isActiveWindow)
        qtbot.keyClick(dialog, Qt.Key.Key_F1)
        own = dialog.findChild(HelpWindow)
        assert own is not None
        assert (own.isVisible(), own.page) == (True, wanted)
        own.close()
        dialog.close()


def test_no_key_means_two_things_in_the_window(studio: Studio) -> None:
    listed = [spec.name for spec in ACTIONS if not spec.local]
    keys = {key.toString() for name in listed for key in studio.actions[name].shortcuts()}
    own = {
        shortcut.key().toString()
        for shortcut in studio.window.findChildren(QShortcut)
        if (parent := shortcut.parent()) and isinstance(parent, QWidget) and parent.window() is studio.window
    }
    assert "Ctrl+U" in own
    # Plain keys are a widget's own while it has the keyboard.
    assert not {key for key in keys & own if len(key) > 1}


def test_a_widget_without_a_page_leads_to_the_start(qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    assert page_at(widget) == START
    assert page_at(None) == START


def test_links_keys_and_back(studio: Studio) -> None:
    window = studio.help
    window.show_page("start")
    window.text.anchorClicked.emit("finetune.md")
    assert window.page == "finetune"
    window.show_page(KEYS)
    assert "Ctrl+P" in window.text.toPlainText()
    window.back()
    window.back()
    assert window.page == "start"
    window.close()


def test_what_is_looked_for_is_found(studio: Studio, qtbot: QtBot) -> None:
    window = studio.help
    window.show_page("finetune")
    qtbot.keyClicks(window.search, "probe")
    qtbot.keyClick(window.search, Qt.Key.Key_Return)
    assert window.text.textCursor().selectedText().lower() == "probe"
    window.close()


def test_the_tour_has_five_cards_and_is_shown_once(studio: Studio, qtbot: QtBot) -> None:
    tour = studio.tour
    assert not tour.seen
    studio.show_tour()
    for number in range(1, 6):
        assert tour.isVisible()
        assert tour._count.text() == f"{number} of 5"
        assert studio.window.rect().contains(tour.geometry())
        qtbot.mouseClick(tour.next, Qt.MouseButton.LeftButton)
    assert not tour.isVisible()
    assert tour.seen


def test_escape_skips_the_tour(studio: Studio, qtbot: QtBot) -> None:
    studio.show_tour()
    qtbot.keyClick(studio.tour.next, Qt.Key.Key_Escape)
    assert not studio.tour.isVisible()
    assert studio.tour.seen


def test_settings_are_saved_and_used(studio: Studio, qtbot: QtBot) -> None:
    studio.actions["settings"].trigger()
    dialog = studio.window.findChild(SettingsDialog)
    assert dialog is not None
    dialog.cache.setValue(7.0)
    dialog.device.setCurrentIndex(dialog.device.findData("cpu"))
    dialog.save()
    assert (read_settings().cache_gb, read_settings().device) == (7.0, "cpu")
    assert studio.actions["device:cpu"].isChecked()
    studio.preferences.choose_device("auto")
    assert (read_settings().cache_gb, read_settings().device) == (7.0, "auto")
