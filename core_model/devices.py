"""Which device and which precision the models run on."""

import platform
import warnings
from dataclasses import dataclass

import torch
from torch import Tensor

from .device_names import DEVICES, PRECISIONS
from .encoders.encoder import Encoder
from .encoders.registry import EncoderRecord
from .errors import HumpcatError
from .files import hash_of, read_json, write_json
from .folders import cache_folder
from .settings import read_settings
from .windows import WINDOW

_AGREEMENT = 0.999  # least cosine between bf16's and fp32's outputs

# torch.OutOfMemoryError is of CUDA's allocator alone. CUDA itself (which may find the memory full before torch asks for
# any), cuBLAS (which has memory of its own) and MPS tell by their messages only.
_FULL = ("CUDA error: out of memory", "CUBLAS_STATUS_ALLOC_FAILED", "MPS backend out of memory")


@dataclass(frozen=True, slots=True)
class Device:
    """A device by its torch name ("cpu", "cuda", "mps") and the processor's own name."""

    kind: str
    name: str


def choose_device(wanted: str = "auto") -> Device:
    """Find the device asked for; `auto` takes the one that is set, or else CUDA, then MPS, then the CPU.

    Raises:
        HumpcatError: the device is unknown or not there.
    """
    if wanted not in DEVICES:
        raise HumpcatError(f"{wanted!r} is no device.", f"Choose one of {', '.join(DEVICES)}.")
    there = devices_present()
    chosen = read_settings().device if wanted == "auto" else wanted
    if chosen == "auto":
        return there[0]
    for device in there:
        if device.kind == chosen:
            return device
    hint = "Choose cpu or auto."
    if chosen != wanted:
        hint = "It is set so: choose another in the settings (in commands humpcat settings reset device)."
    raise HumpcatError(f"This machine has no {chosen} device that torch can use.", hint)


def devices_present() -> list[Device]:
    """Devices that torch can use, the fastest first; the CPU is always the last."""
    found = []
    if torch.cuda.is_available():
        found.append(Device("cuda", torch.cuda.get_device_name()))
    if torch.backends.mps.is_available():
        found.append(Device("mps", platform.processor() or "Apple GPU"))
    return [*found, Device("cpu", _cpu_name())]


def has_bf16(device: Device) -> bool:
    """Whether the hardware multiplies bf16 itself; emulated bf16 is slower than fp32."""
    if device.kind == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.kind == "cpu":
        # torch tells this of x86 only through its private names; on other CPUs fp32 is the safe answer.
        checks = (
            getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        )
        return any(check() for check in checks if check)
    return False


def is_out_of_memory(error: Exception) -> bool:
    """Whether torch says by an error that the memory of a device is full."""
    if isinstance(error, torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(text in str(error) for text in _FULL)


def load_encoder(
    record: EncoderRecord, layers: tuple[int, ...], device: Device, precision: str = "auto"
) -> tuple[Encoder, str]:
    """Load an encoder onto a device, and say which precision was chosen ("bf16" or "fp32").

    `auto` takes bf16 where the hardware has it and where, on this machine and once for each encoder, its outputs
    agreed with fp32's to a cosine of 0.999 in every block.

    Raises:
        HumpcatError: the precision is unknown, or the encoder cannot be loaded.
    """
    if precision not in PRECISIONS:
        raise HumpcatError(f"{precision!r} is no precision.", f"Choose one of {', '.join(PRECISIONS)}.")
    encoder = Encoder(record.folder, layers).to(device.kind)
    if precision == "auto":
        precision = "bf16" if has_bf16(device) and _bf16_agrees(encoder, record, layers, device) else "fp32"
    return (encoder.to(torch.bfloat16) if precision == "bf16" else encoder), precision


def _bf16_agrees(encoder: Encoder, record: EncoderRecord, layers: tuple[int, ...], device: Device) -> bool:
    key = hash_of([record.hash, list(layers), device.kind, device.name, torch.__version__])
    file = cache_folder() / "precision" / f"{key}.json"
    try:
        return bool(read_json(file)["cosine"] >= _AGREEMENT)
    except (HumpcatError, KeyError, TypeError):
        pass
    cosine = _cosine(encoder, Encoder(record.folder, layers).to(device.kind, torch.bfloat16))
    try:
        write_json(file, {"encoder": record.name, "device": device.name, "cosine": cosine})
    except HumpcatError as error:
        warnings.warn(f"The precision check will be repeated: {error}", RuntimeWarning, stacklevel=2)
    return cosine >= _AGREEMENT


def _cosine(one: Encoder, other: Encoder) -> float:
    """The least cosine over blocks between two encoders' outputs for a clip of voice-like sound."""
    expected, got = (encoder(_voice()).float().flatten(2) for encoder in (one, other))  # (1, L, T * C)
    return float(torch.nn.functional.cosine_similarity(expected, got, dim=-1).min())


def _voice() -> Tensor:
    """A buzz of 120 to 180 Hz with falling harmonics, syllables and a little noise: (1, 112000)."""
    time = torch.arange(WINDOW) / WINDOW * 7
    phase = 2 * torch.pi * (150 * time + 15 * torch.sin(2 * time))
    buzz = torch.stack([torch.sin(k * phase) / k for k in range(1, 21)]).sum(dim=0)
    noise = torch.randn(WINDOW, generator=torch.Generator().manual_seed(0))
    return (0.1 * buzz * torch.sin(3 * torch.pi * time).abs() + 0.01 * noise).unsqueeze(0)


def _cpu_name() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
