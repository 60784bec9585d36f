"""Is the conv block's convolution over phases worth its lines? Ratio to torch's own strided one, forward and backward.

python tests/benchmarks/conv_block.py
"""

import statistics
import sys
import time
from collections.abc import Callable

import torch
from torch import Tensor

from core_model.network.layers import strided_convolution

ROUNDS = 15


def seconds(apply: Callable[[Tensor], Tensor], image: Tensor) -> float:
    """Processor time of one forward and backward pass."""
    started = time.process_time()
    apply(image).sum().backward()
    return time.process_time() - started


def main() -> None:
    """Time both in turn, so that a noisy machine is noisy for both."""
    torch.set_num_threads(1)
    convolve = torch.nn.Conv2d(1, 8, (10, 18), (4, 3))
    image = torch.randn(32, 128, 512, requires_grad=True)
    ratios = [
        seconds(lambda x: strided_convolution(x, convolve), image)
        / seconds(lambda x: convolve(x.unsqueeze(1)), image)
        for _ in range(ROUNDS)
    ]
    low, middle, high = min(ratios), statistics.median(ratios), max(ratios)
    sys.stdout.write(
        f"phases / torch's strided: {middle:.2f} (median of {ROUNDS}; {low:.2f} to {high:.2f})\n"
    )


if __name__ == "__main__":
    main()
