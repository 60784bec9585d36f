"""The languages of the corpora that are known by name."""

_LANGUAGES = {
    "banglaser": "Bengali",
    "crema-d": "English",
    "emodb": "German",
    "emovo": "Italian",
    "esd-en": "English",
    "esd-zh": "Chinese",
    "iemocap": "English",
    "mesd": "Spanish",
    "nemo": "Polish",
    "ravdess": "English",
    "savee": "English",
    "tess": "English",
    "urdu": "Urdu",
}


def language_of(corpus: str) -> str:
    """The language of a corpus, "" where only its owner knows."""
    return _LANGUAGES.get(corpus, "")
