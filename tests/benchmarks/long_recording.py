"""What a three-hour recording costs in the window: times, memory, and how long the window did not answer.

    QT_QPA_PLATFORM=offscreen python tests/benchmarks/long_recording.py [FOLDER]

Writes 3 h of stereo speech at 48 kHz (16 bit WAV, 2 GB, and FLAC, 1.2 GB) to a temporary folder (below FOLDER), which
it deletes. Every row is a process of its own that runs the whole studio; memory is looked at from outside, ten times
a second, as what would be freed if the process ended, and told above what the same process held before a file was open.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import psutil
import soundfile
import soxr

RATE, HOURS = 48_000, 3
DEMO = Path(__file__).resolve().parents[2] / "resources" / "demo"
MEGABYTE = 1e6
PATIENCE = 120.0  # seconds
SETTLING = 12.0  # seconds in which the engine loads its model, which it does without a recording, too
PLACES = (0.1, 0.5, 0.9)  # of the recording, zoomed in to
LENGTHS = (600.0, 40.0, 5.0, 0.05)  # seconds in view


class Card:
    """A sound card that takes buffers at the pace of a clock, and is silent."""

    def __init__(self, rate: float, channels: int, callback: Any, finished: Callable[[], None]) -> None:
        self.samplerate, self.channels, self.latency = rate, channels, 0.04
        self._callback, self._finished = callback, finished
        self._off = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def time(self) -> float:
        return time.perf_counter()

    def start(self) -> None:
        self._thread.start()

    def abort(self) -> None:
        self._off.set()

    def close(self) -> None:
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        due, out = self.time, np.zeros((1024, self.channels), dtype=np.float32)
        while not self._off.is_set():
            if not self._callback(out, len(out), SimpleNamespace(outputBufferDacTime=due + self.latency)):
                break
            due += len(out) / self.samplerate
            self._off.wait(max(0.0, due - self.time))
        self._finished()


class Driver:
    """The studio in this process, driven without a person."""

    def __init__(self, home: Path) -> None:
        from PySide6.QtCore import QSettings
        from PySide6.QtWidgets import QApplication

        from app.window import program
        from app.window.studio import Studio
        from app.window.theme import Themes

        sys.setswitchinterval(program._SWITCH_SECONDS)
        self._application = QApplication([])
        settings = QSettings(str(home / "window.ini"), QSettings.Format.IniFormat)
        self.studio = Studio(settings, Themes(self._application, settings), Card)
        self.studio.window.resize(1600, 900)
        self.studio.window.show()
        self.studio.start()
        self.gap = 0.0
        self.until(lambda: self.studio.predicting.model is not None)
        self.idle(SETTLING)

    def until(self, holds: Callable[[], bool]) -> float:
        """Let the window run until something holds; the seconds that took. Notes how long it did not answer."""
        began = last = time.perf_counter()
        while not holds():
            self._application.processEvents()
            time.sleep(0.001)
            now = time.perf_counter()
            self.gap, last = max(self.gap, now - last), now
            if now - began > PATIENCE:
                raise TimeoutError("the window did not get that far")
        self._application.processEvents()
        return time.perf_counter() - began

    def idle(self, seconds: float) -> None:
        """Let the window run for a while."""
        end = time.perf_counter() + seconds
        self.until(lambda: time.perf_counter() > end)

    def open(self, path: Path) -> dict[str, float]:
        """Choose a file: seconds until something is drawn, all peaks are, and all of the coarse spectrogram is."""
        self.gap = 0.0
        loader, told = self.studio.loader, {}
        began = time.perf_counter()
        self.studio.opening.open([path])
        self.until(lambda: loader.peaks is not None and self._shown() == path.name)
        told["view"] = time.perf_counter() - began
        told |= self.try_early()
        self.until(lambda: loader.peaks is not None and loader.peaks.read == loader.peaks.frames)
        told["peaks"] = time.perf_counter() - began
        self.until(lambda: loader._coarse is not None and len(loader._coarse.levels) > 7990)
        told["spectrogram"] = time.perf_counter() - began
        told["gap"] = self.gap
        return told

    def try_early(self) -> dict[str, float]:
        """Play, and zoom in to a part that is not read yet: seconds until the playhead moves, and until it is sharp."""
        studio = self.studio
        if studio.loader.peaks is None or studio.loader.peaks.read > 0.8 * studio.loader.peaks.frames:
            return {}
        studio.actions["play"].trigger()
        moves = self.until(lambda: studio.axis.playhead > 0)
        studio.actions["play"].trigger()
        zooms = self.zoom(0.9, 5.0)
        studio.axis.show_all()
        return {"plays": moves, "zooms": zooms}

    def zoom(self, share: float, length: float) -> float:
        """Look at a part; the seconds until it is drawn sharply and with its spectrogram, if it has one."""
        studio = self.studio
        loader, start = studio.loader, share * studio.axis.duration
        studio.axis.set_view(start, start + length)

        def sharp() -> bool:
            from app.display.peaks import missing_detail

            view = studio.axis.view
            drawn = missing_detail(loader.peaks, view.start, view.end, loader._width, loader.detail) is None
            if length > 60:
                return drawn
            shown = loader.spectrogram
            return drawn and shown is not None and shown.start <= view.start and shown.end >= view.end - 0.1

        return self.until(sharp)

    def look_around(self) -> float:
        """Zoom in and out at several places, and play; the longest wait for a sharp picture."""
        waits = [self.zoom(place, length) for place in PLACES for length in LENGTHS]
        loader = self.studio.loader
        self.until(lambda: loader.mfcc is not None and loader.pitch is not None)
        self.studio.actions["play"].trigger()
        self.idle(1.0)
        self.studio.actions["play"].trigger()
        self.studio.axis.show_all()
        self.idle(0.5)
        return max(waits)

    def _shown(self) -> str:
        current = self.studio.recordings.current
        return current.path.name if current is not None else ""


def measure(paths: list[Path], home: Path) -> None:
    """The child: open files one after another, look around in each, tell what it took."""
    driver = Driver(home)
    say_to_parent({"phase": "empty"})
    driver.idle(1.0)
    say_to_parent({"phase": "open"})
    for path in paths:
        told = driver.open(path)
        driver.gap = 0.0
        told["wait"] = driver.look_around()
        told["gap_after"] = driver.gap
        say_to_parent(told)
    driver.studio.window.close()


def say_to_parent(what: dict[str, Any]) -> None:
    """One line of JSON."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


