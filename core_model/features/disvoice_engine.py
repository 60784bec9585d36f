"""The prosody engine `disvoice`: the real DisVoice package, in a process of its own.

DisVoice cannot be imported in the default environment (TensorFlow, an old SciPy, an old setuptools), so a
child process runs its functions: in the Python that HUMPCAT_DISVOICE_PYTHON names, otherwise in this one.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import HumpcatError
from .prosody import PROSODY_GROUPS, Prosody

INTERPRETER_VARIABLE = "HUMPCAT_DISVOICE_PYTHON"

# DisVoice's energy of digital silence is -1e30 dB; means and tilts over it come out somewhat smaller.
_SENTINEL = 1e20
_CHILD = Path(__file__).with_name("disvoice_child.py")

Floats = NDArray[np.float64]


def disvoice_interpreter() -> str:
    """The Python that runs DisVoice: the one named by HUMPCAT_DISVOICE_PYTHON, else this one."""
    return os.environ.get(INTERPRETER_VARIABLE) or sys.executable


def disvoice_prosody(
    recordings: Sequence[NDArray[np.floating]],
    f0_tracks: Sequence[NDArray[np.floating]] | None = None,
    sample_rate: int = 16000,
) -> list[Prosody]:
    """Compute the 103 values with DisVoice itself, all recordings in one child process.

    Args:
        recordings: each (n,) samples, any level.
        f0_tracks: for each (m,) F0 in Hz at a 10 ms step, 0 where unvoiced; None for DisVoice's own choice,
            RAPT between 60 and 350 Hz, which needs the package pysptk.
        sample_rate: in Hz.

    Returns:
        One `Prosody` each. What DisVoice leaves undefined is 0 and not valid, and so is a group that is all
        zero, DisVoice's answer where there are too few segments.

    Raises:
        HumpcatError: DisVoice or what it imports is missing there, or it fails.
    """
    return [_defined(row) for row in disvoice_values(recordings, f0_tracks, sample_rate)]


def disvoice_values(
    recordings: Sequence[NDArray[np.floating]],
    f0_tracks: Sequence[NDArray[np.floating]] | None = None,
    sample_rate: int = 16000,
) -> Floats:
    """(recordings, 103) float64 as DisVoice answers, NaN and sentinels kept; else as `disvoice_prosody`."""
    with tempfile.TemporaryDirectory(prefix="humpcat-disvoice-") as name:
        folder = Path(name)
        for index, samples in enumerate(recordings):
            np.save(folder / f"{index}.samples.npy", samples)
            if f0_tracks is not None:
                np.save(folder / f"{index}.f0.npy", f0_tracks[index])
        request = {"count": len(recordings), "sample_rate": sample_rate}
        (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
        _run_child(folder)
        values: Floats = np.load(folder / "values.npy")
        return values


def energy_is_undefined(values: Floats) -> NDArray[np.bool_]:
    """(103,) true in the groups that DisVoice's sentinel for digital silence has got into.

    A mean of -1e30 and real decibels is not the sentinel itself, and the skewness beside it looks harmless,
    so the whole group goes.
    """
    touched = np.zeros(len(values), dtype=np.bool_)
    for group in PROSODY_GROUPS:
        indices = list(group.indices)
        touched[indices] = bool((np.abs(values[indices]) > _SENTINEL).any())
    return touched


def _defined(values: Floats) -> Prosody:
    valid = np.isfinite(values) & ~energy_is_undefined(values)
    for group in PROSODY_GROUPS:
        indices = list(group.indices)
        if len(indices) > 1 and not np.where(valid, values, 0.0)[indices].any():
            valid[indices] = False
    return Prosody(np.where(valid, values, 0.0).astype(np.float32), valid)


def _run_child(folder: Path) -> None:
    interpreter = disvoice_interpreter()
    try:
        done = subprocess.run(
            [interpreter, "-P", str(_CHILD), str(folder)],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        hint = f"Correct or unset {INTERPRETER_VARIABLE}."
        raise HumpcatError(f"DisVoice cannot be started with {interpreter}.", hint) from error
    answer = folder / "answer.json"
    if done.returncode or not answer.is_file():
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise HumpcatError(f"DisVoice failed ({reason}).", "Use the default prosody engine.")
    missing = json.loads(answer.read_text(encoding="utf-8")).get("missing")
    if missing:
        raise _missing(missing, interpreter)


def _missing(package: str, interpreter: str) -> HumpcatError:
    name = "scikit-learn" if package == "sklearn" else package
    options = "--no-deps " if package == "disvoice" else ""  # with them it would bring in TensorFlow
    return HumpcatError(
        f"The prosody engine 'disvoice' needs the package {name}, which {interpreter} lacks.",
        f"Install it there with `pip install {options}{name}`, name another Python in "
        f"{INTERPRETER_VARIABLE}, or use the default engine, which computes the same values.",
    )
