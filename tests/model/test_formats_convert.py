"""Formats by their names and contents, exports of several files, and conversion from each to each."""

import itertools
from pathlib import Path

import pytest
from formats_content import SOUND, awkward, in_order, samples, write_sound  # from tests/support

from core_model.errors import HumpcatError
from core_model.formats.convert import convert, read_entries, sounds_of
from core_model.formats.entry import Assumed, Entry, Sound
from core_model.formats.exporting import plan_export, write_export
from core_model.formats.fields import FIELDS
from core_model.formats.registry import (
    FORMATS,
    Format,
    Options,
    format_named,
    format_to_write,
    guess_format,
    lost_fields,
)

_WHOLE = [kind for kind in FORMATS if kind.name not in ("audacity", "raven", "eaf")]


def _target(folder: Path, kind: Format, name: str = "x") -> Path:
    return folder / f"{name}{kind.extensions[0]}" if kind.extensions else folder


@pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)
def test_every_format_is_recognised_and_says_what_it_loses(tmp_path: Path, kind: Format) -> None:
    mine = [entry for entry in awkward() if kind.tiers or entry.tier == "R1"]
    path = _target(tmp_path, kind)
    kind.write(path, mine, [SOUND], Options())
    assert guess_format(path).name in (kind.name, kind.name.replace("audformat-csv", "csv"))
    assert format_named(kind.name) is kind
    back = kind.read(path, Assumed(file=SOUND.file)).entries
    kept = {name for name in FIELDS if {getattr(e, name) for e in back} == {getattr(e, name) for e in mine}}
    assert set(FIELDS) - kept - {"note"} <= set(lost_fields(kind, mine)), "nothing is lost unsaid"
    if "ms" not in kind.loses:
        assert samples(back) == samples(mine)


@pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)
def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, kind: Format) -> None:
    path = _target(tmp_path, kind)
    mine = [entry for entry in awkward() if entry.tier == "R1"]
    kind.write(path, mine[:1], [SOUND], Options())
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    blocked = path / "db.yaml" / "x" if kind.name == "audformat" else path / "below"
    with pytest.raises(HumpcatError, match="cannot be written"):
        kind.write(blocked, mine, [SOUND], Options())
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before


def test_formats_are_told_by_the_name_of_what_is_to_be_written() -> None:
    names = {
        "a.CSV": "csv",
        "a.textgrid": "textgrid",
        "a.txt": "audacity",
        "a.selections.txt": "raven",
        "a.eaf": "eaf",
    }
    assert {name: format_to_write(Path(name)).name for name in names} == names
    with pytest.raises(HumpcatError, match="does not end as any format"):
        format_to_write(Path("a.xyz"))
    with pytest.raises(HumpcatError, match="There are: csv, audformat"):
        format_named("xyz")


@pytest.mark.parametrize("content", [b"", b"Dear all,", b"\x00\x01\x02\xff" * 99, b"RIFF1234WAVE"])
def test_what_is_no_format_is_told_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.dat").write_bytes(content)
    with pytest.raises(HumpcatError, match="of no format that can be read"):
        guess_format(tmp_path / "a.dat")
    with pytest.raises(HumpcatError, match=r"has no db\.yaml"):
        guess_format(tmp_path)


@pytest.mark.parametrize(("old", "new"), list(itertools.permutations(_WHOLE, 2)), ids=lambda kind: kind.name)
def test_whole_formats_convert_into_one_another_and_back(tmp_path: Path, old: Format, new: Format) -> None:
    homes = [
        write_sound(tmp_path / folder / "talk.wav", 30.0, 8000).parent for folder in ("one", "two", "three")
    ]
    entries = awkward("talk.wav")
    first, second, third = map(_target, homes, (old, new, old), ("talk",) * 3)
    old.write(first, entries, [Sound("talk.wav", 30.0, 8000)], Options())
    there = convert(first, second, to=new)
    back = convert(second, third, to=old)
    assert there.refused == back.refused == () and there.lost == back.lost == ()
    found = read_entries(third, old)
    assert samples(found.entries) == samples(entries)
    assert {Path(entry.file).name for entry in found.entries} == {"talk.wav"}


