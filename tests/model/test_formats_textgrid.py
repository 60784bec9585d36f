"""TextGrids: ours read by praatio, praatio's and Praat's read by us."""

import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from formats_content import FILE, SOUND, awkward, in_order, many, samples  # from tests/support
from praatio import textgrid as praatio
from praatio.utilities.constants import Interval

from core_model.errors import HumpcatError
from core_model.formats.entry import Assumed, Entry, Sound
from core_model.formats.textgrid import read_textgrid, write_textgrid

NAMED = Assumed(file=FILE)
LONG = """File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 3
tiers? <exists>
size = 1
item []:
    item [1]:
        class = "IntervalTier"
        name = "Gefühl"
        xmin = 0
        xmax = 3
        intervals: size = 2
        intervals [1]:
            xmin = 0
            xmax = 1.5
            text = "wütend"
        intervals [2]:
            xmin = 1.5
            xmax = 3
            text = ""
"""


@pytest.mark.parametrize("short", [False, True])
@pytest.mark.parametrize("utf16", [False, True])
def test_everything_comes_back(tmp_path: Path, short: bool, utf16: bool) -> None:
    path = tmp_path / "a.TextGrid"
    write_textgrid(path, awkward(), [SOUND], short=short, utf16=utf16)
    found = read_textgrid(path, NAMED)
    assert in_order(found.entries) == in_order(awkward())
    assert found.tiers == ("R1", "R2 (Zoë)", "prediction", "gold")
    assert found.refused == ()


@pytest.mark.parametrize("short", [False, True])
@pytest.mark.parametrize("utf16", [False, True])
def test_praatio_reads_what_we_write(tmp_path: Path, short: bool, utf16: bool) -> None:
    path = tmp_path / "a.TextGrid"
    # praatio looks for "item [" in the whole file, so that it cannot read the note that holds it
    plain = [replace(entry, note=entry.note.replace("item", "")) for entry in awkward()]
    write_textgrid(path, plain, [SOUND], short=short, utf16=utf16)
    grid = praatio.openTextgrid(str(path), includeEmptyIntervals=True)
    assert grid.maxTimestamp == SOUND.duration
    for name in grid.tierNames:
        intervals = grid.getTier(name).entries
        assert intervals[0].start == 0 and intervals[-1].end == SOUND.duration
        assert all(a.end == b.start for a, b in pairwise(intervals)), "gaps are filled"
    theirs = [
        Entry(FILE, start, end, name.removesuffix(" (2)") if name.startswith("R1") else name, label)
        for name in grid.tierNames
        if "/" not in name
        for start, end, label in grid.getTier(name).entries
        if label
    ]
    assert samples(theirs) == samples(entry for entry in plain if entry.label)


@pytest.mark.parametrize("form", ["long_textgrid", "short_textgrid"])
def test_we_read_what_praatio_writes(tmp_path: Path, form: str) -> None:
    path = tmp_path / "talk.TextGrid"
    grid = praatio.Textgrid()
    intervals = [
        Interval(0.1, 0.25, 'he said "no"'),
        Interval(0.25, 1, "zwei\nZeilen"),
        Interval(1.5, 2, "ɛ 😀"),
    ]
    grid.addTier(praatio.IntervalTier("R1", intervals, 0, 3))
    grid.addTier(praatio.PointTier("tones", [(0.5, "H*")], 0, 3))
    grid.save(str(path), format=form, includeBlankSpaces=True)
    found = read_textgrid(path)
    assert [(e.file, e.start, e.end, e.label) for e in found.entries] == [
        ("talk", *span) for span in intervals
    ]
    assert found.tiers == ("R1", "tones")
    assert "'H*' is a point" in found.refused[0].why


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_encoding_and_line_end_is_read(tmp_path: Path, encoding: str, line_end: str) -> None:
    path = tmp_path / "a.TextGrid"
    path.write_bytes(LONG.replace("\n", line_end).encode(encoding))
    assert read_textgrid(path).entries == (Entry("a", 0, 1.5, "Gefühl", "wütend"),)


