"""Which inputs there are: PortAudio's devices, and one by one the sources of a PulseAudio or PipeWire server.

PortAudio knows such a server as a single device, "pulse"; which of its sources that hears, a variable of the process
decides. So sources are listed by the server's own tool, where it is installed.
"""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from core_model.errors import HumpcatError

MISSING = HumpcatError(
    "Sound cannot be recorded: the PortAudio library is missing.",
    "On Debian and Ubuntu install libportaudio2; everything else works without it.",
)
DEFAULT = "default"
_PULSE = "pulse"
_SOURCE_VARIABLE = "PULSE_SOURCE"
_PATIENCE = 2.0  # s; a sound server that does not answer is not waited for


@dataclass(frozen=True, slots=True)
class Input:
    """An input that can be recorded from.

    Attributes:
        id: stays the same while the device does, also from one start of the program to the next.
        name: as the system calls it.
        channels: the most that it has.
        rate: its own, in Hz.
        usual: whether the system takes it when nobody chooses.
    """

    id: str
    name: str
    channels: int
    rate: int
    usual: bool = False

    def to_json(self) -> dict[str, Any]:
        """For a line between processes."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Found:
    """Where PortAudio finds an input: its device, and the environment that it needs."""

    input: Input
    device: int
    environment: Mapping[str, str]


def list_inputs() -> list[Found]:
    """All inputs, the usual one first. PortAudio looks anew, so no stream may be open in this process.

    Raises:
        HumpcatError: there is no PortAudio.
    """
    sounddevice = portaudio()
    try:
        sounddevice._terminate()  # noqa: SLF001 - the only way to make PortAudio look again
        sounddevice._initialize()  # noqa: SLF001
        devices, apis = list(sounddevice.query_devices()), sounddevice.query_hostapis()
        usual = sounddevice.default.device[0]
    except sounddevice.PortAudioError:
        return []
    with_input = [(n, device) for n, device in enumerate(devices) if device["max_input_channels"] > 0]
    pulse = next((number for number, device in with_input if device["name"] == _PULSE), None)
    sources = _pulse_sources() if pulse is not None else None
    found: list[Found] = []
    if pulse is not None and sources is not None:
        found = [Found(each, pulse, {_SOURCE_VARIABLE: each.id.partition(":")[2]}) for each in sources]
        # "default", "pulse" and ALSA's converters all lead to one of the sources; the cards themselves may be wanted.
        with_input = [(n, device) for n, device in with_input if "(hw:" in device["name"]]
        usual = -1
    found += [Found(_input(device, apis, number == usual), number, {}) for number, device in with_input]
    return sorted(found, key=lambda each: not each.input.usual)


def portaudio() -> Any:
    """The module sounddevice.

    Raises:
        HumpcatError: there is no PortAudio.
    """
    try:
        import sounddevice
    except OSError as error:
        raise MISSING from error
    return sounddevice


def find(wanted: str) -> Found:
    """The input with an id, or with a part of its name or id; "default" is the usual one.

    Raises:
        HumpcatError: there is no such input, or none at all.
    """
    present = list_inputs()
    if not present:
        raise HumpcatError("No input device was found.", "Connect a microphone and try again.")
    if wanted == DEFAULT:
        return present[0]
    exact = [each for each in present if each.input.id == wanted]
    part = wanted.lower()
    named = [each for each in present if part in each.input.name.lower() or part in each.input.id.lower()]
    for found in (*exact, *named):
        return found
    names = ", ".join(each.input.name for each in present)
    raise HumpcatError(f"There is no input {wanted!r}.", f"There are: {names}.")


def still_there(found: Found) -> bool:
    """Whether a source of a sound server has not gone; of a device itself PortAudio tells.

    A server moves whoever heard a source that goes to another one, and says nothing.
    """
    if not found.environment:
        return True
    sources = _pulse_sources()
    return sources is None or any(source.id == found.input.id for source in sources)


def _input(device: Mapping[str, Any], apis: Any, usual: bool) -> Input:
    name, api = str(device["name"]), str(apis[device["hostapi"]]["name"])
    rate = round(device["default_samplerate"])
    return Input(f"{api}:{name}", name, int(device["max_input_channels"]), rate, usual)


def _pulse_sources() -> list[Input] | None:
    """The sound server's sources, what is played (monitors) after what is heard; None where it cannot be asked."""
    sources = _ask_pulse("list", "sources")
    if not isinstance(sources, list):
        return None
    info = _ask_pulse("info") if sources else None
    usual = info.get("default_source_name") if isinstance(info, dict) else None
    found = []
    for source in sources:
        with contextlib.suppress(
            KeyError, IndexError, TypeError, ValueError
        ):  # a server that describes it otherwise
            found.append(_source(source, usual))
    return sorted(found, key=lambda each: each.name.startswith("Monitor of"))


def _source(told: Mapping[str, Any], usual: str | None) -> Input:
    """What the server tells of a source; its sample specification reads `s16le 2ch 48000Hz`."""
    name, words = str(told["name"]), str(told["sample_specification"]).split()
    channels, rate = (int("".join(filter(str.isdigit, word))) for word in words[1:3])
    return Input(f"{_PULSE}:{name}", str(told.get("description") or name), channels, rate, name == usual)


def _ask_pulse(*words: str) -> Any:
    if not sys.platform.startswith("linux"):
        return None
    try:
        told = subprocess.run(
            ["pactl", "--format=json", *words],
            capture_output=True,
            timeout=_PATIENCE,
            check=True,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
        return json.loads(told.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
