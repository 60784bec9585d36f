"""The real program, with its window off the screen, in which somebody annotates with mouse and keys and never rests.

After every event that was handled and painted it prints a line: the segments on the rater's lane, as drawn.
The engine is not started: it takes no part in annotating, and its start would be most of the time until a kill.

    python annotating_program.py PROJECT SEED
"""

import json
import random
import sys
from unittest.mock import patch

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.engine_client import EngineClient
from app.window.main_window import MainWindow
from app.window.program import _run
from app.window.tier_lanes import TierLanes

_KEYS = (
    *(
        (key, Qt.KeyboardModifier.NoModifier)
        for key in (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4)
    ),
    (Qt.Key.Key_U, Qt.KeyboardModifier.NoModifier),
    (Qt.Key.Key_N, Qt.KeyboardModifier.NoModifier),
    (Qt.Key.Key_D, Qt.KeyboardModifier.NoModifier),
    (Qt.Key.Key_M, Qt.KeyboardModifier.NoModifier),
    (Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier),
    (Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier),
    (Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier),
)


class Annotator:
    """Draws segments, labels, deletes, undoes, at random."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._timer = QTimer(interval=0)
        self._timer.timeout.connect(self._act)
        self._timer.start()

    def _act(self) -> None:
        windows = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow)]
        lanes = windows[0].findChild(TierLanes) if windows else None
        if lanes is None or not lanes.isVisible() or lanes.width() < 500:
            return  # the project is still being opened
        if self._random.random() < 0.4:
            self._draw(lanes)
        else:
            QTest.keyClick(windows[0], *self._random.choice(_KEYS))
        lanes.repaint()
        shown = [[bar.start, bar.end, bar.label, bar.unsure] for bar in lanes._lanes[0].bars]
        sys.stdout.write(json.dumps(sorted(shown)) + "\n")
        sys.stdout.flush()

    def _draw(self, lanes: TierLanes) -> None:
        left, width = lanes.area()
        start = self._random.uniform(0.0, 0.95)
        ends = [QPoint(round(left + share * width), 10) for share in (start, start + 0.03)]
        QTest.mousePress(lanes, Qt.MouseButton.LeftButton, pos=ends[0])
        QTest.mouseMove(lanes, ends[1])
        QTest.mouseRelease(lanes, Qt.MouseButton.LeftButton, pos=ends[1])


def main() -> None:
    """Until somebody kills it."""
    application = QApplication(["humpcat"])
    annotator = Annotator(int(sys.argv[2]))
    with patch.object(EngineClient, "start"):
        _run(application, [sys.argv[1]])
    del annotator


if __name__ == "__main__":
    main()
