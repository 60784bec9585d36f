"""audformat databases: ours loaded by audformat, audformat's read by us."""

import time
from pathlib import Path

import audformat
import pandas
import pytest
from formats_content import FILE, RATE, SOUND, awkward, in_order, many, samples  # from tests/support

from core_model.errors import HumpcatError
from core_model.formats.audformat_database import read_audformat, write_audformat, write_audformat_table
from core_model.formats.entry import Assumed, Entry
from core_model.formats.labelled_csv import read_csv

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def _samples(index: pandas.MultiIndex) -> list[tuple[str, int, int]]:
    return sorted(
        (file, round(start.total_seconds() * RATE), round(end.total_seconds() * RATE))
        for file, start, end in index
    )


def test_everything_comes_back(tmp_path: Path) -> None:
    write_audformat(tmp_path, awkward(), [SOUND], labels=("neutral",))
    found = read_audformat(tmp_path)
    assert samples(found.entries) == samples(awkward())
    ours = [
        (e.note, e.valence, e.unsure, e.origin, e.probabilities, e.model, e.speaker)
        for e in in_order(found.entries)
    ]
    assert ours == [
        (e.note, e.valence, e.unsure, e.origin, e.probabilities, e.model, e.speaker)
        for e in in_order(awkward())
    ]
    assert found.refused == () and read_audformat(tmp_path / "db.yaml") == found


def test_audformat_loads_the_database(tmp_path: Path) -> None:
    write_audformat(tmp_path, awkward(), [SOUND], labels=("neutral", "never used"))
    database = audformat.Database.load(str(tmp_path), load_data=True)
    assert set(database.tables) == {"R1", "R2 (Zoë)", "prediction", "gold"}
    assert database.raters["prediction"].type == "machine" and database.raters["gold"].type == "human"
    assert database.media["recordings"].sampling_rate == RATE
    assert database.schemes["emotion"].labels[:2] == ["neutral", "never used"]
    table = database["R1"].get()
    mine = [entry for entry in awkward() if entry.tier == "R1"]
    assert _samples(table.index) == sorted((FILE, *span[1:3]) for span in samples(mine))
    assert [None if pandas.isna(label) else label for label in table["emotion"]] == [
        e.label or None for e in mine
    ]
    assert table["note"].iloc[0] == mine[0].note
    assert table["valence"].iloc[0] == 7 and table["unsure"].iloc[0]
    assert database["R1"].columns["emotion"].rater_id == "R1"
    assert database["prediction"].get()["probability.happy"].iloc[0] == 0.25


def test_we_read_what_audformat_saves(tmp_path: Path) -> None:
    database = audformat.Database("corpus")
    database.raters["gold"] = audformat.Rater()
    database.schemes["emotion"] = audformat.Scheme("str", labels={"anger": {"meaning": 1}, "joy": {}})
    database.schemes["arousal"] = audformat.Scheme("float")
    database.schemes["speaker"] = audformat.Scheme("str")
    whole = database["emotion"] = audformat.Table(audformat.filewise_index(["a.wav", "b.wav"]))
    whole["emotion"] = audformat.Column(scheme_id="emotion", rater_id="gold")
    whole["emotion"].set(["anger", "joy"])
    index = audformat.segmented_index(["a.wav", "a.wav"], ["0.1s", "1.25s"], ["1s", pandas.NaT])
    parts = database["segments"] = audformat.Table(index)
    parts["valued"] = audformat.Column(scheme_id="arousal")
    parts["valued"].set([3.0, 3.5])
    database["files"] = audformat.Table(audformat.filewise_index(["a.wav"]))
    database["files"]["speaker"] = audformat.Column(scheme_id="speaker")
    database["files"]["speaker"].set(["Anna"])
    database.save(str(tmp_path), storage_format="csv")
    found = read_audformat(tmp_path, Assumed(duration_of={"a.wav": 2.0}.get))
    assert in_order(found.entries) == in_order([
        Entry("a.wav", 0, 2, "gold", "anger"),
        Entry("a.wav", 0.1, 1, "R1", arousal=3),
        Entry("a.wav", 1.25, 2, "R1"),
    ])  # fmt: skip
    assert sorted(refusal.where for refusal in found.refused) == [
        "table emotion, row 2", "table files", "table segments, row 2",
    ]  # fmt: skip


def test_audformat_reads_the_plain_table(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_audformat_table(path, awkward(), [SOUND])
    frame = audformat.utils.read_csv(str(path))
    assert audformat.is_segmented_index(frame.index)
    assert _samples(frame.index) == sorted((FILE, *span[1:3]) for span in samples(awkward()))
    assert samples(read_csv(path).entries) == samples(awkward())


def test_a_segment_that_one_rater_has_twice_goes_to_a_second_table(tmp_path: Path) -> None:
    twice = [Entry("a.wav", 0, 1, "R1", label) for label in ("sad", "happy", "sad")]
    write_audformat(tmp_path, twice, [])
    database = audformat.Database.load(str(tmp_path), load_data=True)
    assert list(database.tables) == ["R1", "R1-2", "R1-3"] and list(database.raters) == ["R1"]
    assert in_order(read_audformat(tmp_path).entries) == in_order(twice)


def test_no_entries_and_names_that_are_no_file_names(tmp_path: Path) -> None:
    write_audformat(tmp_path / "none", [], [])
    assert read_audformat(tmp_path / "none").entries == ()
    assert list(audformat.Database.load(str(tmp_path / "none"), load_data=True).tables) == []
    odd = [Entry("a.wav", 0, 1, "../R1: no?", "yes"), Entry("a.wav", 0, 1, "null", "1")]
    write_audformat(tmp_path / "odd", odd, [])
    assert in_order(read_audformat(tmp_path / "odd").entries) == in_order(odd)
    assert sorted(path.name for path in (tmp_path / "odd").iterdir()) == [
        "db..._R1_ no_.csv", "db.null.csv", "db.yaml",
    ]  # fmt: skip
    database = audformat.Database.load(str(tmp_path / "odd"), load_data=True)
    assert set(database.raters) == {"../R1: no?", "null"}


def test_other_files_of_the_folder_stay(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"sound")
    write_audformat(tmp_path, awkward(), [])
    write_audformat(tmp_path, awkward()[:1], [])
    assert (tmp_path / "a.wav").read_bytes() == b"sound"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    assert len(read_audformat(tmp_path).entries) == 1


@pytest.mark.parametrize("header", ["", "name: x\ntables: [", "- a\n", "!!python/object:os.system {}"])
def test_a_damaged_header_is_refused(tmp_path: Path, header: str) -> None:
    (tmp_path / "db.yaml").write_text(header, encoding="utf-8")
    with pytest.raises(HumpcatError, match=r"db\.yaml is"):
        read_audformat(tmp_path)


def test_20_000_segments_take_seconds(tmp_path: Path) -> None:
    began = time.monotonic()
    write_audformat(tmp_path, many(), [])
    assert list(read_audformat(tmp_path).entries) == many()
    assert time.monotonic() - began < 20
