"""DisVoice's own prosody functions, run in a child process by `disvoice_engine`.

This file imports nothing of ours and is started by its path, so that it runs in any interpreter that has
DisVoice. The functions are loaded from their file: `import disvoice` itself fails beside a current SciPy and
setuptools, and pulls in TensorFlow. The folder given on the command line is the protocol: `request.json`,
`<i>.samples.npy` and `<i>.f0.npy` come in, `values.npy` and `answer.json` go out.
"""

import importlib
import importlib.metadata
import importlib.util
import json
import sys
import warnings
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# The settings of DisVoice's `Prosody` class.
FRAME_SECONDS = 0.02
STEP_SECONDS = 0.01
PAUSE_SECONDS = 0.14
RAPT_LOWEST, RAPT_HIGHEST, RAPT_VOICE_BIAS = 60, 350, -0.2
F0_VALUES, ALL_VALUES = 30, 103


def main(folder: Path) -> None:
    """Answer the request in `folder`: a missing package is named there, other failures end the process."""
    try:
        answer = _answered(folder)
    except ModuleNotFoundError as error:
        answer = {"missing": error.name or str(error)}
    (folder / "answer.json").write_text(json.dumps(answer), encoding="utf-8")


def _answered(folder: Path) -> dict[str, str]:
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    functions = _load_functions()
    values = np.full((request["count"], ALL_VALUES), np.nan)
    for index in range(request["count"]):
        samples = np.load(folder / f"{index}.samples.npy").astype(np.float64)
        f0_file = folder / f"{index}.f0.npy"
        if len(samples):
            signal = _normalised(samples)
            rate = request["sample_rate"]
            f0 = np.load(f0_file).astype(np.float64) if f0_file.exists() else _rapt(signal, rate)
            values[index] = _static_values(functions, signal, f0, rate)
    np.save(folder / "values.npy", values)
    return {"version": importlib.metadata.version("disvoice")}


def _load_functions() -> ModuleType:
    package = importlib.util.find_spec("disvoice")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("DisVoice is not installed", name="disvoice")
    path = Path(package.submodule_search_locations[0]) / "prosody" / "prosody_functions.py"
    spec = importlib.util.spec_from_file_location("disvoice_prosody_functions", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ModuleNotFoundError("DisVoice has no prosody functions", name="disvoice")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _normalised(samples: Floats) -> Floats:
    centred = samples - np.mean(samples)
    normalised: Floats = centred / float(np.max(np.abs(centred)))
    return normalised


def _rapt(signal: Floats, sample_rate: int) -> Floats:
    """DisVoice's own F0 track; needs pysptk."""
    sptk = importlib.import_module("pysptk").sptk
    hop = int(STEP_SECONDS * sample_rate)
    track: Floats = sptk.rapt(
        np.asarray(signal * 2**15, dtype=np.float32),
        sample_rate,
        hop,
        min=RAPT_LOWEST,
        max=RAPT_HIGHEST,
        voice_bias=RAPT_VOICE_BIAS,
        otype="f0",
    )
    return track


def _static_values(functions: ModuleType, signal: Floats, f0: Floats, sample_rate: int) -> Floats:
    """(103,) as DisVoice answers them: NaN, sentinels and all."""
    frame, step = FRAME_SECONDS * float(sample_rate), STEP_SECONDS * float(sample_rate)
    voiced = functions.V_UV(f0, signal, type_seg="Voiced", size_stepS=step)
    others = functions.V_UV(f0, signal, type_seg="Unvoiced", size_stepS=step)
    longest = PAUSE_SECONDS * float(sample_rate)
    pauses = [segment for segment in others if len(segment) > longest]
    unvoiced = [segment for segment in others if len(segment) <= longest]
    return np.hstack(
        (
            _f0_values(functions, f0),
            functions.energy_feat(voiced, sample_rate, frame, step),
            functions.energy_feat(unvoiced, sample_rate, frame, step),
            functions.duration_feat(voiced, unvoiced, pauses, signal, sample_rate),
        )
    )


def _f0_values(functions: ModuleType, f0: Floats) -> Floats:
    try:
        values: Floats = functions.F0feat(f0)
    except IndexError:  # DisVoice finds no voiced stretch where the track's last value alone is voiced
        return np.full(F0_VALUES, np.nan)
    return values


if __name__ == "__main__":
    warnings.simplefilter(
        "ignore"
    )  # DisVoice takes means of nothing and divides by zero as a matter of course
    main(Path(sys.argv[1]))
