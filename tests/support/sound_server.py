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
        modules = (f"module-native-protocol-unix socket={socket} auth-anonymous=1", _null_sink())
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
        with (folder / "log.txt").open("wb") as log:
            self._process = subprocess.Popen(
                [*command, *(word for module in modules for word in ("-L", module))],
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

    def unplug(self) -> None:
        """Take the sink and its monitor away."""
        self._pactl("unload-module", "module-null-sink")

    def plug_in(self) -> None:
        """Bring them back."""
        self._pactl("load-module", *_null_sink().split())

    def close(self) -> None:
        """End the server."""
        self._process.terminate()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        return self._pactl("info", check=False) == 0

    def _pactl(self, *words: str, check: bool = True) -> int:
        told = subprocess.run(
            ["pactl", *words],
            env={**os.environ, **self.environment},
            capture_output=True,
            timeout=_PATIENCE,
            check=check,
        )
        return told.returncode


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


def _null_sink() -> str:
    return f"module-null-sink sink_name={SINK} rate={RATE}"
