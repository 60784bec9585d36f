"""The features of one window: the network's whole input before it is standardised."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..audio import Samples
from ..windows import WINDOW, repeat_to_window
from .config import FeatureConfig
from .mfcc import HOP, mfcc
from .pitch import track_pitch
from .prosody import prosody

MFCC_FRAMES = WINDOW // HOP


@dataclass(frozen=True, slots=True, eq=False)
class AcousticFeatures:
    """What needs no encoder: `mfcc` (350, 39) float32, `prosody` (103,) float32 and where it is defined (103,) bool."""

    mfcc: npt.NDArray[np.float32]
    prosody: npt.NDArray[np.float32]
    prosody_valid: npt.NDArray[np.bool_]


def acoustic_features(clip: Samples, config: FeatureConfig) -> AcousticFeatures:
    """Compute MFCC and prosody of one clip of at most 7 s, (n,) float32 at 16 kHz.

    MFCC come from the window (the clip repeated until it fills 7 s). Decision: prosody comes from the clip itself,
    since every seam of the repetition would be a pause and a pitch jump that nobody spoke. The tracker hears the clip
    at full level, as it takes frames that peak below 0.001 for silence, however well they can be heard.
    """
    peak = float(np.abs(clip).max(initial=0.0))
    track = track_pitch(
        clip / peak if peak > 0 else clip,
        fmin=config.pitch.fmin,
        fmax=config.pitch.fmax,
        threshold=config.pitch.threshold,
    )
    values = prosody(clip, track.f0)
    # Centred frames give one more than hops fit; the last one lies on the window's edge.
    return AcousticFeatures(
        mfcc(repeat_to_window(clip), config.mfcc)[:MFCC_FRAMES], values.values, values.valid
    )