def test_praats_short_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.TextGrid"
    lines = [
        'File type = "ooTextFile short"',
        '"TextGrid"',
        "",
        "0",
        "2.5",
        "<exists>",
        "2",
        '"IntervalTier"',
        '"R1"',
        "0",
        "2.5",
        "2",
        "0",
        "1e-1",
        '"<exists>"',
        "0.1",
        "2.5",
        '""',
        '"IntervalTier"',
        '"R2"',
        "0",
        "2.5",
        "0",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")  # no line end at its end
    assert read_textgrid(path).entries == (Entry("a", 0, 0.1, "R1", "<exists>"),)
    assert read_textgrid(path).tiers == ("R1", "R2")


def test_what_a_side_tier_says_between_edges_goes_to_the_segment_around_it(tmp_path: Path) -> None:
    path = tmp_path / "a.TextGrid"
    grid = praatio.Textgrid()
    grid.addTier(praatio.IntervalTier("R1", [(1, 2, "angry")], 0, 3))
    grid.addTier(
        praatio.IntervalTier("R1/note", [(1.01, 2.02, "edges moved in Praat"), (2.5, 2.9, "lost")], 0, 3)
    )
    grid.addTier(praatio.IntervalTier("R1/valence", [(1, 2, "9")], 0, 3))
    grid.save(str(path), format="long_textgrid", includeBlankSpaces=True)
    found = read_textgrid(path)
    assert found.entries == (Entry("a", 1, 2, "R1", "angry", note="edges moved in Praat"),)
    assert [refusal.where for refusal in found.refused] == ["tier 'R1/note', 2.5 s", "tier 'R1', 1 s"]
    assert "no whole number from 1 to 7" in found.refused[1].why


def test_a_grid_without_segments_has_its_tiers(tmp_path: Path) -> None:
    path = tmp_path / "a.TextGrid"
    write_textgrid(path, [], [SOUND], tiers=["R1", "R2"])
    assert read_textgrid(path).entries == () and read_textgrid(path).tiers == ("R1", "R2")
    assert praatio.openTextgrid(str(path), includeEmptyIntervals=True).maxTimestamp == SOUND.duration
    write_textgrid(path, [], [SOUND])
    assert len(read_textgrid(path).tiers) == 1, "Praat takes no grid without a tier"


def test_an_edge_that_all_but_touches_makes_no_sliver(tmp_path: Path) -> None:
    path = tmp_path / "a.TextGrid"
    close = [
        Entry("a", 0.0, 1.0, "R1", "x"),
        Entry("a", 1.0 + 1e-9, 2.0, "R1", "y"),
        Entry("a", 2 - 1e-9, 3, "R1", "z"),
    ]
    write_textgrid(path, close, [Sound("a", 3.0, 16_000)])
    assert [(e.start, e.end) for e in read_textgrid(path).entries] == [(0, 1), (1, 2), (2, 3)]
    assert read_textgrid(path).tiers == ("R1",) and b"(2)" not in path.read_bytes()


@pytest.mark.parametrize("tier", ["R1 (2)", "R1/note"])
def test_a_rater_who_would_be_taken_for_another_is_refused(tmp_path: Path, tier: str) -> None:
    entries = [Entry("a", 0, 1, "R1", "x"), Entry("a", 0, 1, tier, "y")]
    with pytest.raises(HumpcatError, match="taken for a part of another"):
        write_textgrid(tmp_path / "a.TextGrid", entries, [])
    assert list(tmp_path.iterdir()) == []


def test_recordings_are_not_mixed_in_one_grid(tmp_path: Path) -> None:
    with pytest.raises(HumpcatError, match="one recording, not 2"):
        write_textgrid(tmp_path / "a.TextGrid", [Entry("a", 0, 1, "R1"), Entry("b", 0, 1, "R1")], [])


@pytest.mark.parametrize(
    "content", ["", "hello", LONG[:300], LONG[:-30], LONG.replace("size = 2", "size = 1e999")]
)
def test_a_damaged_grid_is_refused_with_a_sentence(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.TextGrid"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(HumpcatError, match=r"a\.TextGrid is (damaged|no TextGrid)"):
        read_textgrid(path)


def test_20_000_segments_take_seconds(tmp_path: Path) -> None:
    began = time.monotonic()
    write_textgrid(tmp_path / "a.TextGrid", many(), [Sound("long.wav", 60_000, 16_000)])
    assert list(read_textgrid(tmp_path / "a.TextGrid", Assumed(file="long.wav")).entries) == many()
    assert time.monotonic() - began < 20
