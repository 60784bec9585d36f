"""The names of devices and precisions that can be asked for; without torch, so that windows and commands know them."""

DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("auto", "fp32", "bf16")
