"""The window's process: no torch in it, an early start, and sentences where it cannot start."""

import subprocess
import sys
from pathlib import Path

import pytest

_WHOLE_JOB = """
import sys, time
from pathlib import Path
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from app.window.studio import Studio
from app.window.theme import Themes
application = QApplication([])
settings = QSettings(sys.argv[1], QSettings.Format.IniFormat)
studio = Studio(settings, Themes(application, settings))
studio.window.show()
studio.start()
studio.opening.open([Path(sys.argv[2])])
def until(holds):
    end = time.monotonic() + 180
    while not holds():
        application.processEvents()
        time.sleep(0.005)
        assert time.monotonic() < end
until(lambda: studio.predicting.model is not None)
until(lambda: studio.loader.mfcc is not None and studio.loader.pitch is not None)
studio.actions["predict"].trigger()
until(lambda: studio.store.get(Path(sys.argv[2])) is not None)
studio.window.close()
heavy = {"torch", "transformers", "tensorflow", "librosa", "numba", "onnxruntime", "swift_f0", "sklearn"}
found = sorted({name.partition(".")[0] for name in sys.modules} & heavy)
assert not found, found
"""


def test_the_windows_process_never_imports_torch_or_anything_slow(models: Path, home: Path, tone) -> None:  # noqa: ANN001
    command = [sys.executable, "-c", _WHOLE_JOB, str(home / "window.ini"), str(tone())]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr


def test_what_is_slow_to_import_waits_until_the_window_is_there() -> None:
    code = "import app.window.studio, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {
        "librosa",
        "numba",
        "swift_f0",
        "onnxruntime",
        "sounddevice",
        "scipy.signal",
        "torch",
    }


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a screen")
def test_without_a_screen_the_command_line_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    command = [sys.executable, "-c", "import sys; from app.main import main; sys.exit(main([]))"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "humpcat predict" in done.stderr
