"""The program with a window, from its start to its end."""

import logging
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # at run time only once it is known that there is a screen
    from PySide6.QtWidgets import QApplication

    from .studio import Studio

_log = logging.getLogger(__name__)
# Python's usual 5 ms let each busy thread of the pool delay the GUI thread by that much before every frame.
_SWITCH_SECONDS = 0.001
_LIBRARIES = (
    "libegl1 libgl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 "
    "libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libportaudio2"
)


def run_window(arguments: Sequence[str]) -> int:
    """Open the window with a project, or recordings and folders; at the first start with the demo recordings."""
    if _without_screen():
        sys.stderr.write(
            "humpcat: there is no screen to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is set).\n"
            "From the command line: humpcat predict RECORDING_OR_FOLDER --out predictions.csv\n"
        )
        return 1
    try:
        from PySide6.QtWidgets import QApplication
    except ImportError as error:
        sys.stderr.write(
            f"humpcat: the window's libraries are missing ({error}).\n"
            f"On Debian and Ubuntu: sudo apt install {_LIBRARIES}\n"
        )
        return 1
    return _run(QApplication(["humpcat"]), list(arguments))


def _run(application: "QApplication", arguments: list[str]) -> int:
    from PySide6.QtCore import QSettings, QTimer

    from core_model.folders import config_folder

    from ..translation import install_translation

    install_translation(_language())  # before any module is read that has texts
    from .crash import start_log
    from .studio import Studio
    from .theme import Themes

    start_log()
    sys.setswitchinterval(_SWITCH_SECONDS)
    application.setApplicationName("HuMP-CAT Studio")
    application.setDesktopFileName("humpcat-studio")
    settings = QSettings(str(config_folder() / "window.ini"), QSettings.Format.IniFormat)
    themes = Themes(application, settings)
    studio = Studio(settings, themes)
    studio.crash.install()
    signal.signal(
        signal.SIGINT, signal.SIG_DFL
    )  # Ctrl+C in the terminal ends the program; the engine ends with it
    studio.window.show()
    QTimer.singleShot(0, studio, lambda: begin(studio, arguments))
    code = application.exec()
    studio.crash.uninstall()
    return int(code)


def begin(studio: "Studio", arguments: list[str]) -> None:
    """The window is on screen and takes input; what follows happens in the background."""
    _log.info("the window is interactive %.2f s after the program's start", _seconds_since_start())
    studio.start()
    if arguments:
        studio.opening.open([Path(argument) for argument in arguments])
    elif not studio.projects.recent:  # the first start
        studio.opening.open_demo()
    if not studio.tour.seen:
        studio.tour.begin()


def _language() -> str:
    from core_model.errors import HumpcatError
    from core_model.settings import read_settings

    try:
        return read_settings().language
    except HumpcatError:  # the window tells of it
        return ""


def _without_screen() -> bool:
    chosen = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    return sys.platform.startswith("linux") and not chosen


def _seconds_since_start() -> float:
    import psutil

    return time.time() - psutil.Process().create_time()