def test_recordings_become_files_below_the_target_as_they_are_below_theirs(tmp_path: Path) -> None:
    for name in ("a.wav", "sub/a.wav", "sub/b.flac"):
        write_sound(tmp_path / name, 3.0)
    entries = [
        Entry("a.wav", 0, 1, "R1", "x"), Entry("sub/a.wav", 0, 1, "R1", "y"), Entry("sub/b.flac", 1, 2, "R2", "z"),
    ]  # fmt: skip
    format_named("csv").write(tmp_path / "all.csv", entries, [], Options())
    for name in ("textgrid", "eaf", "raven", "audacity"):
        kind = format_named(name)
        done = convert(tmp_path / "all.csv", tmp_path, to=kind)
        assert len(done.written) == 3 and {path.parent for path in done.written} == {
            tmp_path,
            tmp_path / "sub",
        }
        assert in_order(read_entries(tmp_path, kind).entries) == in_order(entries), name
        for path in done.written:
            path.unlink()
    assert sorted(p.name for p in tmp_path.rglob("*") if p.is_file()) == [
        "a.wav",
        "a.wav",
        "all.csv",
        "b.flac",
    ]


def test_recordings_from_elsewhere_are_named_in_full_and_files_do_not_collide(tmp_path: Path) -> None:
    files = [write_sound(tmp_path / folder / "a.wav", 2.0).as_posix() for folder in ("one", "two")]
    entries = [Entry(file, 0, 1, "R1", "x") for file in files]
    plan = plan_export(tmp_path / "out", format_named("eaf"), entries, sounds_of(entries, tmp_path))
    assert [each.path.name for each in plan] == ["a.eaf", "a (2).eaf"]
    write_export(plan, format_named("eaf"))
    assert in_order(read_entries(tmp_path / "out", format_named("eaf")).entries) == in_order(entries)


def test_of_several_files_all_are_written_or_none(tmp_path: Path) -> None:
    entries = [Entry("a", 0, 1, "R1", "x"), Entry("b", 0, 1, "R1", "y"), Entry("b", 0, 1, "R1 (2)", "z")]
    plan = plan_export(tmp_path / "out", format_named("textgrid"), entries, [])
    with pytest.raises(HumpcatError, match="Rename the rater"):
        write_export(plan, format_named("textgrid"))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    with pytest.raises(HumpcatError, match="2 files are needed"):
        plan_export(tmp_path / "x.TextGrid", format_named("textgrid"), entries, [])


def test_one_bad_file_of_a_folder_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    kind = format_named("textgrid")
    kind.write(tmp_path / "good.TextGrid", [Entry("x", 0, 1, "R1", "sad")], [], Options())
    (tmp_path / "bad.TextGrid").write_text("oh", encoding="utf-8")
    found = read_entries(tmp_path, kind)
    assert [entry.file for entry in found.entries] == ["good"]
    assert [refusal.where for refusal in found.refused] == [str(tmp_path / "bad.TextGrid")]
    with pytest.raises(HumpcatError, match="holds no file that ends"):
        read_entries(tmp_path, format_named("eaf"))


def test_empty_tiers_and_the_length_of_recordings_survive(tmp_path: Path) -> None:
    write_sound(tmp_path / "a.wav", 12.5)
    kind = format_named("eaf")
    kind.write(tmp_path / "a.eaf", [Entry("a.wav", 0, 1, "R1", "x")], [], Options(tiers=("R1", "R2")))
    convert(tmp_path / "a.eaf", tmp_path / "a.TextGrid")
    assert read_entries(tmp_path / "a.TextGrid").tiers == ("R1", "R2")
    assert "xmax = 12.5" in (tmp_path / "a.TextGrid").read_text(encoding="utf-8")


def test_a_file_in_the_folders_place_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"in the way")
    kind = format_named("raven")
    plan = plan_export(tmp_path / "out", kind, [Entry("a", 0, 1, "R1"), Entry("b", 0, 1, "R1")], [])
    with pytest.raises(HumpcatError, match="out cannot be written"):
        write_export(plan, kind)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
