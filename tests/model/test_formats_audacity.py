"""Audacity's label tracks."""

import time
from pathlib import Path

import pandas
import pytest
from formats_content import RATE, awkward, many, samples  # from tests/support

from core_model.errors import HumpcatError
from core_model.formats.audacity import read_audacity, write_audacity
from core_model.formats.entry import Assumed, Entry

_MANUAL = (
    "2.150000\t2.150000\tpoint label at 2.15 seconds\n"
    "3.400000\t6.100000\tregion label\n"
    "\\\t1484.669312\t2969.338523\n"
    "7,5\t8,25\tdécimal\twith a tab\r\n"
    "\n"
    "9.0\t10.0\n"
    "nonsense\n"
)


def test_times_and_labels_come_back(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    mine = [entry for entry in awkward() if entry.tier == "R1"]
    write_audacity(path, mine)
    assert samples(read_audacity(path).entries) == samples(mine)
    table = pandas.read_csv(path, sep="\t", header=None, keep_default_na=False, quoting=3)
    assert [round(start * RATE) for start in table[0]] == [round(entry.start * RATE) for entry in mine]
    assert list(table[2]) == [entry.label for entry in mine]


def test_a_label_with_tabs_and_line_breaks_stays_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_audacity(path, [Entry("a", 0, 1, "R1", "very\n\tangry")])
    assert path.read_bytes() == b"0.000000\t1.000000\tvery angry\n"


def test_audacitys_own_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "talk.txt"
    path.write_text(_MANUAL, encoding="utf-8", newline="")
    found = read_audacity(path, Assumed(tier="R2"))
    assert found.entries == (
        Entry("talk", 3.4, 6.1, "R2", "region label"),
        Entry("talk", 7.5, 8.25, "R2", "décimal\twith a tab"),
        Entry("talk", 9, 10, "R2"),
    )
    assert [(refusal.where, refusal.why) for refusal in found.refused] == [
        ("line 1", "'point label at 2.15 seconds' is a point, not a segment."),
        ("line 7", "It does not start with two times."),
    ]


def test_nothing_is_mixed_in_one_track(tmp_path: Path) -> None:
    with pytest.raises(HumpcatError, match="one rater's labels"):
        write_audacity(tmp_path / "a.txt", awkward())
    with pytest.raises(HumpcatError, match="one recording"):
        write_audacity(tmp_path / "a.txt", [Entry("a", 0, 1, "R1"), Entry("b", 0, 1, "R1")])
    assert list(tmp_path.iterdir()) == []


def test_an_empty_track_and_no_track(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_audacity(path, [])
    assert read_audacity(path).entries == () and read_audacity(path).tiers == ("R1",)
    path.write_text("Dear all,\nsee you.\n", encoding="utf-8")
    with pytest.raises(HumpcatError, match="no label track"):
        read_audacity(path)


def test_20_000_labels_take_seconds(tmp_path: Path) -> None:
    began = time.monotonic()
    write_audacity(tmp_path / "a.txt", many())
    assert samples(read_audacity(tmp_path / "a.txt").entries) == samples(many())
    assert time.monotonic() - began < 20
