"""Folders of labels, anybody's tables and audformat databases."""

from pathlib import Path

import pytest
from corpus_trees import sounds, text

from core_model.errors import HumpcatError
from training_jobs.corpora.reading import open_corpus, read_corpus
from training_jobs.corpora.tables import NO_FILE, NO_TIME, seconds
from training_jobs.manifest import require_speakers


def told(source: Path) -> list[tuple[str, str, str]]:
    return [(each.file.name, each.emotion, each.speaker) for each in read_corpus(source)]


@pytest.mark.parametrize(
    "folders",
    [
        ("Anger", "happiness", "NEUTRAL", "sad"),
        ("Wut", "Freude", "Neutral", "Trauer"),
        ("enojo", "alegría", "neutral", "tristeza"),
        ("rabbia", "gioia", "neutro", "tristezza"),
        ("colère", "joie", "neutre", "tristesse"),
        ("愤怒", "高兴", "中性", "悲伤"),
        ("01_angry", "02 - Happy", "neutral-speech", "SAD_2"),
    ],
)
def test_label_words_of_six_languages_are_recognised(folders: tuple[str, ...], tmp_path: Path) -> None:
    reading = open_corpus(sounds(tmp_path / "x", [f"{folder}/{n}.wav" for folder in folders for n in (1, 2)]))
    found = {each.file.parent.name: each.emotion for each in reading.utterances}
    assert reading.name == "folders"
    assert found == dict(zip(folders, ("angry", "happy", "neutral", "sad"), strict=True))
    assert {each.speaker for each in reading.utterances} == {""}
    assert any("unknown" in sentence for sentence in reading.evidence)
    with pytest.raises(HumpcatError, match="Who speaks in x is not known") as error:
        require_speakers(reading.utterances)
    assert "--mode random --allow-leaks" in error.value.hint


@pytest.mark.parametrize(
    ("pattern", "speakers"),
    [
        ("{speaker}/{label}/{n}.wav", ["anna", "ben"]),
        ("{label}/{speaker}/{n}.wav", ["anna", "ben"]),
        ("train/{label}/{speaker}_{n}.wav", ["spk01", "spk2"]),
        ("{label}/x_{speaker}_{n}.wav", ["f1", "m1"]),
    ],
)
def test_speakers_are_found_in_folders_and_names(pattern: str, speakers: list[str], tmp_path: Path) -> None:
    names = [
        pattern.format(speaker=speaker, label=label, n=n)
        for speaker in speakers
        for label in ("sad", "angry")
        for n in (1, 2)
    ]
    assert {each.speaker for each in read_corpus(sounds(tmp_path / "x", names))} == set(speakers)


def test_what_only_may_be_a_speaker_is_not_taken_for_one(tmp_path: Path) -> None:
    names = [
        f"{part}/{label}/s0{n}.wav" for part in ("train", "test") for label in ("sad", "joy") for n in (1, 2)
    ]
    assert {each.speaker for each in read_corpus(sounds(tmp_path, names))} == {""}


def test_one_folder_called_calm_is_no_corpus(tmp_path: Path) -> None:
    with pytest.raises(HumpcatError, match="fit no known corpus"):
        read_corpus(sounds(tmp_path, ["calm/1.wav", "calm/2.wav", "loud/1.wav"]))


def test_a_folder_whose_word_is_unknown_is_told_and_can_be_named(tmp_path: Path) -> None:
    folder = sounds(tmp_path / "x", ["angry/1.wav", "happy/1.wav", "grumpy/1.wav"])
    reading = open_corpus(folder)
    assert [skip.reason for skip in reading.skipped] == ["not told of by one folder for each label"]
    assert sorted(each.emotion for each in read_corpus(folder, changes={"grumpy": "angry"})) == [
        "angry", "angry", "happy",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "delimiter", "encoding"),
    [
        ("path,label,spk", ",", "utf-8"),
        ("Filename;Emotion;Speaker ID", ";", "utf-8-sig"),
        ("wav\tmood\tactor", "\t", "utf-16"),  # the column of emotions is told by its values
    ],
)
def test_a_tables_columns_are_guessed(header: str, delimiter: str, encoding: str, tmp_path: Path) -> None:
    sounds(tmp_path / "x", ["a.wav", "sub/b.flac"])
    rows = [header, "a.wav,Anger,s1", "sub\\b.flac,Freude,s2", "c.wav,sad,s2"]
    table = tmp_path / "x" / "labels.csv"
    table.write_bytes(
        "\r\n".join([rows[0], *(row.replace(",", delimiter) for row in rows[1:])]).encode(encoding)
    )
    expected = [("a.wav", "angry", "s1"), ("b.flac", "happy", "s2")]
    assert told(table) == expected
    reading = open_corpus(tmp_path / "x")
    assert told(tmp_path / "x") == expected
    assert reading.name == "table"
    assert NO_FILE in [skip.reason for skip in reading.skipped]


