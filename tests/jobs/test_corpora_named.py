"""Each corpus is known by its own names, in any letter case and container, with strangers and copies about."""

from collections import Counter
from pathlib import Path

import pytest
from corpus_trees import NAMED, iemocap, sound, sounds, text

from core_model.errors import HumpcatError
from training_jobs.corpora.names import SAME_NAME
from training_jobs.corpora.reading import (
    LINKED,
    NO_AUDIO,
    OTHER_AUDIO,
    STRAY,
    Reading,
    open_corpus,
    read_corpus,
)

Facts = tuple[str, str, str, str]


def facts(reading: Reading, folder: Path) -> dict[str, Facts]:
    return {
        each.file.relative_to(folder).as_posix(): (each.emotion, each.speaker, each.gender, each.corpus)
        for each in reading.utterances
    }


def reasons(reading: Reading) -> Counter[str]:
    return Counter(skip.reason for skip in reading.skipped)


@pytest.mark.parametrize("name", NAMED)
def test_labels_speakers_and_genders_are_those_of_the_names(name: str, tmp_path: Path) -> None:
    reading = open_corpus(sounds(tmp_path / "some folder", NAMED[name]))
    assert (reading.name, facts(reading, tmp_path / "some folder")) == (name, NAMED[name])
    assert reading.confidence > 0.8
    assert reading.evidence[0].startswith(
        f"{len(NAMED[name])} of {len(NAMED[name])} audio files are named as"
    )
    assert not reading.skipped


@pytest.mark.parametrize("name", NAMED)
def test_letter_case_container_and_dirt_change_nothing(name: str, tmp_path: Path) -> None:
    changed = {file.swapcase().replace(".WAV", ".FLAC"): told for file, told in NAMED[name].items()}
    folder = sounds(tmp_path / "c", changed)
    for path in list(folder.rglob("*.FLAC")):
        (path.parent / f"._{path.name}").write_bytes(b"\0\5\x16\7")
    text(folder / "readme.pdf", "%PDF")
    text(folder / ".DS_Store", "")
    text(folder / "__MACOSX" / "x.wav", "")
    sound(folder / "applause.wav", 99)
    reading = open_corpus(folder)
    assert reading.name == name
    assert facts(reading, folder) == changed
    assert reasons(reading) == {STRAY: len(changed) + 2, NO_AUDIO: 1, f"not as {reading.title} has it": 1}


def test_a_folders_name_proves_nothing(tmp_path: Path) -> None:
    assert open_corpus(sounds(tmp_path / "RAVDESS" / "Actor_01", NAMED["emodb"])).name == "emodb"


def test_a_copy_in_another_folder_or_container_is_taken_once_and_told(tmp_path: Path) -> None:
    folder = sounds(tmp_path, NAMED["crema-d"])
    sound(folder / "again" / "deeper" / "1001_DFA_ANG_XX.wav", 0)
    sound(folder / "flac" / "1001_dfa_ang_xx.flac", 0)
    reading = open_corpus(folder)
    assert facts(reading, folder) == NAMED["crema-d"]
    assert reasons(reading) == {SAME_NAME: 2}
    assert {skip.file.parent.name for skip in reading.skipped} == {"deeper", "flac"}


def test_songs_of_ravdess_are_left_out_and_told(tmp_path: Path) -> None:
    folder = sounds(tmp_path, [*NAMED["ravdess"], "Actor_01/03-02-03-01-01-01-01.wav"])
    reading = open_corpus(folder)
    assert reading.name == "ravdess" and len(reading.utterances) == 4
    assert reasons(reading) == {"sung, not spoken": 1}


def test_one_half_of_esd_can_be_had(tmp_path: Path) -> None:
    folder = sounds(tmp_path, NAMED["esd"])
    assert {each.corpus for each in read_corpus(folder, "ESD-zh")} == {"esd-zh"}
    english = open_corpus(folder, "esd-en")
    assert {each.speaker for each in english.utterances} == {"0015", "0020"}
    assert reasons(english) == {"in the Chinese half (0001-0010), which was not asked for": 3}


@pytest.mark.parametrize("folder", ["Sad", "Fear", "生气", "Calm"])
def test_a_folder_that_contradicts_esds_numbers_is_believed(folder: str, tmp_path: Path) -> None:
    names = [f"001{n}/{label}/001{n}_00000{n}.wav" for n in (1, 2) for label in (folder, "Happy")]
    found = read_corpus(sounds(tmp_path / "x", names))
    assert {each.file.parent.name: each.emotion for each in found} == {
        folder: {"Sad": "sad", "Fear": "fearful", "生气": "angry", "Calm": "calm"}[folder], "Happy": "happy",
    }  # fmt: skip
    assert {each.corpus for each in found} == {"x"}


def test_genders_of_nemo_come_from_its_table(tmp_path: Path) -> None:
    folder = sounds(tmp_path, NAMED["nemo"])
    rows = "file_id\temotion\traw_text\tspeaker_id\tgender\tage\nSB0_anger_1\tanger\tA, b\tSB0\tfemale\t30\n"
    text(folder / "data.tsv", rows)
    assert {each.speaker: each.gender for each in read_corpus(folder)} == {"SB0": "female", "KLK": ""}


