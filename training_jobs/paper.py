"""The paper's figures and what it measured, as data; they are the paper's claims and are never shown as ours."""

from collections.abc import Mapping
from dataclasses import dataclass

from core_model.network.config import BRANCHES, HUBERT, MFCC, PROSODY

SOURCE = "iemocap"  # paper, section IV-D: the corpus of the source model
SOURCE_UTTERANCES = 5531  # paper, Table II
ENCODER = "facebook/hubert-base-ls960"
LAYERS = (1, 9)  # paper, section III-B
FOLDS = 10  # paper, section IV-C
_MEAN = "The paper gives 78.75 as the mean of its seven targets; the figures of its Table VI have a mean of 78.33."
_EMOVO = "The paper gives EMOVO 79.48 in its Table VI and 75.48, with the same features, in its Table VII."
_ACOUSTIC = "The paper gives prosody with MFCC 74.58 in its Table IV and 74.26 in its text (section IV-C)."
NOTES: Mapping[str, tuple[str, ...]] = {
    "IV": (_ACOUSTIC,),
    "VI": (_MEAN, _EMOVO),
    "VII": (_EMOVO,),
}  # by table


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus of the paper's Table II.

    Attributes:
        title: the paper's name for it.
        language: that of its speakers.
        tuning: the share that tunes, as the paper tells it.
        unclear: where the paper tells the corpus in two ways: both.
    """

    title: str
    language: str
    tuning: str = "10 % of the data"
    unclear: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """What the paper gives for one measurement; shares lie in 0 to 1.

    Attributes:
        table: "VI".
        row: what the paper measured: "EMODB, IEMOCAP as source".
        ua: unweighted accuracy on test data.
        wa, validation: weighted accuracy, and UA on validation data, where the table has them.
    """

    table: str
    row: str
    ua: float
    wa: float | None = None
    validation: float | None = None


@dataclass(frozen=True, slots=True)
class EncoderRow:
    """A row of Table III: the paper's name, and the hub's id of what it stands for (the first is the likeliest)."""

    title: str
    sources: tuple[str, ...]
    short: str
    figure: Figure


# By this program's name for the corpus. ESD has an English half, too; decision: the paper's figure stands beside the
# Chinese one, as its Table II, its section IV-E and its conclusion have it, though its section IV-A does not.
CORPORA: Mapping[str, Corpus] = {
    "iemocap": Corpus("IEMOCAP", "English"),
    "emodb": Corpus("EMODB", "German", "20 % of the speakers"),
    "ravdess": Corpus("RAVDESS", "English"),
    "tess": Corpus("TESS", "English"),
    "savee": Corpus("SAVEE", "English"),
    "emovo": Corpus("EMOVO", "Italian", "a third of the speakers"),
    "mesd": Corpus("MESD", "Spanish"),
    "esd-zh": Corpus(
        "ESD",
        "Chinese",
        unclear="Chinese, 420 utterances by its Table II; 10 native English speakers by its section IV-A",
    ),
}
# Corpora that can take the source's place: the paper's English ones, and others that are read here.
ENGLISH = (
    *(name for name, corpus in CORPORA.items() if corpus.language == "English"),
    "crema-d",
    "esd-en",
)


def _encoder(title: str, short: str, validation: float, ua: float, *sources: str) -> EncoderRow:
    return EncoderRow(title, sources, short, Figure("III", title, ua, validation=validation))


TABLE_III = (
    _encoder("HuBERT-base", "hubert-base", 0.8170, 0.7826, ENCODER),
    _encoder("HuBERT-large", "hubert-large", 0.7853, 0.7525, "facebook/hubert-large-ll60k"),
    # The paper does not say which WavLM.
    _encoder("WavLM", "wavlm-base", 0.6936, 0.6780, "microsoft/wavlm-base", "microsoft/wavlm-base-plus"),
    _encoder("Wav2vec2-base", "wav2vec2-base", 0.7279, 0.7158, "facebook/wav2vec2-base"),
    _encoder("Wav2vec2-large", "wav2vec2-large", 0.7054, 0.6893, "facebook/wav2vec2-large"),
)

# Features -> (the branches they are here, if they are; the figure). Decision: without the encoder, as prosody and MFCC
# alone. The text reads otherwise ("we run the HuBERT base model on different combination"), but all figures are below
# HuBERT's own in Table III; rows say so.
TABLE_IV: Mapping[str, tuple[tuple[str, ...] | None, Figure]] = {
    "Prosody + MFCC": ((MFCC, PROSODY), Figure("IV", "Prosody + MFCC", 0.7458, validation=0.7860)),
    "Prosody + LPCC": (None, Figure("IV", "Prosody + LPCC", 0.7245, validation=0.7601)),
    "Prosody + spectrogram": (None, Figure("IV", "Prosody + spectrogram", 0.7012, validation=0.7536)),
    "MFCC + LPCC": (None, Figure("IV", "MFCC + LPCC", 0.6539, validation=0.6857)),
    "MFCC + spectrogram": (None, Figure("IV", "MFCC + spectrogram", 0.6224, validation=0.6732)),
    "LPCC + spectrogram": (None, Figure("IV", "LPCC + spectrogram", 0.6009, validation=0.6482)),
}

TABLE_V = Figure("V", "HuMP-CAT on IEMOCAP", 0.8245, wa=0.8127)

TABLE_VI: Mapping[str, Figure] = {
    name: Figure("VI", CORPORA[name].title, ua)
    for name, ua in (
        ("emodb", 0.8869),
        ("ravdess", 0.8356),
        ("tess", 0.8545),
        ("savee", 0.7791),
        ("emovo", 0.7948),
        ("mesd", 0.7284),
        ("esd-zh", 0.6035),
    )
}

# The encoder is always there (section IV-F).
TABLE_VII_BRANCHES: Mapping[str, tuple[str, ...]] = {
    "MFCC": (HUBERT, MFCC),
    "Prosody": (HUBERT, PROSODY),
    "MFCC & Prosody": BRANCHES,
}
TABLE_VII: Mapping[str, Mapping[str, Figure]] = {
    name: {
        features: Figure("VII", f"{CORPORA[name].title}, {features}", ua)
        for features, ua in zip(TABLE_VII_BRANCHES, figures, strict=True)
    }
    for name, figures in (
        ("emodb", (0.8254, 0.8336, 0.8869)),
        ("emovo", (0.7023, 0.6894, 0.7548)),
        ("mesd", (0.6621, 0.6530, 0.7284)),
        ("ravdess", (0.8195, 0.8312, 0.8356)),
        ("tess", (0.7622, 0.7880, 0.8545)),
    )
}
