"""Labelled CSV: read by pandas, read back by us, and other people's."""

import time
from dataclasses import replace
from pathlib import Path

import pandas
import pytest
from formats_content import FILE, RATE, awkward, in_order, many, rounded, samples  # from tests/support

from core_model.errors import HumpcatError
from core_model.facts import Prediction, Segment
from core_model.formats.entry import Assumed, Entry
from core_model.formats.labelled_csv import COLUMNS, read_csv, write_csv
from core_model.prediction_table import write_predictions


def test_raters_as_rows_come_back_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_csv(path, awkward())
    found = read_csv(path)
    assert rounded(found.entries, 6) == rounded(awkward(), 6)
    assert samples(found.entries) == samples(awkward()), "the same samples at 192 kHz"
    assert found.refused == ()


def test_raters_as_columns_come_back(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_csv(path, awkward(), raters_as_columns=True)
    assert rounded(read_csv(path).entries, 6) == rounded(awkward(), 6)
    table = pandas.read_csv(path, dtype=str, keep_default_na=False)
    both = table[(table["start"] == "4.000000") & (table["end"] == "5.000000")]
    assert len(both) == 1, "a row for each distinct segment"
    assert list(both["emotion_R2 (Zoë)"]) == ["neutral"] and list(both["emotion_prediction"]) == ["angry"]
    assert list(both["angry_prediction"]) == ["0.625000"]


def test_one_raters_second_opinion_of_a_segment_has_a_row_of_its_own(tmp_path: Path) -> None:
    twice = [
        Entry("a.wav", 0, 1, "R1", "sad"),
        Entry("a.wav", 0, 1, "R1", "happy"),
        Entry("a.wav", 0, 1, "R1_R1", "x"),
    ]
    write_csv(tmp_path / "a.csv", twice, raters_as_columns=True)
    assert in_order(read_csv(tmp_path / "a.csv").entries) == in_order(twice)


def test_pandas_reads_every_cell(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_csv(path, awkward(), features={"f0 mean": [100.0 + n for n in range(len(awkward()))]})
    table = pandas.read_csv(path, keep_default_na=False)
    assert list(table.columns[:9]) == [
        "file", "start", "end", "emotion", "confidence", "angry", "happy", "sad", "model",
    ]  # fmt: skip
    assert list(table["note"]) == [entry.note for entry in awkward()]
    assert list(table["file"]) == [FILE] * len(awkward())
    assert list(table["f0 mean"]) == [100.0 + n for n in range(len(awkward()))]
    assert [round(start * RATE) for start in table["start"]] == [round(e.start * RATE) for e in awkward()]
    write_csv(path, awkward(), timedeltas=True)
    starts = pandas.to_timedelta(pandas.read_csv(path)["start"]).dt.total_seconds()
    assert list(starts) == pytest.approx([entry.start for entry in awkward()], abs=1e-9)
    assert samples(read_csv(path).entries) == samples(awkward())


def test_columns_are_chosen_by_name(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_csv(path, awkward(), columns=["valence", "emotion"])
    assert path.read_text(encoding="utf-8").startswith("file,start,end,valence,emotion\n")
    with pytest.raises(ValueError, match="colour"):
        write_csv(path, awkward(), columns=["colour"])
    write_csv(path, [], columns=COLUMNS)
    assert read_csv(path).entries == ()


def test_the_tables_of_predictions_are_read_as_predictions(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    segment = Segment(Path("a.wav"), 8000, 24_000, 16_000)
    # no label of this scheme is known to the program
    write_predictions(path, [Prediction(segment, ("up", "down"), (0.75, 0.25), (), "mine", "id")])
    shares = (("up", 0.75), ("down", 0.25))
    assert read_csv(path).entries == (
        Entry("a.wav", 0.5, 1.5, "prediction", "up", origin="prediction", confidence=0.75, probabilities=shares,
              model="mine"),
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "Filename;Begin Time;Stop;Emotion;unheard of\na.wav;0,5;1,25;wütend;7\n",
        "path\tonset\tduration\tLabel\na.wav\t0.5\t0.75\twütend\n",
        "file,start,end,emotion\r\na.wav,0 days 00:00:00.500000,0 days 00:00:01.250000,wütend\r\n",
        'emotion,"file",start,end\nwütend,a.wav,0.5,1.25,too,many\n\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_other_peoples_tables_are_read(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding))
    assert read_csv(path).entries == (Entry("a.wav", 0.5, 1.25, "R1", "wütend"),)


def test_whole_recordings_need_a_length(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("file,emotion\na.wav,sad\nb.wav,sad\n", encoding="utf-8")
    found = read_csv(path, Assumed(tier="R9", duration_of={"a.wav": 2.5}.get))
    assert found.entries == (Entry("a.wav", 0, 2.5, "R9", "sad"),)
    assert [(refusal.where, refusal.why) for refusal in found.refused] == [
        ("row 2", "It has no end, and the length of 'b.wav' is not known.")
    ]


def test_bad_rows_are_named_and_good_ones_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = ["a,1,1,zero long", "a,2,1,backwards", "a,-1,1,early", "a,x,1,no time", ",0,1,no file", "a,0,inf,endless",
            "a,0", "a,0,1,good"]  # fmt: skip
    path.write_text(
        "file,start,end,emotion,valence\n" + "\n".join(rows) + "\na,0,1,rated,3.5\n", encoding="utf-8"
    )
    found = read_csv(path)
    assert [entry.label for entry in found.entries] == ["good", "rated"]
    assert [refusal.where for refusal in found.refused] == [f"row {n}" for n in (1, 2, 3, 4, 5, 6, 7, 9)]
    assert found.refused[-1].why == "The valence '3.5' is no whole number from 1 to 7; it is left out."


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is empty"),
        ("a,b\n1,2\n", "no column of files"),
        ("file,start,end\na,0,1\n", "no column of emotions"),
    ],
)
def test_what_is_no_such_table_is_refused(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    with pytest.raises(HumpcatError, match=why):
        read_csv(tmp_path / "a.csv")
    with pytest.raises(HumpcatError, match="cannot be read"):
        read_csv(tmp_path / "missing.csv")


def test_20_000_rows_take_seconds(tmp_path: Path) -> None:
    began = time.monotonic()
    write_csv(tmp_path / "a.csv", many())
    assert list(read_csv(tmp_path / "a.csv").entries) == many()
    write_csv(tmp_path / "a.csv", [replace(entry, label="x") for entry in many()], raters_as_columns=True)
    assert len(read_csv(tmp_path / "a.csv").entries) == 20_000
    assert time.monotonic() - began < 20
