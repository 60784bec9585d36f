"""The corpora whose file names tell all, as their authors published them and as copies of them go about."""

import re
from functools import cache

from .facts import FEMALE, MALE
from .label_maps import WORDS, LabelMap, built_in
from .names import Match, NameConvention, Named

_RAVDESS = dict(
    zip(
        "12345678",
        ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"],
        strict=True,
    )
)
_BANGLASER = dict(zip("12345", ("happy", "sad", "angry", "surprise", "neutral"), strict=True))
_EMODB = {
    "w": "anger", "l": "boredom", "e": "disgust", "a": "anxiety", "f": "happiness", "t": "sadness", "n": "neutral",
}  # fmt: skip
_EMODB_GENDER = dict.fromkeys(("03", "10", "11", "12", "15"), MALE) | dict.fromkeys(
    ("08", "09", "13", "14", "16"), FEMALE
)
_SAVEE = {
    "a": "anger", "d": "disgust", "f": "fear", "h": "happiness", "n": "neutral", "sa": "sadness", "su": "surprise",
}  # fmt: skip
_SAVEE_SPEAKERS = frozenset({"DC", "JE", "JK", "KL"})
_EMOVO = {
    "dis": "disgusto", "gio": "gioia", "pau": "paura", "rab": "rabbia", "sor": "sorpresa", "tri": "tristezza",
    "neu": "neutro",
}  # fmt: skip
_TESS = {"ps": "pleasant surprise", "surprise": "pleasant surprise", "surprised": "pleasant surprise"}
_MESD_GENDER = {"f": FEMALE, "m": MALE}
_URDU = {"a": "angry", "h": "happy", "n": "neutral", "s": "sad"}
_CREMAD = {
    "ang": "anger", "dis": "disgust", "fea": "fear", "hap": "happy", "neu": "neutral", "sad": "sad",
}  # fmt: skip
# VideoDemographics.csv of CREMA-D: 43 of its actors 1001 to 1091 are women.
_CREMAD_WOMEN = frozenset(
    (
        2, 3, 4, 6, 7, 8, 9, 10, 12, 13, 18, 20, 21, 24, 25, 28, 29, 30, 37, 43, 46, 47, 49, 52, 53, 54, 55, 56, 58, 60,
        61, 63, 72, 73, 74, 75, 76, 78, 79, 82, 84, 89, 91,
    )
)  # fmt: skip
_ESD_WORDS = ("neutral", "angry", "happy", "sad", "surprise")
_ESD_EACH = 350  # utterances 1-350 are neutral, 351-700 angry, and so on, of every speaker
_ESD_WOMEN = frozenset({1, 2, 3, 7, 9, 15, 16, 17, 18, 19})


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _by_parity(speaker: str) -> str:
    return MALE if int(speaker) % 2 else FEMALE


def _ravdess(name: Match, _folders: tuple[str, ...]) -> Named | str | None:
    if name["channel"] == "2":
        return "sung, not spoken"
    if name["modality"] == "1":
        return "the sound of a film, which is the recording that 03- is of"
    return Named(_RAVDESS[name["emotion"]], name["speaker"], _by_parity(name["speaker"]))


def _banglaser(name: Match, _folders: tuple[str, ...]) -> Named | str | None:
    return Named(_BANGLASER[name["emotion"]], name["speaker"], _by_parity(name["speaker"]))


def _emodb(name: Match, _folders: tuple[str, ...]) -> Named | str | None:
    speaker = name["speaker"]
    return Named(_EMODB[name["emotion"].lower()], speaker, _EMODB_GENDER.get(speaker, ""))


def _tess(name: Match, _folders: tuple[str, ...]) -> Named | str | None:
    word = name["emotion"].lower().removeprefix("pleasant_")
    # One file of the original is called OA_bite_neutral.
    return Named(_TESS.get(word, word), name["speaker"].upper() + "F", FEMALE)


def _savee(name: Match, folders: tuple[str, ...]) -> Named | str | None:
    inside = [speaker for folder in folders if (speaker := folder.upper()) in _SAVEE_SPEAKERS]
    speaker = (name["speaker"] or "".join(inside[-1:])).upper()
    return Named(_SAVEE[name["emotion"].lower()], speaker, MALE) if speaker else None


def _emovo(name: Match, _folders: tuple[str, ...]) -> Named | str | None:
    speaker = name["speaker"].lower()
    return Named(_EMOVO[name["emotion"].lower()], speaker, FEMALE if speaker[0] == "f" else MALE)


def _mesd(name: Match, _folders: tuple[str, ...]) -> Named | str | None:
    return Named(name["emotion"].lower(), "", _MESD_GENDER.get(name["voice"].lower(), ""))


@cache
def _label_of(word: str) -> str | None:
    return _words().label_of(word)


@cache
def _words() -> LabelMap:
    return built_in(WORDS)