def test_names_like_nemos_are_nemo_for_certain_only_with_its_speakers_or_table(tmp_path: Path) -> None:
    folder = sounds(tmp_path, [f"spk{n}_anger_{take}.wav" for n in (1, 2) for take in (1, 2, 3)])
    assert open_corpus(folder).confidence < 0.5
    text(folder / "data.tsv", "file_id\temotion\tspeaker_id\tgender\nspk1_anger_1\tanger\tspk1\tmale\n")
    assert open_corpus(folder).confidence > 0.9


def test_the_sound_of_ravdess_films_is_left_out_and_told(tmp_path: Path) -> None:
    names = [f"Actor_01/{kind}-01-0{n}-01-01-01-01.wav" for kind in ("03", "01") for n in range(1, 9)]
    reading = open_corpus(sounds(tmp_path, names))
    assert (reading.name, len(reading.utterances)) == ("ravdess", 8)
    assert reasons(reading) == {"the sound of a film, which is the recording that 03- is of": 8}


def test_iemocap_takes_sentences_and_says_what_it_does_not_take(tmp_path: Path) -> None:
    reading = open_corpus(iemocap(tmp_path / "x"))
    told = [
        (each.file.stem, each.word, each.emotion, each.speaker, each.gender, each.start, each.end)
        for each in reading.utterances
    ]
    assert reading.name == "iemocap" and reading.confidence > 0.9
    assert told == [
        ("Ses01F_impro01_F000", "neu", "neutral", "01F", "female", None, None),
        ("Ses01F_impro01_M000", "exc", "happy", "01M", "male", None, None),
        ("Ses02M_script01_1b", "ang", "angry", "02F", "female", 0.5, 1.5),
    ]
    assert reasons(reading) == {
        "the label map leaves 'xxx' out": 1,
        "no EmoEvaluation file labels it": 1,
        "the recording of a whole dialogue": 1,
        NO_AUDIO: 4,
    }
    assert [each.speaker for each in read_corpus(tmp_path / "x", "iemocap-script")] == ["02F"]


def test_iemocap_without_its_labels_says_what_is_missing(tmp_path: Path) -> None:
    folder = sounds(tmp_path, [f"Ses01F_impro01_F00{n}.wav" for n in range(4)])
    with pytest.raises(
        HumpcatError, match=r"IEMOCAP, but gives no utterance: no EmoEvaluation file labels it \(4"
    ):
        read_corpus(folder)


def test_two_corpora_of_different_names_are_refused_unless_one_is_asked_for(tmp_path: Path) -> None:
    folder = sounds(tmp_path, [f"{n:02d}a01Wa.wav" for n in range(12)] + list(NAMED["crema-d"]))
    with pytest.raises(HumpcatError, match="files of emodb and of crema-d"):
        read_corpus(folder)
    assert len(read_corpus(folder, "crema-d")) == 3


def test_mostly_strangers_are_not_taken_for_a_corpus(tmp_path: Path) -> None:
    folder = sounds(tmp_path, [*NAMED["emodb"], "a.wav", "b.wav", "c.wav", "d.wav"])
    with pytest.raises(HumpcatError, match="nearest is EMO-DB, with 3 of 7 files") as told:
        read_corpus(folder)
    assert "--corpus emodb" in told.value.hint
    assert len(read_corpus(folder, "emodb")) == 3


def test_several_corpora_of_which_none_is_half_are_refused_by_name(tmp_path: Path) -> None:
    tess = [f"tess/OAF_{label}/OAF_{n}x_{label}.wav".replace("0x", "back").replace("1x", "bar").replace("2x", "base")
            for label in ("angry", "happy", "sad") for n in range(3)]  # fmt: skip
    emodb = [f"emodb/wav/{speaker:02d}a01{letter}a.wav" for speaker in (3, 8, 9) for letter in "WFT"]
    savee = [f"savee/DC/{letter}0{n}.wav" for letter in "ahn" for n in range(1, 4)]
    with pytest.raises(HumpcatError, match=r"files of emodb \(9\), tess \(9\) and savee \(9\)") as error:
        read_corpus(sounds(tmp_path, [*tess, *emodb, *savee]))
    assert "the folder of each" in error.value.hint
    assert len(read_corpus(tmp_path / "tess")) == 9


def test_a_linked_folder_is_read_once_and_a_circle_is_told(tmp_path: Path) -> None:
    elsewhere = sounds(tmp_path / "disk", NAMED["emodb"])
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "audio").symlink_to(elsewhere, target_is_directory=True)
    (elsewhere / "again").symlink_to(tmp_path / "corpus", target_is_directory=True)
    reading = open_corpus(tmp_path / "corpus")
    assert reading.name == "emodb"
    assert facts(reading, tmp_path / "corpus" / "audio") == NAMED["emodb"]
    assert [(skip.file.name, skip.reason) for skip in reading.skipped] == [("again", LINKED)]


def test_an_empty_project_is_told_as_a_project(tmp_path: Path) -> None:
    with pytest.raises(HumpcatError, match="it is no project") as told:
        read_corpus(text(tmp_path / "mine.humpcat", ""))
    assert "backup" in told.value.hint


def test_audio_of_a_kind_that_cannot_be_read_is_told_with_what_to_do(tmp_path: Path) -> None:
    folder = sounds(tmp_path / "c", NAMED["emodb"])
    text(folder / "wav" / "09a01Wa.m4a", "")
    assert reasons(open_corpus(folder)) == {OTHER_AUDIO: 1}
    with pytest.raises(HumpcatError, match="holds no audio files") as told:
        read_corpus(text(tmp_path / "d" / "09a01Wa.M4A", "").parent)
    assert "convert it to WAV or FLAC" in told.value.hint
