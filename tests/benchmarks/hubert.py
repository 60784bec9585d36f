"""A full-size, randomly initialised HuBERT base: our encoder (blocks 1 and 9) against transformers' plain forward.

    python tests/benchmarks/hubert.py [FOLDER]     # FOLDER keeps the model for `humpcat encoder add FOLDER`

Seconds for one 7 s window, measured in turn in one run: (a) transformers' HubertModel, fp32, all 12 blocks, (b) ours in
fp32, blocks above 9 never built, (c) ours in the precision that `auto` chooses here.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
import transformers

from core_model.devices import choose_device, has_bf16
from core_model.encoders.encoder import Encoder
from core_model.windows import WINDOW

ROUNDS = 5


def make_hubert(folder: Path) -> None:
    """Save a HuBERT base with random weights, as transformers does."""
    torch.manual_seed(0)
    transformers.HubertModel(transformers.HubertConfig()).save_pretrained(folder)


def seconds(run: Callable[[torch.Tensor], object], windows: torch.Tensor) -> float:
    """Wall time of one call."""
    started = time.perf_counter()
    with torch.inference_mode():
        run(windows)
    return time.perf_counter() - started


def main() -> None:
    """Measure all three, and print the ratios."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp())
    if not (folder / "config.json").is_file():
        make_hubert(folder)
    windows = torch.randn(1, WINDOW, generator=torch.Generator().manual_seed(0)) * 0.1
    plain = transformers.HubertModel.from_pretrained(folder, dtype=torch.float32).eval()
    runs = {"transformers fp32, 12 blocks": lambda x: plain(x, output_hidden_states=True)}
    runs["ours fp32, blocks 1 and 9"] = Encoder(folder, (1, 9))
    if has_bf16(choose_device("cpu")):
        runs["ours bf16, blocks 1 and 9"] = Encoder(folder, (1, 9)).to(torch.bfloat16)
    for run in runs.values():
        seconds(run, windows)  # warm up
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            times[name].append(seconds(run, windows))
    first = next(iter(runs))
    for name, values in times.items():
        ratio = statistics.median(a / b for a, b in zip(values, times[first], strict=True))
        sys.stdout.write(
            f"{name}: {statistics.median(values):.3f} s a window "
            f"({min(values):.3f} to {max(values):.3f}), {ratio:.2f} of the first\n"
        )


if __name__ == "__main__":
    main()
