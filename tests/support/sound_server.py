"""A sound server of the tests' own: PulseAudio with a null sink, whose monitor PortAudio records from.

Nothing of it touches the machine's own sound: it has folders and a socket of its own, and ends with the test.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.capture.client import CaptureProcess
from core_model.errors import HumpcatError

SINK = "cable"
SOURCE = f"{SINK}.monitor"
RATE = 48_000
_PATIENCE = 10.0  # s
_PROGRAMS = {"pulseaudio": "pulseaudio", "pactl": "pulseaudio-utils", "paplay": "pulseaudio-utils"}


# Leads to no sound server; a machine with a sound card still has that.
SILENT = {"PULSE_SERVER": "unix:/nonexistent"}


class NoSoundServer(Exception):
    """Why there can be none here."""


class SoundServer:
    """The server, as long as it runs; `environment` leads programs to it."""

    def __init__(self, folder: Path) -> None:
        for program, package in _PROGRAMS.items():
            if shutil.which(program) is None:
                raise NoSoundServer(f"{program} is missing (Debian: {package})")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        socket = folder / "native"
        self.environment = {
            "PULSE_SERVER": f"unix:{socket}",
            "XDG_RUNTIME_DIR": str(folder),
            "PULSE_COOKIE": str(folder / "cookie"),
        }
        self._modules: dict[str, str] = {}
        protocol = f"module-native-protocol-unix socket={socket} auth-anonymous=1"
        command = [
            "pulseaudio",
            "-n",
            "--daemonize=no",
            "--exit-idle-time=-1",
            "--use-pid-file=no",
            "-L",
            protocol,
        ]
        with (folder / "log.txt").open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment, "HOME": str(folder)},
            )
        until = time.monotonic() + _PATIENCE
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                self.close()
                raise NoSoundServer(f"pulseaudio does not come up: {(folder / 'log.txt').read_text()[-300:]}")
            time.sleep(0.05)
        self.plug_in()

    def play(self, path: Path) -> "subprocess.Popen[bytes]":
        """Play a file into the sink."""
        return subprocess.Popen(["paplay", str(path)], env={**os.environ, **self.environment})

    def play_over_and_over(self, paths: list[Path]) -> "subprocess.Popen[bytes]":
        """Play files until the process group is killed (`stop_playing`)."""
        names = " ".join(f"'{path}'" for path in paths)
        script = f'while true; do for file in {names}; do paplay "$file"; done; done'
        return subprocess.Popen(
            ["sh", "-c", script], env={**os.environ, **self.environment}, start_new_session=True
        )

    def stop_playing(self, player: "subprocess.Popen[bytes]") -> None:
        """End what `play_over_and_over` began."""
        os.killpg(player.pid, signal.SIGKILL)
        player.wait()

    def unplug(self, sink: str = SINK) -> None:
        """Take a sink and its monitor away."""
        self._pactl("unload-module", self._modules.pop(sink))

    def plug_in(self, sink: str = SINK) -> None:
        """Bring it back, or one more."""
        words = f"module-null-sink sink_name={sink} rate={RATE}".split()
        self._modules[sink] = self._pactl("load-module", *words).strip()

    def make_usual(self, sink: str) -> None:
        """Let its monitor be what is recorded from when nobody chooses."""
        self._pactl("set-default-source", f"{sink}.monitor")

    def rescue_streams(self) -> None:
        """From now on move streams whose device goes away to another one, as desktops do."""
        self._pactl("load-module", "module-rescue-streams")

    def close(self) -> None:
        """End the server."""
        self._process.terminate()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        try:
            return bool(self._pactl("info"))
        except subprocess.CalledProcessError:
            return False

    def _pactl(self, *words: str) -> str:
        told = subprocess.run(
            ["pactl", *words],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=True,
        )
        return told.stdout


@contextmanager
def sound_server(folder: Path) -> Iterator[SoundServer]:
    """A server that PortAudio, in this process and its children, finds as the only one.

    Raises:
        NoSoundServer: a program is missing, or it does not come up.
    """
    server = SoundServer(folder)
    before = {name: os.environ.get(name) for name in server.environment}
    os.environ.update(server.environment)
    try:
        yield server
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        server.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoundServer]:
    """A sound server that PortAudio hears; tests that want one are skipped, with the reason, where there is none."""
    folder = tmp_path_factory.mktemp("sound")
    try:
        with sound_server(folder / "run") as running:
            if f"pulse:{SOURCE}" not in _inputs(folder / "home"):
                raise NoSoundServer("PortAudio does not know PulseAudio (Debian: libasound2-plugins)")
            yield running
    except NoSoundServer as why:
        pytest.skip(f"no sound server: {why}")


def _inputs(home: Path) -> list[str]:
    """What the program would list; the fixture `home` does not reach so far."""
    capture = CaptureProcess()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUMPCAT_HOME", str(home))
        try:
            return [each["id"] for each in capture.ask("inputs")["inputs"]]
        except HumpcatError as error:
            raise NoSoundServer(str(error)) from error
        finally:
            capture.close()
