"""What the window's tests share: a tiny untrained model, short recordings, the whole studio."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from app.window.studio import Studio
from app.window.theme import Themes
from core_model.errors import HumpcatError

RATE = 16_000
_PATIENCE_MS = 180_000  # the engine imports torch, on a machine that may be short of memory and busy


@pytest.fixture(scope="session")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two untrained acoustic models (no encoder), so that predicting takes a moment and needs no download."""
    import torch

    from core_model.bundle import BundleRecord
    from core_model.bundle_weights import save_bundle
    from core_model.features.config import FeatureConfig
    from core_model.features.prosody import PROSODY_NAMES
    from core_model.labels import PAPER
    from core_model.network.config import NetworkConfig
    from core_model.network.network import HumpCat
    from core_model.standardise import Statistics

    folder = tmp_path_factory.mktemp("untrained")
    config = NetworkConfig(labels=4, features=("mfcc", "prosody"))
    shapes = {"encoder": (0, 0), "mfcc": (39,), "prosody": (len(PROSODY_NAMES),)}
    zeros = {f"{branch}_mean": torch.zeros(shape) for branch, shape in shapes.items()}
    ones = {f"{branch}_std": torch.full(shape, 10.0) for branch, shape in shapes.items()}
    for seed, name in enumerate(("default", "other")):
        torch.manual_seed(seed)
        record = BundleRecord(name, folder / name, "", PAPER, config, FeatureConfig(), None)
        save_bundle(record, HumpCat(config), Statistics(**zeros, **ones), "Untrained, for tests.")
    return folder


@pytest.fixture
def models(untrained: Path, home: Path) -> Path:
    """The untrained models, installed where the program looks for the user's."""
    folder = home / "data" / "models"
    shutil.copytree(untrained, folder)
    return folder


@pytest.fixture
def tone(tmp_path: Path) -> Callable[..., Path]:
    """Writes a voice-like recording: a gliding harmonic tone in pulses, 0.3 s on and 0.1 s off."""

    def write(name: str = "tone.wav", seconds: float = 2.0, rate: int = RATE, channels: int = 1) -> Path:
        time = np.arange(round(seconds * rate)) / rate
        phase = 2 * np.pi * np.cumsum(180 + 40 * np.sin(2 * np.pi * 0.7 * time)) / rate
        voice = sum(np.sin(k * phase) / k for k in range(1, 12)) * 0.2 * (time % 0.4 < 0.3)
        path = tmp_path / name
        soundfile.write(path, np.repeat(voice[:, None], channels, axis=1).astype(np.float32), rate)
        return path

    return write


def _no_device(*_: object) -> object:
    raise HumpcatError("Sound cannot be played: no output device was found.", "Connect one.")


@pytest.fixture
def studio(qtbot: QtBot, qapp: QApplication, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """The whole window with everything behind it, on settings of its own and without a sound card."""
    # A box that a test does not expect (a job under way where the test has failed) would wait for ever.
    monkeypatch.setattr(QMessageBox, "exec", lambda _box: 0)
    settings = QSettings(str(home / "config" / "window.ini"), QSettings.Format.IniFormat)
    made = Studio(settings, Themes(qapp, settings), _no_device)
    qtbot.addWidget(made.window)
    made.window.show()
    made.window.activateWindow()  # keys go to the active window, which may be another test's that is being closed
    qtbot.waitUntil(made.window.isActiveWindow)
    yield made
    if made.window.isVisible():
        made.window.close()


@pytest.fixture
def until(qtbot: QtBot) -> Callable[[Callable[[], bool]], None]:
    """Waits until something holds, however busy the machine is."""

    def wait(holds: Callable[[], bool]) -> None:
        qtbot.waitUntil(holds, timeout=_PATIENCE_MS)

    return wait