def _esd(name: Match, folders: tuple[str, ...]) -> Named | str | None:
    speaker, number = int(name["speaker"]), int(name["number"])
    if not 1 <= speaker <= 20 or not 1 <= number <= _ESD_EACH * len(_ESD_WORDS):
        return None
    word = _ESD_WORDS[(number - 1) // _ESD_EACH]
    label = _label_of(word)
    if any(_label_of(folder) not in (None, label) for folder in folders):  # another corpus with such names
        return None
    half = "zh" if speaker <= 10 else "en"
    return Named(word, name["speaker"], FEMALE if speaker in _ESD_WOMEN else MALE, f"esd-{half}", half)


def _urdu(name: Match, _folders: tuple[str, ...]) -> Named | str | None:
    return Named(
        _URDU[name["emotion"].lower()], name["speaker"].upper(), FEMALE if name["sex"] in "Ff" else MALE
    )


def _cremad(name: Match, _folders: tuple[str, ...]) -> Named | str | None:
    speaker = int(name["speaker"])
    return Named(
        _CREMAD[name["emotion"].lower()], name["speaker"], FEMALE if speaker - 1000 in _CREMAD_WOMEN else MALE
    )


def _nemo(name: Match, _folders: tuple[str, ...]) -> Named | str | None:
    return Named(name["emotion"].lower(), name["speaker"].upper())


# RAVDESS and BanglaSER share the shape of their names. RAVDESS alone has emotions 06-08 and songs; BanglaSER alone has
# a third statement, a third repetition, or speakers beyond 24.
NAME_CONVENTIONS = (
    NameConvention(
        "ravdess", "RAVDESS", "03-01-EE-II-SS-RR-AA (EE emotion, AA actor)",
        _compiled(r"0(?P<modality>[13])-0(?P<channel>[12])-0(?P<emotion>[1-8])-0[12]-0[12]-0[12]-(?P<speaker>[01]\d|2[0-4])"),
        _ravdess,
        lambda name: name["emotion"] in "678" or name["channel"] == "2",
        "have the emotions 06 to 08, or are songs, which only RAVDESS has",
    ),
    NameConvention(
        "banglaser", "BanglaSER", "MM-01-EE-II-SS-RR-AA (EE emotion, AA actor)",
        _compiled(
            r"0\d-01-0(?P<emotion>[1-5])-0[12]-0(?P<statement>[1-3])-0(?P<take>[1-3])-(?P<speaker>\d\d)"
        ),
        _banglaser,
        lambda name: "3" in (name["statement"], name["take"]) or int(name["speaker"]) > 24,
        "have a third statement, a third repetition or an actor above 24, which only BanglaSER has",
    ),
    NameConvention(
        "emodb", "EMO-DB", "03a01Wa (speaker, text, emotion, version)",
        _compiled(r"(?P<speaker>\d\d)[ab]\d\d(?P<emotion>[WLEAFTN])[a-f]?"), _emodb,
    ),
    NameConvention(
        "tess", "TESS", "OAF_back_angry (speaker, word, emotion)",
        _compiled(
            r"(?:.*[_\- ])?(?P<speaker>OA|YA)F?_[a-z'\-]+_"
            r"(?P<emotion>angry|disgust|fear|happy|neutral|sad|ps|(?:pleasant_)?surprised?)"
        ),
        _tess,
    ),
    NameConvention(
        "savee", "SAVEE", "DC/a01 or DC_a01 (speaker, emotion, number)",
        _compiled(r"(?:(?P<speaker>DC|JE|JK|KL)_)?(?P<emotion>sa|su|[adfhn])\d\d"), _savee,
    ),
    NameConvention(
        "emovo", "EMOVO", "gio-f1-b1 (emotion, speaker, sentence)",
        _compiled(r"(?P<emotion>dis|gio|pau|rab|sor|tri|neu)-(?P<speaker>[fm]\d)-[a-z]\d"), _emovo,
    ),
    NameConvention(
        "mesd", "MESD", "Anger_F_A_abajo (emotion, voice, word list, word)",
        _compiled(r"(?P<emotion>anger|disgust|fear|happiness|neutral|sadness)_(?P<voice>[FMC])_[AB]_.+"), _mesd,
    ),
    NameConvention(
        "esd", "ESD", "0011/Angry/0011_000351 (speaker, emotion, number)",
        _compiled(r"(?P<speaker>\d{4})_(?P<number>\d{6})"), _esd,
        parts={"zh": "the Chinese half (0001-0010)", "en": "the English half (0011-0020)"},
    ),
    NameConvention(
        "urdu", "URDU", "SM1_F10_A010 (speaker with gender, file, emotion)",
        _compiled(r"(?P<speaker>S(?P<sex>[MF])\d+)_F\d+_(?P<emotion>[AHNS])\d+"), _urdu,
    ),
    NameConvention(
        "crema-d", "CREMA-D", "1001_DFA_ANG_XX (actor, sentence, emotion, level)",
        _compiled(r"(?P<speaker>1\d{3})_[A-Z]{3}_(?P<emotion>ANG|DIS|FEA|HAP|NEU|SAD)_(?:XX?|LO|MD|HI)"), _cremad,
    ),
    NameConvention(
        "nemo", "nEMO", "SPK_emotion_N (speaker, emotion, sentence)",
        _compiled(
            r"(?P<speaker>[A-Z0-9]{2,4})_(?P<emotion>anger|fear|happiness|neutral|sadness|surprised?)_\d+"
        ),
        _nemo,
        lambda name: re.fullmatch(r"[A-Za-z]{2}\d", name["speaker"]) is not None,
        "have speakers of two letters and a digit, as nEMO's are",
    ),
)  # fmt: skip
