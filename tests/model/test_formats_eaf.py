"""ELAN documents: ours read by pympi, pympi's read by us."""

import time
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from formats_content import FILE, SOUND, awkward, in_order, many, rounded  # from tests/support
from pympi import Eaf

from core_model.errors import HumpcatError
from core_model.formats.eaf import read_eaf, write_eaf
from core_model.formats.entry import Entry

_ENTITY = '<?xml version="1.0"?>\n<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>\n<ANNOTATION_DOCUMENT>&e;'


def test_everything_comes_back_to_the_millisecond(tmp_path: Path) -> None:
    path = tmp_path / "a.eaf"
    write_eaf(path, awkward(), [SOUND])
    found = read_eaf(path)
    shortest = 0.001  # the segment of 6 samples
    expected = [entry if entry.end > shortest else _lasting(entry, shortest) for entry in awkward()]
    assert rounded(found.entries, 3) == rounded(expected, 3)
    assert found.tiers == ("R1", "R2 (Zoë)", "prediction", "gold") and found.refused == ()


def test_pympi_reads_what_we_write(tmp_path: Path) -> None:
    path = tmp_path / "a.eaf"
    write_eaf(path, awkward(), [SOUND])
    document = Eaf(str(path))
    assert document.get_linked_files()[0]["RELATIVE_MEDIA_URL"] == f"./{FILE}"
    assert (4000, 5000, "") in document.get_annotation_data_for_tier("R1")
    assert (4500, 6000, "sad") in document.get_annotation_data_for_tier("R1 (2)"), "no overlap within a tier"
    assert document.get_ref_annotation_data_for_tier("note@R1")[0][2] == awkward()[0].note
    assert [each[2] for each in document.get_ref_annotation_data_for_tier("valence@R1")] == ["7"]
    assert document.get_parameters_for_tier("valence@R1")["PARENT_REF"] == "R1"
    assert document.constraints["Symbolic_Association"]
    times = [int(slot.get("TIME_VALUE", "")) for slot in ET.parse(path).iter("TIME_SLOT")]
    assert times == sorted(times), "ELAN wants the time order in order"


def test_we_read_what_pympi_writes(tmp_path: Path) -> None:
    path = tmp_path / "talk.eaf"
    document = Eaf(author="x")
    document.add_linked_file("file:///data/talk 1.wav", relpath="./talk%201.wav")
    document.remove_tier("default")
    document.add_tier("emotion")
    document.add_annotation("emotion", 250, 1999, 'wütend & "laut" <b>')
    document.add_annotation("emotion", 1999, 3000, "")
    document.add_linguistic_type("gloss", "Symbolic_Association", timealignable=False)
    document.add_tier("comment", "gloss", parent="emotion")
    document.add_ref_annotation("comment", "emotion", 300, "very")
    document.add_tier("empty")
    document.to_file(str(path))
    found = read_eaf(path)
    assert found.entries == (
        Entry("talk 1.wav", 0.25, 1.999, "emotion", 'wütend & "laut" <b>'),
        Entry("talk 1.wav", 1.999, 3.0, "emotion"),
        Entry("talk 1.wav", 0.25, 1.999, "comment", "very"),
    )
    assert found.tiers == ("emotion", "comment", "empty")


def test_annotations_without_times_are_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "a.eaf"
    write_eaf(path, [Entry("a.wav", 0, 1, "R1", "sad"), Entry("a.wav", 1, 2, "R1", "happy")], [])
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace('TIME_VALUE="2000"', "").replace('TIME_VALUE="0"', 'TIME_VALUE="1000"'), encoding="utf-8"
    )
    found = read_eaf(path)
    assert found.entries == ()
    assert [refusal.where for refusal in found.refused] == [
        "tier 'R1', annotation a1",
        "tier 'R1', annotation a2",
    ]
    assert found.refused[1].why == "'happy' has no time of its own."


@pytest.mark.parametrize("text", [_ENTITY, '<!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;">]><a>&c;</a>'])
def test_document_types_and_entities_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.eaf").write_text(text, encoding="utf-8")
    with pytest.raises(HumpcatError, match="document type"):
        read_eaf(tmp_path / "a.eaf")


@pytest.mark.parametrize("text", ["", "<a", "<a/>", '<?xml version="1.0" encoding="klingon"?><a/>'])
def test_a_damaged_document_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.eaf").write_text(text, encoding="utf-8")
    with pytest.raises(HumpcatError, match=r"a\.eaf is (damaged|no ELAN document)"):
        read_eaf(tmp_path / "a.eaf")


@pytest.mark.parametrize("file", ["sub folder/50%.wav", "/data/a & b.wav", "C:/data/a.wav"])
def test_the_recording_is_named_again(tmp_path: Path, file: str) -> None:
    write_eaf(tmp_path / "a.eaf", [Entry(file, 0, 1, "R1", "x")], [])
    assert read_eaf(tmp_path / "a.eaf").entries[0].file == file


def test_a_document_without_segments_has_its_tiers(tmp_path: Path) -> None:
    write_eaf(tmp_path / "a.eaf", [], [SOUND], tiers=["R1"])
    assert read_eaf(tmp_path / "a.eaf").tiers == ("R1",)
    assert Eaf(str(tmp_path / "a.eaf")).get_tier_names() == {"R1": None}.keys()


def test_characters_that_xml_has_not_do_not_break_it(tmp_path: Path) -> None:
    write_eaf(tmp_path / "a.eaf", [Entry("a", 0, 1, "R1", "x", note="\x00bell\x07\r\n\udc80")], [])
    assert read_eaf(tmp_path / "a.eaf").entries[0].note == "�bell�\r\n�"


def test_20_000_segments_take_seconds(tmp_path: Path) -> None:
    began = time.monotonic()
    write_eaf(tmp_path / "a.eaf", many(), [])
    assert in_order(read_eaf(tmp_path / "a.eaf").entries) == in_order(many())
    assert time.monotonic() - began < 20


def _lasting(entry: Entry, seconds: float) -> Entry:
    return replace(entry, start=0.0, end=seconds)