class Memory:
    """The greatest memory of a process, and of it with its children, while it was in a phase."""

    def __init__(self, pid: int) -> None:
        self.most: dict[str, tuple[float, float]] = {}
        self.phase = ""
        self._process, self._over = psutil.Process(pid), threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.1):
            try:
                own = self._process.memory_full_info().uss
                others = [_bytes(child) for child in self._process.children(recursive=True)]
            except psutil.Error:
                return
            window, all_of_it = self.most.get(self.phase, (0.0, 0.0))
            self.most[self.phase] = (max(window, own), max(all_of_it, own + sum(others)))


def _bytes(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().uss)
    except psutil.Error:
        return 0.0


def run(paths: list[Path], home: Path) -> tuple[list[dict[str, float]], tuple[float, float]]:
    """A child that opens these files: what it told of each; MB above empty, of the window and of all processes."""
    command = [sys.executable, __file__, "--measure", str(home), *map(str, paths)]
    environment = os.environ | {"HUMPCAT_HOME": str(home), "PYTHONPATH": str(DEMO.parents[1])}
    told = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as child:
        memory = Memory(child.pid)
        assert child.stdout is not None
        for line in child.stdout:
            what = json.loads(line)
            if "phase" in what:
                memory.phase = what["phase"]
            else:
                told.append(what)
        memory.stop()
    if child.returncode or len(told) != len(paths):
        raise RuntimeError(f"the studio ended with {child.returncode}")
    above = [(a - b) / MEGABYTE for a, b in zip(memory.most["open"], memory.most["empty"], strict=True)]
    return told, (above[0], above[1])


def write(path: Path, hours: float) -> None:
    """The demo's speech over and over, at changing levels and in noise."""
    voices = []
    for file in sorted(DEMO.glob("*.flac")):
        samples, rate = soundfile.read(file, dtype="float32", always_2d=True)
        voices.append(soxr.resample(samples[:, 0], rate, RATE))
    voice, random = np.concatenate(voices), np.random.default_rng(0)
    stereo = np.stack([voice, np.roll(voice, 30)], axis=1)
    left = round(hours * 3600 * RATE)
    with soundfile.SoundFile(path, "w", RATE, 2, "PCM_16") as file:
        while left > 0:
            noise = random.standard_normal(stereo.shape, dtype=np.float32) * 0.003
            part = (stereo * random.uniform(0.3, 1.0) + noise)[:left]
            file.write(part)
            left -= len(part)


@contextmanager
def page_cache_filled(path: Path) -> Iterator[None]:
    """Read the file once, so that the disk is not what is measured."""
    with path.open("rb") as stream:
        while stream.read(1 << 24):
            pass
    yield


def row(what: str, told: dict[str, float], memory: tuple[float, float]) -> None:
    """One row of the table."""
    names = ("view", "plays", "zooms", "peaks", "spectrogram", "wait")
    cells = [f"{told[name]:.2f}" if name in told else "" for name in names]
    cells += [f"{1000 * told[name]:.0f}" for name in ("gap", "gap_after")]
    cells += [f"{value:.0f}" for value in memory]
    sys.stdout.write(f"| {what} | {' | '.join(cells)} |\n")
    sys.stdout.flush()


def main(folder: str | None) -> None:
    """Write the files, measure, delete them."""
    sys.stdout.write(
        "| opened | view s | plays s | zoomed in s | peaks s | spectrogram s | longest wait after s "
        "| longest gap ms | gap after ms | window MB | all processes MB |\n" + "|---" * 11 + "|\n"
    )
    with tempfile.TemporaryDirectory(dir=folder) as name:
        for kind in ("wav", "flac"):
            path, home = Path(name) / f"three_hours.{kind}", Path(name) / f"home_{kind}"
            write(path, HOURS)
            with page_cache_filled(path):
                for what in ("new", "seen before"):
                    told, memory = run([path], home)
                    row(f"{kind}, {what}", told[0], memory)
            if kind == "wav":
                five = [Path(name) / f"recording_{number}.wav" for number in range(5)]
                for copy in five:
                    copy.hardlink_to(path)
                told, memory = run(five, Path(name) / "home_five")
                row("wav, the fifth of five new ones", told[-1], memory)
                for copy in five:
                    copy.unlink()
            path.unlink()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure([Path(name) for name in sys.argv[3:]], Path(sys.argv[2]))
    else:
        main(sys.argv[1] if len(sys.argv) > 1 else None)
