"""Listens in the real window to speech that a sound server plays, and prints what came of it.

    python tests/benchmarks/live.py [--seconds 60] [--model default] [--hop 0.25] [--job CORPUS] [SPEECH...]

PulseAudio with a null sink plays the recordings SPEECH (the demo recordings without any) over and over; PortAudio
records from its monitor. With --job a fine-tuning job on CORPUS runs beside it, started again whenever it is done.
Printed: labels, hop, skipped windows, dropped blocks, latency from the end of a window to the painting of its label
(p50, p95), frames a second, the longest time that the window's thread was away (a timer of 5 ms measures it), and the
share of a core that each process took.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import psutil
from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtWidgets import QApplication
from sound_server import sound_server

from app.window.studio import Studio
from app.window.theme import Themes
from core_model.folders import jobs_folder, resources_folder

_WARMING = 15.0  # s


class Heartbeat:
    """A timer of the window's thread: what is more than 5 ms between two beats, the thread was away."""

    def __init__(self) -> None:
        self.last, self.gaps = time.perf_counter(), []
        self._timer = QTimer(interval=5)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.gaps.append(now - self.last - 0.005)
        self.last = now


class Jobs:
    """A fine-tuning job, and another one when it is done."""

    def __init__(self, corpus: str | None) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        if corpus is not None:
            command = f"{sys.executable} -m app.main finetune source-en {corpus} --draws 5"
            script = f"while true; do {command}; done >/dev/null 2>&1"
            self._process = subprocess.Popen(["sh", "-c", script], start_new_session=True)

    @property
    def begun(self) -> int:
        """How many have begun."""
        return len(list(jobs_folder().glob("*"))) if self._process is not None else 0

    def close(self) -> None:
        """End them."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait()


def wait(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def cpu(processes: list[psutil.Process]) -> dict[int, float]:
    found = {}
    for process in processes:
        try:
            found[process.pid] = sum(process.cpu_times()[:2])
        except psutil.Error:
            continue
    return found


def name_of(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline()[1:])[:60]
    except psutil.Error:
        return str(process.pid)


def listen(options: argparse.Namespace, home: Path) -> None:
    application = QApplication(["live"])
    sys.setswitchinterval(0.001)
    settings = QSettings(str(home / "window.ini"), QSettings.Format.IniFormat)
    settings.setValue("predict/model", options.model)
    for name in ("hop", "window"):
        settings.setValue(f"live/{name}", getattr(options, name))
    studio = Studio(settings, Themes(application, settings))
    studio.window.show()
    studio.start()
    studio.actions["page:live"].trigger()
    live, box = studio.live, studio.live.page.box
    counted = {"labels": 0, "spoken": 0}

    def count(heard: dict) -> None:
        counted["labels"] += 1
        counted["spoken"] += heard["probabilities"] is not None
        counted.update(hop=heard["hop"], skipped=heard["skipped"], lost=heard["lost"])

    live.engine.heard.connect(count)
    while live.page.source.input is None or not studio.models.names:
        wait(0.1)
    wait(2)
    studio.actions["listen"].trigger()
    jobs = Jobs(options.job)
    while not len(box.current.latency):
        wait(0.5)
    wait(_WARMING)
    counted.update(labels=0, spoken=0)
    box.current.latency.clear()
    skipped, dropped = counted["skipped"], live.recorder.source.ring.dropped
    frames, beats, began = live.page.plots.frames, Heartbeat(), time.monotonic()
    me = psutil.Process()
    processes = [me, *me.children(recursive=True)]
    before = cpu(processes)
    while time.monotonic() - began < options.seconds:
        wait(1)
    took = time.monotonic() - began
    source = live.recorder.source
    latency = box.current.latency
    report = (
        f"model {options.model}, window {options.window} s, {took:.0f} s"
        f"{', fine-tuning beside it (' + str(jobs.begun) + ' jobs)' if jobs.begun else ''}\n"
        f"labels {counted['labels']}, with speech {counted['spoken']}, hop {counted['hop']:.2f} s, "
        f"windows skipped {counted['skipped'] - skipped}, frames lost {counted['lost']}, "
        f"blocks dropped {source.ring.dropped - dropped if source else 'input lost'}\n"
        f"sound to label: p50 {1000 * latency.p50:.0f} ms, p95 {1000 * latency.p95:.0f} ms ({len(latency)})\n"
        f"frames a second {(live.page.plots.frames - frames) / took:.1f}; the window's thread was away at most "
        f"{1000 * max(beats.gaps):.0f} ms, over 50 ms {sum(gap > 0.05 for gap in beats.gaps)} times\n"
    )
    sys.stdout.write(report)
    for process in processes:
        if process.pid in before and process.pid in (now := cpu([process])):
            share = (now[process.pid] - before[process.pid]) / took
            if share > 0.005:
                sys.stdout.write(f"  {share:6.1%} of a core: {name_of(process)}\n")
    jobs.close()
    studio.window.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "speech", nargs="*", type=Path, default=sorted((resources_folder() / "demo").glob("*.flac"))
    )
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--model", default="default")
    parser.add_argument("--hop", type=float, default=0.25)
    parser.add_argument("--window", type=float, default=3.0)
    parser.add_argument("--job", metavar="CORPUS")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        os.environ.setdefault("HUMPCAT_HOME", str(home))
        with sound_server(Path(folder) / "sound") as server:
            player = server.play_over_and_over([path.absolute() for path in options.speech])
            try:
                listen(options, home)
            finally:
                server.stop_playing(player)


if __name__ == "__main__":
    main()
