"""Small trees of real, tiny audio files under the names that corpora give them."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import soundfile

RATE = 8_000

# For each corpus: file -> (label, speaker, gender, corpus), as its authors describe the names.
NAMED = {
    "ravdess": {
        "Actor_01/03-01-01-01-01-01-01.wav": ("neutral", "01", "male", "ravdess"),
        "Actor_02/03-01-02-02-01-01-02.wav": ("calm", "02", "female", "ravdess"),
        "Actor_02/03-01-05-01-01-01-02.wav": ("angry", "02", "female", "ravdess"),
        "Actor_24/03-01-08-02-02-02-24.wav": ("surprised", "24", "female", "ravdess"),
    },
    "banglaser": {
        "03-01-01-01-03-01-01.wav": ("happy", "01", "male", "banglaser"),
        "01-01-04-02-03-01-15.wav": ("surprised", "15", "male", "banglaser"),
        "03-01-05-01-01-03-34.wav": ("neutral", "34", "female", "banglaser"),
    },
    "emodb": {
        "wav/03a01Wa.wav": ("angry", "03", "male", "emodb"),
        "wav/08b10Ac.wav": ("fearful", "08", "female", "emodb"),
        "wav/16a07Ld.wav": ("bored", "16", "female", "emodb"),
    },
    "tess": {
        "OAF_angry/OAF_back_angry.wav": ("angry", "OAF", "female", "tess"),
        "YAF_pleasant_surprised/YAF_back_ps.wav": ("surprised", "YAF", "female", "tess"),
        "OAF_neutral/OA_bite_neutral.wav": ("neutral", "OAF", "female", "tess"),
        "YAF_fear/tess_YAF_youth_fear.wav": ("fearful", "YAF", "female", "tess"),
    },
    "savee": {
        "DC/a01.wav": ("angry", "DC", "male", "savee"),
        "DC/sa15.wav": ("sad", "DC", "male", "savee"),
        "JE/a01.wav": ("angry", "JE", "male", "savee"),
        "KL_su03.wav": ("surprised", "KL", "male", "savee"),
        "JK/wav/n30.wav": ("neutral", "JK", "male", "savee"),
    },
    "emovo": {
        "f1/gio-f1-b1.wav": ("happy", "f1", "female", "emovo"),
        "m3/rab-m3-l4.wav": ("angry", "m3", "male", "emovo"),
        "m3/dis-m3-n5.wav": ("disgusted", "m3", "male", "emovo"),
    },
    "mesd": {
        "Anger_F_A_abajo.wav": ("angry", "", "female", "mesd"),
        "Happiness_M_B_buenos días.wav": ("happy", "", "male", "mesd"),
        "Sadness_C_B_venir.wav": ("sad", "", "", "mesd"),
    },
    "esd": {
        "0001/Angry/0001_000351.wav": ("angry", "0001", "female", "esd-zh"),
        "0010/Surprise/train/0010_001401.wav": ("surprised", "0010", "male", "esd-zh"),
        "0020/Neutral/0020_000001.wav": ("neutral", "0020", "male", "esd-en"),
        "0015_001100.wav": ("sad", "0015", "female", "esd-en"),
        "0015/Sad/0015_001051.wav": ("sad", "0015", "female", "esd-en"),
        "0007/开心/0007_000701.wav": ("happy", "0007", "female", "esd-zh"),
    },
    "urdu": {
        "Angry/SM1_F10_A010.wav": ("angry", "SM1", "male", "urdu"),
        "Happy/SF27_F2_H02.wav": ("happy", "SF27", "female", "urdu"),
        "Sad/SM5_F1_S01.wav": ("sad", "SM5", "male", "urdu"),
    },
    "crema-d": {
        "AudioWAV/1001_DFA_ANG_XX.wav": ("angry", "1001", "male", "crema-d"),
        "AudioWAV/1091_IEO_HAP_HI.wav": ("happy", "1091", "female", "crema-d"),
        "AudioWAV/1002_WSI_DIS_X.wav": ("disgusted", "1002", "female", "crema-d"),
    },
    "nemo": {
        "samples/SB0_anger_1.wav": ("angry", "SB0", "", "nemo"),
        "samples/KLK_surprised_12.wav": ("surprised", "KLK", "", "nemo"),
        "samples/SB0_neutral_90.wav": ("neutral", "SB0", "", "nemo"),
    },
}
EVALUATION = """% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]

[6.2901 - 8.2357]\tSes01F_impro01_F000\tneu\t[2.5000, 2.5000, 2.5000]
C-E2:\tNeutral;\t()
A-E3:\tval 3; act 2; dom  2;\t()

[10.0100 - 11.3925]\tSes01F_impro01_M000\texc\t[2.5000, 2.5000, 2.5000]
C-E2:\tExcited;\t()

[14.8872 - 18.0175]\tSes01F_impro01_F001\txxx\t[2.5000, 2.5000, 2.5000]
"""
SCRIPTED = "[0.5000 - 1.5000]\tSes02M_script01_1b_F000\tang\t[1.5000, 4.0000, 4.0000]\n"


def sound(path: Path, seed: int, seconds: float = 0.5, level: float = 0.1) -> None:
    """A tiny recording of noise; another seed is another sound. The container follows the extension."""
    samples = level * np.random.default_rng(seed).normal(size=round(seconds * RATE))
    path.parent.mkdir(parents=True, exist_ok=True)
    suffix = path.suffix.lower().lstrip(".")
    soundfile.write(path, samples.astype(np.float32), RATE, format=suffix.upper())


def sounds(folder: Path, names: Iterable[str]) -> Path:
    """A folder of tiny recordings, each of its own sound."""
    for seed, name in enumerate(names):
        sound(folder / name, seed)
    return folder


def text(path: Path, content: str) -> Path:
    """A text file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def iemocap(folder: Path) -> Path:
    """Two dialogues of IEMOCAP: sentences, labels, and the transcriptions and whole dialogues that lie beside them."""
    one, two = folder / "Session1", folder / "Session2"
    text(one / "dialog/EmoEvaluation/Ses01F_impro01.txt", EVALUATION)
    text(
        one / "dialog/EmoEvaluation/Categorical/Ses01F_impro01_e2_cat.txt",
        "Ses01F_impro01_F000 :Neutral; ()\n",
    )
    text(
        one / "dialog/transcriptions/Ses01F_impro01.txt", "Ses01F_impro01_F000 [006.29-008.23]: Excuse me.\n"
    )
    text(two / "dialog/EmoEvaluation/Ses02M_script01_1b.txt", SCRIPTED)
    sounds(
        folder,
        (
            "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav",
            "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_M000.wav",
            "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F001.wav",
            "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_MXX0.wav",
            "Session1/dialog/wav/Ses01F_impro01.wav",
        ),
    )
    sound(two / "dialog/wav/Ses02M_script01_1b.wav", 9, 2.0)
    return folder
