"""Raven's selection tables."""

import time
from dataclasses import replace
from pathlib import Path

import pandas
import pytest
from formats_content import FILE, RATE, SOUND, awkward, in_order, many, rounded, samples  # from tests/support

from core_model.errors import HumpcatError
from core_model.formats.entry import Entry
from core_model.formats.raven import read_raven, write_raven

_PRO = (
    "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tBegin File\tFile Offset (s)"
    "\tSpecies\r\n"
    "1\tWaveform 1\t1\t0.5\t1.25\t0.0\t8000.0\ta.wav\t0.5\tgull\r\n"
    "1\tSpectrogram 1\t1\t0.5\t1.25\t0.0\t8000.0\ta.wav\t0.5\tgull\r\n"
    "2\tSpectrogram 1\t1\t61.0\t62.0\t0.0\t8000.0\tb.wav\t1.0\tcrow\r\n"
    "3\tSpectrogram 1\t1\t63.0\t63.0\t0.0\t8000.0\tb.wav\t3.0\tzero\r\n"
    "4\tSpectrogram 1\t1\tx\t64.0\r\n"
)


def test_everything_but_breaks_within_notes_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_raven(path, awkward(), [SOUND])
    found = read_raven(path)
    flat = [replace(entry, note=" ".join(entry.note.split())) for entry in awkward()]
    assert rounded(found.entries, 6) == rounded(flat, 6)
    assert samples(found.entries) == samples(awkward()) and found.refused == ()


def test_the_table_is_as_raven_has_it(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_raven(path, awkward(), [SOUND])
    table = pandas.read_csv(path, sep="\t", quoting=3, keep_default_na=False)
    assert list(table.columns[:8]) == [
        "Selection", "View", "Channel", "Begin Time (s)", "End Time (s)", "Low Freq (Hz)", "High Freq (Hz)",
        "Begin File",
    ]  # fmt: skip
    assert list(table["Selection"]) == list(range(1, len(awkward()) + 1))
    assert list(table["Begin Time (s)"]) == sorted(table["Begin Time (s)"])
    assert set(table["High Freq (Hz)"]) == {RATE / 2} and set(table["Begin File"]) == {FILE}


def test_ravens_own_tables_are_read(tmp_path: Path) -> None:
    path = tmp_path / "x.selections.txt"
    path.write_text(_PRO, encoding="utf-8", newline="")
    found = read_raven(path)
    assert found.entries == (Entry("a.wav", 0.5, 1.25, "R1", "gull"), Entry("b.wav", 1, 2, "R1", "crow"))
    assert [refusal.where for refusal in found.refused] == ["line 5", "line 6"]


def test_no_entries_and_no_table(tmp_path: Path) -> None:
    write_raven(tmp_path / "a.txt", [], [SOUND])
    assert read_raven(tmp_path / "a.txt").entries == ()
    (tmp_path / "b.txt").write_text("Selection\tView\n1\t2\n", encoding="utf-8")
    with pytest.raises(HumpcatError, match="lacks the column"):
        read_raven(tmp_path / "b.txt")


def test_20_000_selections_take_seconds(tmp_path: Path) -> None:
    began = time.monotonic()
    write_raven(tmp_path / "a.txt", many(), [])
    assert in_order(read_raven(tmp_path / "a.txt").entries) == in_order(many())
    assert time.monotonic() - began < 20
