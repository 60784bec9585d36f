"""Walk through the program as a newcomer does, with real clicks and keys, and write down each with a picture.

    python tests/e2e/walk.py model CORPUS RECORDING OUT      from a folder to a model in use on a new recording
    python tests/e2e/walk.py mistakes CORPUS OUT             what a newcomer gets wrong, and what the program says
    python tests/e2e/walk.py full CORPUS OUT                 a disk without room: OUT lies on a disk of its own,
                                                             mount -t tmpfs -o size=1500m none OUT

CORPUS is EMO-DB. Everything happens in a fresh profile below OUT; nothing is called behind the window's back.
"""

import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, QSettings, Qt, QTimer
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QMessageBox,
    QTabBar,
    QToolButton,
    QWidget,
)

from app.window.program import begin
from app.window.studio import Studio
from app.window.theme import Themes

_SIZE = (1366, 768)
_PATIENCE = 600.0  # s


class Walk:
    """A window, and the list of what was clicked."""

    def __init__(self, out: Path, title: str) -> None:
        self.out, self.home = out, out / "profile"
        out.mkdir(parents=True, exist_ok=True)
        for each in out.iterdir():  # OUT itself may be a disk's root
            shutil.rmtree(each) if each.is_dir() else each.unlink()
        self.home.mkdir(parents=True)
        os.environ["HUMPCAT_HOME"] = str(self.home)
        self.application = QApplication.instance() or QApplication(["humpcat"])
        self.lines, self.shots = [f"# {title}", ""], 0
        self.studio = self.open()

    def open(self) -> Studio:
        """Start the program."""
        settings = QSettings(str(self.home / "config" / "window.ini"), QSettings.Format.IniFormat)
        studio = Studio(settings, Themes(self.application, settings))  # type: ignore[arg-type]
        studio.window.resize(*_SIZE)
        studio.window.show()
        begin(studio, [])
        self.studio = studio
        self.until(lambda: bool(studio.models.names))
        return studio

    def say(self, text: str) -> None:
        """Write a line down."""
        self.lines.append(text)
        print(text, flush=True)  # noqa: T201 - whoever runs this waits for minutes

    def shot(self, what: str, widget: QWidget | None = None) -> None:
        """Take a picture of the window, or of a dialog."""
        self.wait(0.3)
        self.shots += 1
        name = f"{self.shots:02d}-{what}.png"
        (widget or self.studio.window).grab().save(str(self.out / name))
        self.lines += ["", f"![{what}]({name})", ""]

    def wait(self, seconds: float) -> None:
        """Let the window go on."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.application.processEvents()
            time.sleep(0.005)

    def until(self, holds: Callable[[], bool]) -> float:
        """Wait until something holds; how long that took."""
        began = time.monotonic()
        while not holds():
            assert time.monotonic() - began < _PATIENCE, "it took too long"
            self.wait(0.02)
        return time.monotonic() - began

    def click(self, widget: QWidget, name: str, at: QPoint | None = None) -> None:
        """Click on something that can be seen."""
        assert widget.isVisible() and widget.isEnabled(), f"{name} cannot be clicked"
        self.say(f"{self._number()}. Click **{name}**.")
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at or QPoint())
        self.wait(0.05)

    def key(self, keys: str, what: str) -> None:
        """Press keys that open a dialog or go somewhere."""
        self.say(f"{self._number()}. Press **{keys}** ({what}).")
        self.studio.window.activateWindow()  # without a window manager nobody else does, after a dialog
        self.until(self.studio.window.isActiveWindow)
        QTest.keySequence(self.studio.window, QKeySequence(keys))
        self.wait(0.05)

    def button(self, text: str, inside: QWidget | None = None) -> QAbstractButton:
        """The visible button with this text."""
        found = [
            each
            for each in (inside or self.studio.window).findChildren(QAbstractButton)
            if each.text().replace("&", "") == text and each.isVisible()
        ]
        assert found, f"no button {text}"
        return found[0]

    def page(self, name: str) -> None:
        """Go to a page by the tool bar."""
        buttons = [each for each in self.studio.window.findChildren(QToolButton) if each.text() == name]
        self.click(next(each for each in buttons if each.isVisible()), name)

    def tab(self, name: str, inside: QWidget) -> None:
        """Go to a tab."""
        for bar in inside.findChildren(QTabBar):
            for at in range(bar.count()):
                if bar.tabText(at).startswith(name) and bar.isVisible():
                    self.click(bar, f"{name} (tab)", bar.tabRect(at).center())
                    return
        raise AssertionError(f"no tab {name}")

    def choose(self, box: QComboBox, text: str, name: str) -> None:
        """Choose in a box by keys: its first letters."""
        box.setFocus()
        QTest.keyClicks(box, text)
        self.say(f"{self._number()}. In **{name}** type “{text}”: {box.currentText()}.")
        self.wait(0.1)

    def choose_files(self, click: Callable[[], None], path: Path) -> None:
        """Answer the file dialog that a click opens by typing a path and Enter."""

        def answer() -> None:
            dialog = self.application.activeModalWidget()  # type: ignore[attr-defined]
            assert isinstance(dialog, QFileDialog), f"{dialog} has the keyboard"
            line = dialog.findChild(QLineEdit)
            line.setText(str(path))
            QTest.keyClick(line, Qt.Key.Key_Return)
            if dialog.isVisible():
                QTest.keyClick(line, Qt.Key.Key_Return)

        QTimer.singleShot(600, answer)
        click()
        self.say(f"{self._number()}. Type the path of `{path.name}` and press Enter.")

    def answer(self, act: Callable[[], None], text: str, picture: str) -> None:
        """Answer a message box that an act opens."""

        def press() -> None:
            box = self.application.activeModalWidget()  # type: ignore[attr-defined]
            assert isinstance(box, QMessageBox)
            self.say(f"    It asks: “{box.text()} {box.informativeText()}”")
            self.shot(picture, box)
            self.click(self.button(text, box), text)

        QTimer.singleShot(600, press)
        act()

    def end(self) -> None:
        """Close the window, and write the list."""
        if self.studio.window.isVisible():
            self.studio.window.close()
        (self.out / "walk.md").write_text("\n".join(self.lines) + "\n", encoding="utf-8")

    def _number(self) -> int:
        return sum(line[:1].isdigit() for line in self.lines) + 1


def model(corpus: Path, recording: Path, out: Path) -> None:
    """From a folder to a fine-tuned model in use on a new recording."""
    walk = Walk(out, "From a folder of EMO-DB to a model in use")
    tuning = walk.studio.tuning
    walk.shot("first-start")
    _skip_tour(walk)
    walk.page("Fine-tune")
    walk.shot("no-corpus")
    walk.choose_files(lambda: walk.click(walk.button("Choose a folder…"), "Choose a folder…"), corpus)
    walk.until(lambda: tuning.corpus.problems is not None)
    walk.shot("corpus")
    walk.tab("Labels", tuning.corpus_page)
    walk.shot("labels")
    walk.tab("Problems", tuning.corpus_page)
    walk.shot("problems")
    walk.click(walk.button("Fine-tune…"), "Fine-tune…")
    dialog = tuning.starting.dialog
    assert dialog is not None
    walk.until(lambda: dialog.start_button.isEnabled() or bool(dialog.view.fault.text()))
    walk.shot("plan", dialog)
    if not dialog.start_button.isEnabled():
        walk.say(f"    It says: “{dialog.view.fault.text()}”")
        walk.choose(dialog.model, "source", "Start from")  # type: ignore[attr-defined]
        walk.until(lambda: dialog.start_button.isEnabled())
        walk.shot("plan-ready", dialog)
    walk.click(dialog.start_button, "Start")
    walk.until(lambda: bool(tuning.jobs.watch.under_way))
    walk.until(
        lambda: any(
            job.state.phase.startswith("Extracting") and job.state.of and job.state.done / job.state.of > 0.3
            for job in tuning.jobs.watch.under_way
        )
    )
    walk.shot("job")
    took = walk.until(lambda: not tuning.jobs.watch.under_way)
    walk.until(lambda: bool(tuning.jobs._shown))
    walk.say(f"    The job is done, {took:.0f} s after that picture.")
    walk.shot("result")
    _use_model(walk, recording)
    walk.end()


def _use_model(walk: Walk, recording: Path) -> None:
    studio, tuning = walk.studio, walk.studio.tuning
    table = tuning.jobs_page.result.tables["network"]
    walk.click(table, "the cell of happy heard as angry", table._rect(1, 0).center())
    walk.shot("cell")
    walk.click(walk.button("Use the model"), "Use the model")
    walk.until(lambda: studio.predicting.model is not None and studio.predicting.model.name == "emodb-tuned")
    walk.page("Annotate")
    walk.choose_files(lambda: walk.key("Ctrl+O", "Open recordings"), recording)
    walk.until(lambda: studio.recordings.current is not None and studio.recordings.current.path == recording)
    walk.until(lambda: studio.predicting.model is not None and bool(studio.predicting.model.device))
    walk.click(walk.button("Predict"), "Predict")
    walk.until(lambda: studio.store.get(recording) is not None)
    walk.wait(4)
    walk.shot("predicted")


def mistakes(corpus: Path, out: Path) -> None:
    """What a newcomer gets wrong."""
    walk = Walk(out, "A newcomer's mistakes, and what the program says")
    tuning, page = walk.studio.tuning, walk.studio.tuning.corpus_page
    _skip_tour(walk)
    walk.say("\n## The wrong folder\n")
    (out / "texts").mkdir()
    (out / "texts" / "thesis.txt").write_text("no sound here")
    walk.page("Fine-tune")
    walk.choose_files(lambda: walk.click(walk.button("Choose a folder…"), "Choose a folder…"), out / "texts")
    walk.until(lambda: page.fault.isVisible())
    _told(walk, page.fault.text(), "wrong-folder")
    (out / "music").mkdir()
    for number, file in enumerate(sorted((corpus / "wav").iterdir())[:6]):
        shutil.copy(file, out / "music" / f"track {number}.flac")
    walk.choose_files(lambda: walk.click(walk.button("Choose a folder…"), "Choose a folder…"), out / "music")
    walk.until(lambda: "music" in page.fault.text())
    _told(walk, page.fault.text(), "no-emotions")
    walk.say("\n## One speaker\n")
    one = out / "one-speaker" / "wav"
    one.mkdir(parents=True)
    for file in sorted((corpus / "wav").glob("03*")):
        shutil.copy(file, one / file.name)
    walk.choose_files(lambda: walk.click(walk.button("Choose a folder…"), "Choose a folder…"), one.parent)
    walk.until(lambda: tuning.corpus.problems is not None)
    walk.click(walk.button("Fine-tune…"), "Fine-tune…")
    dialog = tuning.starting.dialog
    assert dialog is not None
    walk.until(lambda: bool(dialog.view.fault.text()))
    walk.shot("one-speaker", dialog)
    walk.say(f"    It says: “{dialog.view.fault.text()}”")
    walk.click(walk.button("Cancel", dialog), "Cancel")
    walk.say("\n## Cancel in mid-way, and go on\n")
    _start(walk, corpus)
    walk.until(lambda: any(job.state.done > 5 for job in tuning.jobs.watch.under_way))
    walk.click(walk.button("Cancel", tuning.jobs_page), "Cancel")
    took = walk.until(lambda: not tuning.jobs.watch.under_way)
    walk.say(f"    It stopped within {took:.1f} s.")
    walk.shot("cancelled")
    walk.click(walk.button("Resume"), "Resume")
    walk.until(lambda: bool(tuning.jobs.watch.under_way))
    walk.say("\n## Close the window in mid-way\n")
    walk.until(lambda: any(job.state.done > 5 for job in tuning.jobs.watch.under_way))
    walk.answer(lambda: walk.studio.window.close(), "Close the window", "closing")
    assert not walk.studio.window.isVisible()
    walk.say("    The program is closed, and started again after some seconds.")
    time.sleep(5)
    walk.open()
    _skip_tour(walk)
    tuning = walk.studio.tuning
    walk.page("Fine-tune")
    walk.tab("Jobs", tuning.page)
    walk.until(lambda: bool(tuning.jobs.watch.jobs))
    walk.shot("still-there")
    walk.until(lambda: not tuning.jobs.watch.under_way)
    walk.say(f"    It ended: {tuning.jobs.watch.jobs[0].state.status}.")
    walk.shot("done")
    walk.end()


def full(corpus: Path, out: Path) -> None:
    """A disk that is nearly full before a job, and full while it runs."""
    walk = Walk(out, "A disk without room, and what the program says")
    tuning = walk.studio.tuning
    _skip_tour(walk)
    walk.page("Fine-tune")
    walk.choose_files(lambda: walk.click(walk.button("Choose a folder…"), "Choose a folder…"), corpus)
    walk.until(lambda: tuning.corpus.problems is not None)
    walk.say("\n## Nearly full before the start\n")
    ballast = _fill(walk, 25_000_000)
    walk.click(walk.button("Fine-tune…"), "Fine-tune…")
    dialog = tuning.starting.dialog
    assert dialog is not None
    walk.choose(dialog.model, "source", "Start from")  # type: ignore[attr-defined]
    walk.until(lambda: "The disk has" in dialog.view.fault.text())
    assert not dialog.start_button.isEnabled()
    walk.say(f"    It says, and Start is grey: “{dialog.view.fault.text()}”")
    walk.shot("no-room", dialog)
    elsewhere = QWidget()
    elsewhere.show()
    elsewhere.activateWindow()
    walk.until(elsewhere.isActiveWindow)
    ballast.unlink()
    elsewhere.close()
    dialog.activateWindow()
    walk.say("    Something is deleted in another program; back in the dialog, it has been planned anew.")
    walk.until(lambda: dialog.start_button.isEnabled())
    walk.shot("room-again", dialog)
    walk.click(dialog.start_button, "Start")
    walk.until(lambda: bool(tuning.jobs.watch.under_way))
    walk.say("\n## Full while the job runs\n")
    walk.until(lambda: any(job.state.done > 5 for job in tuning.jobs.watch.under_way))
    ballast = _fill(walk, 0)
    walk.until(lambda: not tuning.jobs.watch.under_way)
    job = tuning.jobs.watch.jobs[0]
    walk.say(f"    It ended: {job.state.status}. “{job.state.message} {job.state.hint}”")
    walk.shot("full")
    ballast.unlink()
    walk.say("    Something is deleted elsewhere.")
    walk.click(walk.button("Resume"), "Resume")
    walk.until(lambda: bool(tuning.jobs.watch.under_way))
    walk.until(lambda: not tuning.jobs.watch.under_way)
    walk.say(f"    It ended: {tuning.jobs.watch.jobs[0].state.status}.")
    walk.shot("done")
    walk.end()


def _fill(walk: Walk, left: int) -> Path:
    """Fill the disk but for some bytes."""
    path = walk.out / "ballast"
    with path.open("wb") as stream:
        try:
            os.posix_fallocate(stream.fileno(), 0, max(1, shutil.disk_usage(walk.out).free - left))
        except OSError:  # somebody else wrote meanwhile
            stream.truncate(0)
            os.posix_fallocate(stream.fileno(), 0, shutil.disk_usage(walk.out).free - left - (1 << 20))
    walk.say(f"    The disk has {shutil.disk_usage(walk.out).free / 1e6:.0f} MB left.")
    return path


def _start(walk: Walk, corpus: Path) -> None:
    tuning = walk.studio.tuning
    before = tuning.corpus.table
    walk.choose_files(lambda: walk.click(walk.button("Other corpus…"), "Other corpus…"), corpus)
    walk.until(lambda: tuning.corpus.table is not before and tuning.corpus.compared)
    walk.click(walk.button("Fine-tune…"), "Fine-tune…")
    dialog = tuning.starting.dialog
    assert dialog is not None
    walk.until(lambda: dialog.start_button.isEnabled() or bool(dialog.view.fault.text()))
    if not dialog.start_button.isEnabled():
        walk.choose(dialog.model, "source", "Start from")  # type: ignore[attr-defined]
        walk.until(lambda: dialog.start_button.isEnabled())
    walk.click(dialog.start_button, "Start")
    walk.until(lambda: bool(tuning.jobs.watch.under_way))


def _told(walk: Walk, text: str, picture: str) -> None:
    walk.say(f"    It says: “{text}”")
    walk.shot(picture)


def _skip_tour(walk: Walk) -> None:
    found = [each for each in walk.studio.window.findChildren(QAbstractButton) if each.text() == "Skip"]
    for button in found:
        if button.isVisible():
            walk.click(button, "Skip")


if __name__ == "__main__":
    kind, *paths = sys.argv[1:]
    places = [Path(path).resolve() for path in paths]
    {"model": model, "mistakes": mistakes, "full": full}[kind](*places)
