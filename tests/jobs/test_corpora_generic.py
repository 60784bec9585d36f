"""Folders of labels, anybody's tables and audformat databases."""

from pathlib import Path

import pytest
from corpus_trees import sounds, text

from core_model.errors import HumpcatError
from training_jobs.corpora.reading import open_corpora, open_corpus, read_corpus
from training_jobs.corpora.tables import NO_FILE, NO_TIME, TWO_WORDS, seconds
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
    assert "--mode random" in error.value.hint


@pytest.mark.parametrize(
    ("pattern", "speakers"),
    [
        ("{speaker}/{label}/{n}.wav", ["Actor_01", "Actor_02"]),
        ("Male/{speaker}/{label}/{n}.wav", ["f1", "m2"]),
        ("{label}/{speaker}/{n}.wav", ["07", "8"]),
        ("train/{label}/{speaker}_{n}.wav", ["spk01", "spk2"]),
        ("{label}/x-{speaker}_{n}.wav", ["actor4", "actor12"]),
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


@pytest.mark.parametrize(
    ("beside", "pattern"),
    [
        (("train", "test"), "{beside}/{label}/s0{n}.wav"),
        (("fold1", "fold2"), "{beside}/{label}/{n}.wav"),
        (("Session1", "Session2"), "{beside}/{label}/{n}.wav"),
        (("English", "German"), "{beside}/{label}/{n}.wav"),
        (("Male", "Female"), "{beside}/{label}/{n}.wav"),
        (("Faible", "Fort"), "{label}/{beside}/{n}.wav"),
    ],
)
def test_folders_that_need_not_be_speakers_are_not_taken_for_them(
    beside: tuple[str, ...], pattern: str, tmp_path: Path
) -> None:
    names = [
        pattern.format(beside=b, label=label, n=n) for b in beside for label in ("sad", "joy") for n in (1, 2)
    ]
    reading = open_corpus(sounds(tmp_path, names))
    assert {each.speaker for each in reading.utterances} == {""}
    assert any(
        f"need not be speakers: {', '.join(sorted(beside))}" in sentence for sentence in reading.evidence
    )


@pytest.mark.parametrize(
    "pattern", ["{label}/f{n:03d}.wav", "{label}/male{n}.wav", "{label}/SM1_F{n}_A0{n}x.wav"]
)
def test_numbers_of_files_are_not_taken_for_speakers(pattern: str, tmp_path: Path) -> None:
    names = [pattern.format(label=label, n=n) for label in ("sad", "joy", "angry") for n in (1, 2, 3)]
    assert {each.speaker for each in read_corpus(sounds(tmp_path, names))} == {""}


@pytest.mark.parametrize(
    "pair", [("Male", "Female"), ("hommes", "Femmes"), ("Uomini", "donne"), ("Manner", "FRAUEN")]
)
def test_folders_of_genders_tell_the_gender(pair: tuple[str, str], tmp_path: Path) -> None:
    names = [f"{gender}/{label}/1.wav" for gender in pair for label in ("sad", "joy")]
    found = {each.file.parent.parent.name: each.gender for each in read_corpus(sounds(tmp_path, names))}
    assert found == dict(zip(pair, ("male", "female"), strict=True))


@pytest.mark.parametrize(
    "folders",
    [
        ("Colere", "Degout", "Joie", "Neutralite"),
        ("Arger", "Ekel", "Frohlich", "neutral"),
        ("Enojo", "Asco", "Alegria", "Neutral"),
        ("Rabbia", "Disgusto", "Felicita", "Neutralita"),
        ("生气", "恶心", "高兴", "中性"),
        ("ang", "dis", "exc", "neu"),
    ],
)
def test_label_words_are_found_without_their_accents_and_in_short(
    folders: tuple[str, ...], tmp_path: Path
) -> None:
    found = read_corpus(sounds(tmp_path, [f"{folder}/1.wav" for folder in folders]))
    labels = {each.file.parent.name: each.emotion for each in found}
    assert labels == dict(zip(folders, ("angry", "disgusted", "happy", "neutral"), strict=True))


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
    assert [each.emotion for each in read_corpus(table)] == ["Stressed", "angry", "angry"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.tsv", "file\temotion\tspeaker\na.wav\tanger\ts1\nsub/c.wav\tsadness\ts2\n"),
        ("t.csv", "file, emotion, speaker\na.wav, anger , s1\nsub/c.wav, sad, s2\n"),
        ("t.csv", "\ufefffile,emotion,speaker\n\na.wav,Wut,s1\n,,\nsub\\c.wav,sad,s2\n"),
        ("t.csv", 'file,emotion,speaker\n"C:\\data\\a.wav",angry,s1\nD:/x/sub/c.wav,sad,s2\n'),
        ("t.csv", "file,emotion,speaker\na,angry,s1\nsub/c,sad,s2\n"),
        ("t.csv", "File,Emotion,Speaker\na.wav,anger,s1\nsub/c.wav,sadness,s2\n"),
        ("t.csv", "name,file,emotion,speaker\nAnna,a,angry,s1\nBen,sub/c,sad,s2\n"),
    ],
)
def test_a_manifest_is_read_as_any_table_is(name: str, content: str, tmp_path: Path) -> None:
    sounds(tmp_path, ["a.wav", "sub/c.wav", "other/c.wav"])
    assert told(text(tmp_path / name, content)) == [("a.wav", "angry", "s1"), ("c.wav", "sad", "s2")]
    assert read_corpus(tmp_path / name)[1].file == tmp_path / "sub" / "c.wav"


def test_a_tables_corpora_genders_and_first_words_are_kept(tmp_path: Path) -> None:
    sounds(tmp_path, ["a.wav", "b.wav"])
    rows = "file;emotion;corpus;gender;word;start;end\na;happy;iemocap;F;exc;0,25;0,5\nb;Tense;;m;;;\n"
    found = read_corpus(text(tmp_path / "t.csv", rows))
    assert [(u.emotion, u.corpus, u.gender, u.word, u.start, u.end) for u in found] == [
        ("happy", "iemocap", "female", "exc", 0.25, 0.5), ("Tense", "t", "male", "Tense", None, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "times", "stretch"),
    [
        ("offset,duration", "3.0,2.0", (3.0, 5.0)),
        ("start,duration", "3.0,2.0", (3.0, 5.0)),
        ("onset,offset", "3.0,5.0", (3.0, 5.0)),
        ("offset,duration,end", "3.0,2.0,4.0", (3.0, 4.0)),
        ("offset", "3.0", (3.0, None)),
        ("duration", "2.0", (None, None)),
    ],
)
def test_an_offset_beside_a_duration_is_the_start(
    columns: str, times: str, stretch: tuple[float | None, float | None], tmp_path: Path
) -> None:
    sounds(tmp_path, ["a.wav"])
    (found,) = read_corpus(text(tmp_path / "t.csv", f"path,label,speaker,{columns}\na.wav,angry,1,{times}\n"))
    assert (found.start, found.end) == stretch


def test_what_tables_contradict_each_other_about_is_left_out_and_told(tmp_path: Path) -> None:
    sounds(tmp_path, ["a.wav", "b.wav", "c.wav"])
    text(tmp_path / "one.csv", "file,emotion\na.wav,angry\nb.wav,Trauer\nc.wav,happy\n")
    text(tmp_path / "two.csv", "file,emotion,speaker\na.wav,happy,1\nb.wav,sad,2\n")
    assert told(tmp_path) == [("b.wav", "sad", "2"), ("c.wav", "happy", "")]
    assert [skip.file.name for skip in open_corpus(tmp_path).skipped if skip.reason == TWO_WORDS] == ["a.wav"]
    text(tmp_path / "three.csv", "file,emotion\nb.wav,fear\nc.wav,fear\n")
    with pytest.raises(HumpcatError, match="3 files: rows give it different emotions"):
        read_corpus(tmp_path)


def test_a_table_of_a_few_files_is_no_corpus_of_all(tmp_path: Path) -> None:
    folder = sounds(tmp_path / "x", ["angry/1.wav", "happy/1.wav", *(f"noise/{n}.wav" for n in range(8))])
    with pytest.raises(
        HumpcatError, match="nearest is one folder for each label, with 2 of 10 files"
    ) as error:
        read_corpus(folder)
    assert "--corpus folders" in error.value.hint
    assert len(read_corpus(folder, "folders")) == 2
    table = text(folder / "t.csv", "file,emotion\nangry/1.wav,sad\n")
    assert told(table) == [("1.wav", "sad", "")]


def test_equal_names_of_folders_are_numbered_and_known_corpora_keep_theirs(tmp_path: Path) -> None:
    names = [f"spk{n}/{label}/1.wav" for n in (1, 2) for label in ("sad", "joy")]
    one, two, own = (sounds(tmp_path / place, names) for place in ("p/data", "q/data", "EmoDB"))
    readings = open_corpora([one, two, own, one])
    assert [reading.utterances[0].speaker_id for reading in readings] == [
        "data/spk1", "data-2/spk1", "EmoDB-folders/spk1", "data/spk1",
    ]  # fmt: skip


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
