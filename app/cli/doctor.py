"""`humpcat doctor`: what this machine has, and what the program makes of it."""

import argparse
import importlib.metadata
import platform
import sys
from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.table import Table

import core_model
from core_model import folders
from core_model.bundle import find_bundle, list_bundles
from core_model.devices import choose_device, devices_present, has_bf16, load_encoder
from core_model.encoders.registry import find_encoder, list_encoders
from core_model.errors import HumpcatError

_PACKAGES = (
    "torch",
    "transformers",
    "numpy",
    "librosa",
    "soundfile",
    "sounddevice",
    "onnxruntime",
    "swift-f0",
)
_WINDOW_PACKAGES = ("PySide6-Essentials", "pyqtgraph")


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "doctor", help="show versions, devices, encoders, audio devices and folders"
    )
    parser.set_defaults(run=run)


def run(_arguments: argparse.Namespace) -> int:
    """Print everything; 1 when something that predicting needs is missing."""
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for title, lines in (
        ("program", _program()),
        ("packages", _packages()),
        ("devices", _devices()),
        ("encoders", _encoders()),
        ("models", _models()),
        ("audio devices", _audio_devices()),
        ("folders", _folders()),
    ):
        for number, line in enumerate(lines):
            table.add_row(f"[bold]{title}[/bold]" if number == 0 else "", escape(line))
    Console(soft_wrap=True).print(table)
    trouble = _trouble()
    Console(stderr=True, soft_wrap=True).print(trouble or "Ready to predict.", markup=False)
    return 1 if trouble else 0


def _program() -> Iterator[str]:
    yield f"HuMP-CAT Studio {core_model.__version__}, Python {platform.python_version()}, {platform.platform()}"
    yield sys.executable


def _packages() -> Iterator[str]:
    for name in (*_PACKAGES, *_WINDOW_PACKAGES):
        try:
            yield f"{name} {importlib.metadata.version(name)}"
        except importlib.metadata.PackageNotFoundError:
            yield f"{name} is missing"


def _devices() -> Iterator[str]:
    try:
        chosen = choose_device()
    except HumpcatError:  # what is set is told at the end, as trouble
        chosen = choose_device("cpu")
    for device in devices_present():
        bf16 = "multiplies bf16 itself" if has_bf16(device) else "no bf16 of its own"
        yield f"{device.kind}: {device.name}, {bf16}{' (chosen)' if device == chosen else ''}"
    try:
        encoder = find_bundle("").encoder
        if encoder:
            _, precision = load_encoder(find_encoder(encoder.hash), encoder.layers, chosen)
            yield f"precision chosen for {encoder.name}: {precision}"
    except HumpcatError as error:
        yield f"precision: {error}"


def _encoders() -> Iterator[str]:
    for record in list_encoders():
        origin = "ships with the program" if record.shipped else record.source
        yield f"{record.name}: {record.family}, {record.layers} layers of {record.width}, {origin}"
    if not list_encoders():
        yield "none; 'humpcat encoder list' shows those that can be fetched"


def _models() -> Iterator[str]:
    for record in list_bundles():
        yield f"{record.name}: {', '.join(record.labels)}; encoder {record.encoder_name}"
    if not list_bundles():
        yield "none"


def _audio_devices() -> Iterator[str]:
    try:
        import sounddevice  # loads PortAudio, which a server may lack

        devices = list(sounddevice.query_devices())
    except (OSError, ImportError) as error:
        yield f"none: {error}"
        return
    for device in devices:
        yield f"{device['name']}: {device['max_input_channels']} in, {device['max_output_channels']} out"
    if not devices:
        yield "none; everything but playing and recording works"


def _folders() -> Iterator[str]:
    yield f"models    {folders.models_folder()}"
    yield f"jobs      {folders.jobs_folder()}"
    yield f"encoders  {folders.encoders_folder()}"
    yield f"cache     {folders.cache_folder()}"
    yield f"settings  {folders.config_folder()}"
    yield f"logs      {folders.log_folder()}"
    yield f"resources {folders.resources_folder()}"


def _trouble() -> str:
    """Why the default model cannot predict, or nothing."""
    try:
        choose_device()
        encoder = find_bundle("").encoder
        if encoder:
            find_encoder(encoder.hash)
    except HumpcatError as error:
        return str(error)
    return ""
