"""What every test has: folders of its own, no screen, nothing left running; and the corpora, where they are at hand."""

import gc
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from local_hub import local_hub, tiny_hubert  # from tests/support
from sound_server import server

__all__ = [
    "corpora",
    "encoders_shared",
    "home",
    "local_hub",
    "nothing_is_left_running",
    "server",
    "tiny_hubert",
]

ROOT = Path(__file__).resolve().parents[1]
_SHARED = ROOT.parent / "shared"
_PATIENCE = 5.0  # seconds in which what was told to stop has to be gone

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Also for children. Where other work shares the cores, OpenMP's threads spend their time waiting for one another: with
# two of them on two busy cores the predictor's tests took four times as long.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def nothing_is_left_running(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a thread, a QThread or a child process behind."""
    threads, children = set(threading.enumerate()), set(_children())
    yield
    left = [f"thread {thread.name}" for thread in set(threading.enumerate()) - threads if _stays(thread)]
    left += [f"process {_command(child)}" for child in _staying(set(_children()) - children)]
    if {"qtbot", "qapp"} & set(request.fixturenames):
        left += _running_qthreads()
    assert not left, f"left running: {', '.join(left)}"


@pytest.fixture(autouse=True)
def home(nothing_is_left_running: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that stands for the user's data, cache, settings and logs, here and in child processes."""
    folder = tmp_path / "home"
    monkeypatch.setenv("HUMPCAT_HOME", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    monkeypatch.setenv("HF_HOME", str(folder / "huggingface"))
    # Children run this checkout's packages wherever they are started, also where none are installed.
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    return folder


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The folder that holds `ravdess`, `emodb` and `banglaser`; research corpora are not part of the repository."""
    return _shared("data", "no speech corpora in ../shared/data")


@pytest.fixture(scope="session")
def encoders_shared() -> Path:
    """The folder that holds `whisper-base`, a full encoder."""
    return _shared("encoders", "no encoders in ../shared/encoders")


def _shared(name: str, why_not: str) -> Path:
    folder = _SHARED / name
    if not folder.is_dir():
        pytest.skip(why_not)
    return folder


def _stays(thread: threading.Thread) -> bool:
    if thread.daemon:
        return False
    thread.join(_PATIENCE)
    return thread.is_alive()


def _children() -> list[psutil.Process]:
    return psutil.Process().children()


def _staying(children: set[psutil.Process]) -> list[psutil.Process]:
    _gone, alive = psutil.wait_procs(children, timeout=_PATIENCE)
    # multiprocessing's helper serves the whole process and ends with it
    return [child for child in alive if "resource_tracker" not in _command(child)]


def _command(child: psutil.Process) -> str:
    try:
        return " ".join(child.cmdline())
    except psutil.Error:
        return str(child.pid)


def _running_qthreads() -> list[str]:
    from PySide6.QtCore import QThread

    # type(), not isinstance(): a dead weak proxy among the objects raises when it is asked what it is.
    objects = [thing for thing in gc.get_objects() if issubclass(type(thing), QThread)]
    return [f"QThread {thread.objectName()}" for thread in objects if _qthread_stays(thread)]


def _qthread_stays(thread: object) -> bool:
    import shiboken6
    from PySide6.QtCore import QThread

    assert isinstance(thread, QThread)
    if not shiboken6.isValid(thread) or thread is QThread.currentThread() or not thread.isRunning():
        return False
    return not thread.wait(int(_PATIENCE * 1000))
