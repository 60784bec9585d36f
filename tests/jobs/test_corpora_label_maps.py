"""Label maps are tables: seen, edited, given back, changed by the word."""

from collections import Counter
from pathlib import Path

import pytest
from corpus_trees import NAMED, sounds, text

from core_model.errors import HumpcatError
from core_model.folders import resources_folder
from core_model.labels import EMOTIONS
from training_jobs.corpora.conventions import CONVENTIONS
from training_jobs.corpora.label_maps import (
    LabelMap,
    built_in,
    parse_changes,
    read_label_map,
    write_label_map,
)
from training_jobs.corpora.reading import open_corpora, open_corpus, read_corpus


def test_every_built_in_map_gives_labels_that_we_have() -> None:
    names = {convention.label_map for convention in CONVENTIONS}
    assert names == {path.stem for path in (resources_folder() / "label_maps").glob("*.csv")}
    for name in names:
        assert set(built_in(name).labels.values()) <= {*EMOTIONS, "frustrated", ""}, name


def test_words_are_compared_without_letter_case_and_with_composed_letters() -> None:
    words = built_in("words")
    assert words.label_of("PLEASANT_Surprise") == "surprised"
    assert words.label_of("cole\u0300re") == "angry"
    assert words.label_of("grumpy") is None


def test_a_map_that_was_written_and_edited_is_used(tmp_path: Path) -> None:
    folder = sounds(tmp_path / "x", NAMED["ravdess"])
    write_label_map(tmp_path / "map.csv", built_in("ravdess"))
    edited = (tmp_path / "map.csv").read_text(encoding="utf-8").replace("calm,calm", "calm,")
    own = read_label_map(text(tmp_path / "map.csv", edited.replace("neutral,neutral\n", "")))
    reading = open_corpus(folder, label_map=own)
    assert [each.emotion for each in reading.utterances] == ["angry", "surprised"]
    assert Counter(skip.reason for skip in reading.skipped) == {
        "the label map leaves 'calm' out": 1,
        "'neutral' is not in the label map": 1,
    }


def test_single_words_are_changed(tmp_path: Path) -> None:
    folder = sounds(tmp_path, NAMED["ravdess"])
    found = read_corpus(folder, changes=parse_changes(["Calm=neutral", "angry="]))
    assert [(each.word, each.emotion) for each in found] == [
        ("neutral", "neutral"), ("calm", "neutral"), ("surprised", "surprised"),
    ]  # fmt: skip


def test_a_change_that_would_do_nothing_is_refused(tmp_path: Path) -> None:
    ravdess, emodb = sounds(tmp_path / "r", NAMED["ravdess"]), sounds(tmp_path / "e", NAMED["emodb"])
    with pytest.raises(HumpcatError, match="no word 'boredom'") as told:
        read_corpus(ravdess, changes={"boredom": "sad"})
    assert told.value.hint == "It has: angry, calm, neutral, surprised."
    readings = open_corpora([ravdess, emodb], changes={"boredom": "sad"})
    assert sum(len(reading.utterances) for reading in readings) == 7
    assert len(read_corpus(ravdess, changes={"happy": "other"})) == 4  # RAVDESS has it, though not this copy


@pytest.mark.parametrize("header", ["file,emotion,speaker", "File,Emotion,Speaker", "path,label,actor"])
def test_words_of_a_manifest_are_mapped_and_other_labels_kept(header: str, tmp_path: Path) -> None:
    rows = "a.wav,joy,1\nb.wav,Wut,2\nc.wav,Tense,1\nd.wav,tense,1\n"
    table = text(sounds(tmp_path, ["a.wav", "b.wav", "c.wav", "d.wav"]) / "m.csv", f"{header}\n{rows}")
    assert [each.emotion for each in read_corpus(table)] == ["happy", "angry", "Tense", "Tense"]
    assert [each.emotion for each in read_corpus(table, changes={"joy": "", "TENSE": "sad"})] == [
        "angry",
        "sad",
        "sad",
    ]
    mapped = read_corpus(table, label_map=LabelMap("own", {"joy": "calm"}))
    assert [(each.emotion, each.word) for each in mapped] == [("calm", "joy")]


def test_labels_that_we_have_stay_what_they_are() -> None:
    words = built_in("words")
    assert [words.label_of(label) for label in EMOTIONS] == list(EMOTIONS)


def test_of_the_words_of_all_languages_only_those_found_are_written(tmp_path: Path) -> None:
    reading = open_corpus(sounds(tmp_path / "x", ["Wut/1.wav", "Freude/1.wav"]))
    write_label_map(tmp_path / "map.csv", reading.label_map, reading.words)
    assert read_label_map(tmp_path / "map.csv").labels == {"wut": "angry", "freude": "happy"}
    bare = open_corpus(sounds(tmp_path / "y", ["Colere/1.wav", "Joie/1.wav"]))
    write_label_map(tmp_path / "bare.csv", bare.label_map, bare.words)
    assert read_label_map(tmp_path / "bare.csv").labels == {"colere": "angry", "joie": "happy"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [("word,emotion\na,b\n", "is no label map"), ("word,label\nA,sad\na,happy\n", "'a' two labels")],
)
def test_what_is_no_map_is_refused(content: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(HumpcatError, match=sentence):
        read_label_map(text(tmp_path / "map.csv", content))


@pytest.mark.parametrize("change", ["calm", "=neutral"])
def test_what_changes_no_label_is_refused(change: str) -> None:
    with pytest.raises(HumpcatError, match="changes no label"):
        parse_changes([change])