def test_times_of_a_table_are_seconds_or_timedeltas(tmp_path: Path) -> None:
    sounds(tmp_path, ["a.wav"])
    rows = "file,start,end,emo\na,0 days 00:00:00.1,0 days 00:00:00.25,sad\na,0.25,NaT,joy\na,0.4,0.3,joy\na,x,,joy\n"
    reading = open_corpus(text(tmp_path / "t.csv", rows))
    assert [(each.start, each.end, each.emotion) for each in reading.utterances] == [
        (0.1, 0.25, "sad"), (0.25, None, "happy"),
    ]  # fmt: skip
    assert [skip.reason for skip in reading.skipped] == [NO_TIME, NO_TIME]
    assert seconds("1 days 01:00:01.5") == 90001.5


def test_words_of_a_table_that_nobody_knows_are_labels_of_its_own(tmp_path: Path) -> None:
    sounds(tmp_path, ["a.wav", "b.wav", "c.wav"])
    table = text(tmp_path / "t.csv", "file,emotion\na.wav,Stressed\nb.wav,angry\nc.wav,Wut\n")
    assert [each.emotion for each in read_corpus(table)] == ["stressed", "angry", "angry"]


def test_a_table_without_files_or_emotions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HumpcatError, match="no column that names audio files"):
        read_corpus(text(tmp_path / "t.csv", "colour,size\nred,1\n"))


DB = """name: mydb
languages: [deu]
schemes:
  emotion: {dtype: str, labels: {anger: {}, happiness: {}, neutral: {}}}
  speaker: {dtype: int, labels: {3: {gender: male}, 8: {gender: female}}}
tables:
  files: {type: filewise, columns: {speaker: {scheme_id: speaker}}}
  emotion: {type: segmented, columns: {emotion: {scheme_id: emotion}, emotion.confidence: {scheme_id: confidence}}}
"""


def test_an_audformat_database_is_read_with_its_speakers(tmp_path: Path) -> None:
    folder = sounds(tmp_path / "x", ["wav/a.wav", "wav/b.wav"])
    text(folder / "db.yaml", DB)
    text(folder / "db.files.csv", "file,speaker\nwav/a.wav,3\nwav/b.wav,8\n")
    rows = (
        "wav/a.wav,0 days 00:00:00,0 days 00:00:00.2,anger,0.9\nwav/b.wav,0 days 00:00:00.1,NaT,neutral,1\n"
    )
    text(folder / "db.emotion.csv", f"file,start,end,emotion,emotion.confidence\n{rows}")
    reading = open_corpus(folder)
    found = [
        (u.file.name, u.emotion, u.speaker, u.gender, u.corpus, u.start, u.end) for u in reading.utterances
    ]
    assert reading.name == "audformat"
    assert found == [
        ("a.wav", "angry", "3", "male", "mydb", 0.0, 0.2),
        ("b.wav", "neutral", "8", "female", "mydb", 0.1, None),
    ]
    (folder / "db.emotion.csv").unlink()
    with pytest.raises(HumpcatError, match=r"has no db\.emotion\.csv") as error:
        read_corpus(folder)
    assert "storage_format" in error.value.hint


@pytest.mark.parametrize(
    "header", ["", "[1, 2]", "tables: 3", "tables: {a: {columns: [x]}}", "schemes: {emotion: 1}"]
)
def test_a_header_that_says_nothing_of_emotions_is_no_database(header: str, tmp_path: Path) -> None:
    text(sounds(tmp_path, ["x.wav"]) / "db.yaml", header)
    with pytest.raises(HumpcatError, match="fit no known corpus"):
        read_corpus(tmp_path)


def test_a_header_that_is_no_yaml_is_refused(tmp_path: Path) -> None:
    text(sounds(tmp_path, ["x.wav"]) / "db.yaml", "a: [")
    with pytest.raises(HumpcatError, match=r"db\.yaml cannot be read"):
        read_corpus(tmp_path)
