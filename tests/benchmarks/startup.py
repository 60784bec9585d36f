"""Time from `humpcat` to a window that answers, and which of the heavy libraries that process has loaded by then.

    QT_QPA_PLATFORM=offscreen python tests/benchmarks/startup.py

Each round is a process of its own; the baseline is one that only imports PySide6 and shows an empty window.
"""

import json
import statistics
import subprocess
import sys

ROUNDS = 5
BASELINE = """
import json, sys, time
started = time.perf_counter()
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([]); window = QMainWindow(); window.show()
QTimer.singleShot(0, lambda: (print(json.dumps({"seconds": time.perf_counter() - started})), app.quit()))
app.exec()
"""
STUDIO = """
import json, sys, time
started = time.perf_counter()
import app.window.program as program
def interactive(studio, arguments):
    heavy = [name for name in ("torch", "transformers", "librosa", "sklearn") if name in sys.modules]
    print(json.dumps({"seconds": time.perf_counter() - started, "heavy": heavy}))
    studio.window.close()
program._begin = interactive
sys.exit(program.run_window([]))
"""


def run(code: str) -> dict:
    """One process; its last line is JSON."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def main() -> None:
    """Both in turn."""
    run(BASELINE), run(STUDIO)  # files into the page cache
    bare, studio = [], []
    heavy: set[str] = set()
    for _ in range(ROUNDS):
        bare.append(run(BASELINE)["seconds"])
        told = run(STUDIO)
        studio.append(told["seconds"])
        heavy |= set(told["heavy"])
    ratio = statistics.median(a / b for a, b in zip(studio, bare, strict=True))
    sys.stdout.write(
        f"an empty Qt window: {statistics.median(bare):.2f} s; HuMP-CAT Studio: {statistics.median(studio):.2f} s "
        f"({min(studio):.2f} to {max(studio):.2f}), ratio {ratio:.2f}; "
        f"loaded by then: {', '.join(sorted(heavy)) or 'none'}\n"
    )


if __name__ == "__main__":
    main()
