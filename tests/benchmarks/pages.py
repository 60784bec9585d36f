"""How long the window's thread is busy at a stretch: a corpus of 100 000 files on its page, then a job on its own.

    QT_QPA_PLATFORM=offscreen python tests/benchmarks/pages.py CORPUS [FILES]

The real window runs in a fresh profile. A timer of 2 ms notes how late it comes; the latest during an act is how long
the window could not answer (the limit that the project sets itself is 50 ms). The large corpus is made of 0.1 s WAV
files named as CREMA-D names its files; the job fine-tunes on CORPUS (EMO-DB, say) while its page is looked at.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import soundfile
from inspection import FILES, crema_names
from PySide6.QtCore import QPoint, QPointF, QSettings, Qt, QTimer
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTableView

from app.window.studio import Studio
from app.window.theme import Themes
from app.window.tuning.tune_dialog import TuneDialog
from training_jobs.jobs.options import FinetuneOptions

HOME = Path(tempfile.mkdtemp())
_TICK = 0.002  # s


class Lateness:
    """How late a timer of 2 ms came, at worst, since it was asked last."""

    def __init__(self) -> None:
        self._last, self.worst = time.perf_counter(), 0.0
        self._timer = QTimer(interval=int(1000 * _TICK), timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def begin(self) -> None:
        self._last, self.worst = time.perf_counter(), 0.0

    def _tick(self) -> None:
        now = time.perf_counter()
        self.worst = max(self.worst, now - self._last - _TICK)
        self._last = now


class Bench:
    """The window, and what is done in it."""

    def __init__(self) -> None:
        self.application = QApplication([])
        settings = QSettings(str(HOME / "window.ini"), QSettings.Format.IniFormat)
        self.studio = Studio(settings, Themes(self.application, settings))
        self.studio.window.resize(1366, 768)
        self.studio.window.show()
        self.studio.start()
        self.lateness = Lateness()
        self.until(lambda: bool(self.studio.models.names))

    def until(self, holds: Callable[[], bool], seconds: float = 900) -> None:
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, "it took too long"
            self.application.processEvents()
            time.sleep(0.0005)

    def wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() > end)

    def measure(self, what: str, act: Callable[[], object], holds: Callable[[], bool] | None = None) -> None:
        """Do something, wait for its end, and tell how long the window was busy at a stretch."""
        self.wait(0.3)
        self.lateness.begin()
        began = time.perf_counter()
        act()
        if holds is not None:
            self.until(holds)
        took = time.perf_counter() - began
        self.wait(0.3)
        sys.stdout.write(
            f"{what:58s} {1000 * self.lateness.worst:7.0f} ms at a stretch, {took:6.2f} s in all\n"
        )
        sys.stdout.flush()

    def large(self, files: int) -> None:
        """A corpus of many files on its page."""
        corpus, root = self.studio.tuning.corpus, HOME / "large"
        root.mkdir()
        sound = HOME / "one.wav"
        soundfile.write(sound, np.random.default_rng(0).normal(0, 0.1, 1600).astype(np.float32), 16_000)
        data = sound.read_bytes()
        for name in islice(crema_names(), files):
            (root / name).write_bytes(data)
        page = self.studio.tuning.corpus_page
        self.studio.actions["page:tune"].trigger()
        self.measure(f"open {files} files", lambda: corpus.open([root]), lambda: corpus.table is not None)
        corpus.cancel()
        table = page.files
        assert isinstance(table, QTableView)
        self.measure("scroll by 200 turns of the wheel", lambda: self._scroll(table, 200))
        self.measure("go to the end", lambda: table.scrollToBottom())
        self.measure("type a filter of 4 letters", lambda: QTest.keyClicks(page.filter, "1042"))
        self.measure("take the filter away", page.filter.clear)
        self.measure("choose a label", lambda: page.only.setCurrentIndex(2))
        self.measure("choose all labels", lambda: page.only.setCurrentIndex(0))
        for tab in (1, 2, 0):
            self.measure(f"tab {tab + 1}", lambda tab=tab: page.tabs.setCurrentIndex(tab))
        self.measure(
            "fine-tune dialog, up to its plan",
            self.studio.tuning.starting.tune,
            lambda: self._dialog().view._cost.isVisible() or self._dialog().view.fault.isVisible(),
        )
        dialog = self._dialog()
        self.measure(
            "another share, up to the new plan",
            lambda: dialog.share.setValue(50),
            lambda: not dialog._settling.isActive() and dialog._running is None,
        )
        dialog.reject()

    def job(self, corpus: Path) -> None:
        """A job, looked at while it runs."""
        tuning = self.studio.tuning
        options = FinetuneOptions(corpora=(corpus,), model="source-en")
        tuning.starting.start("finetune", "bench", options)
        self.until(lambda: bool(tuning.jobs.watch.under_way))
        self.measure(
            "job: its page, for the whole of the job", lambda: None, lambda: not tuning.jobs.watch.under_way
        )
        self.until(lambda: bool(tuning.jobs._shown))
        for tab in (1, 2, 0):
            self.measure(f"job: tab {tab + 1}", lambda tab=tab: tuning.jobs_page.tabs.setCurrentIndex(tab))

    def _dialog(self) -> TuneDialog:
        dialog = self.studio.tuning.starting.dialog
        assert isinstance(dialog, TuneDialog)
        return dialog

    def _scroll(self, table: QTableView, turns: int) -> None:
        for _ in range(turns):
            place = QPointF(200, 200)
            event = QWheelEvent(
                place,
                table.viewport().mapToGlobal(place),
                QPoint(),
                QPoint(0, -120),
                Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier,
                Qt.ScrollPhase.NoScrollPhase,
                False,
            )
            QApplication.sendEvent(table.viewport(), event)
            self.application.processEvents()


if __name__ == "__main__":
    os.environ["HUMPCAT_HOME"] = str(HOME / "profile")
    bench = Bench()
    bench.large(int(sys.argv[2]) if len(sys.argv) > 2 else FILES)
    bench.job(Path(sys.argv[1]))
    bench.studio.window.may_close = lambda: True
    bench.studio.window.close()
