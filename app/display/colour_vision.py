"""Whether two colours stay apart for colour-blind eyes, too."""

from functools import lru_cache

import numpy as np

# Protanopia, deuteranopia, tritanopia on linear RGB: Machado, Oliveira and Fernandes 2009, IEEE TVCG 15(6), severity 1.
_VISIONS = np.array(
    [
        np.eye(3),
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ],
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ],
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ],
    ]
)
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)  # sRGB, D65
_WHITE = _TO_XYZ.sum(axis=1)
NEAR = 8.0  # CIE 1976 colour difference below which small discs are taken for one another; decision: by looking at them


def difference(a: str, b: str) -> float:
    """The least CIE 1976 difference of two colours (#RRGGBB) over usual vision and three kinds of colour blindness."""
    return float(np.linalg.norm(_seen(a) - _seen(b), axis=1).min())


@lru_cache(maxsize=256)
def _seen(colour: str) -> np.ndarray:
    """CIELAB values, (4, 3), as each kind of vision sees a colour."""
    values = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    xyz = (np.clip(_VISIONS @ linear, 0, 1) @ _TO_XYZ.T) / _WHITE
    root = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = root.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)
