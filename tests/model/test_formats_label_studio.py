"""Label Studio's JSON."""

import json
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from formats_content import FILE, SOUND, awkward, in_order, many  # from tests/support

from core_model.errors import HumpcatError
from core_model.formats.entry import Assumed, Entry
from core_model.formats.label_studio import labelling_config, read_label_studio, write_label_studio


def _region(name: str, kind: str, **value: Any) -> dict[str, Any]:
    return {
        "id": "x1",
        "from_name": name,
        "to_name": "audio",
        "type": kind,
        "original_length": 9.5,
        "value": value,
    }


_EXPORT = [
    {
        "id": 7,
        "data": {"audio": "/data/upload/3/1a2b3c4d-my%20talk.wav"},
        "annotations": [
            {
                "completed_by": 4,
                "result": [
                    _region("label", "labels", start=1.5, end=2.25, channel=0, labels=["Angry", "Loud"]),
                    _region("valence", "number", start=1.5, end=2.25, number=3),
                    _region("note", "textarea", start=1.5, end=2.25, text=["one", "two"]),
                ],
            },
            {"completed_by": {"email": "b@c.d"}, "result": [_region("emotion", "choices", choices=["sad"])]},
            {"was_cancelled": True, "result": [_region("label", "labels", start=0, end=1, labels=["no"])]},
            {"completed_by": 5, "result": [_region("label", "labels", start=2, end=2, labels=["zero"])]},
        ],
        "predictions": [
            {
                "model_version": "m",
                "result": [{"score": 0.9} | _region("l", "labels", start=0, end=1, labels=["sad"])],
            }
        ],
    },
    {"id": 8, "data": {"audio": "/data/local-files/?d=corpus/b%20c.wav"}, "annotations": []},
]  # fmt: skip


def test_everything_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    both = [*awkward(), *awkward("other.wav")]
    write_label_studio(path, both, [SOUND])
    found = read_label_studio(path)
    assert in_order(found.entries) == in_order(both)
    assert found.refused == ()


def test_the_tasks_are_as_label_studio_has_them(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_label_studio(path, awkward(), [SOUND])
    (task,) = json.loads(path.read_text(encoding="utf-8"))
    assert task["data"] == {"audio": FILE}
    assert len(task["annotations"]) == 3 and len(task["predictions"]) == 1
    first = [item for item in task["annotations"][0]["result"] if item["id"] == "segment1"]
    assert first[0] == {
        "id": "segment1", "from_name": "emotion", "to_name": "audio", "type": "labels", "original_length": 30.0,
        "value": {"start": awkward()[0].start, "end": awkward()[0].end, "channel": 0, "labels": ["angry"]},
    }  # fmt: skip
    assert task["predictions"][0]["model_version"] == "default"
    assert task["predictions"][0]["result"][0]["score"] == 0.625
    config = ET.fromstring(labelling_config(["angry", 'a "b" <c>']))
    names = {element.get("name") for element in config}
    used = {
        item["from_name"] for each in task["annotations"] + task["predictions"] for item in each["result"]
    }
    assert used <= names, "Label Studio refuses what its interface has no control for"
    assert [label.get("value") for label in config.iter("Label")] == ["angry", 'a "b" <c>']


def test_label_studios_own_exports_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(_EXPORT), encoding="utf-8")
    found = read_label_studio(path)
    assert found.entries == (
        Entry("my talk.wav", 1.5, 2.25, "rater 4", "Angry", 3, note="one\ntwo"),
        Entry("my talk.wav", 0, 9.5, "b@c.d", "sad"),
        Entry("my talk.wav", 0, 1, "prediction", "sad", origin="prediction", confidence=0.9, model="m"),
    )
    assert [refusal.where for refusal in found.refused] == ["task 7, region x1", "task 7, region x1"]
    assert found.refused[0].why == "Of its labels only the first is taken: Angry, Loud."


def test_who_annotated_is_assumed_where_nobody_says(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    result = [{"type": "choices", "from_name": "e", "value": {"choices": ["sad"]}}]
    path.write_text(
        json.dumps([{"data": {"sound": "a.wav"}, "annotations": [{"result": result}]}]), encoding="utf-8"
    )
    assert read_label_studio(path, Assumed(tier="R3", duration_of={"a.wav": 2.0}.get)).entries == (
        Entry("a.wav", 0, 2, "R3", "sad"),
    )
    assert read_label_studio(path).refused[0].why == "It has no start and end."


def test_no_entries(tmp_path: Path) -> None:
    write_label_studio(tmp_path / "a.json", [], [])
    assert read_label_studio(tmp_path / "a.json").entries == ()


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", '{"a": 1}', '[{"audio": "a.wav", "label": []}]', "[" * 100_000]
)
def test_what_is_no_list_of_tasks_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    with pytest.raises(HumpcatError, match=r"a\.json is (damaged|no list)"):
        read_label_studio(tmp_path / "a.json")


@pytest.mark.parametrize(
    "odd", [None, 3, "x", [1], {"result": 3}, {"result": [{"value": 1}, {"value": {"start": "x"}}]}]
)
def test_odd_annotations_break_nothing(tmp_path: Path, odd: object) -> None:
    (tmp_path / "a.json").write_text(
        json.dumps([{"data": {"audio": "a"}, "annotations": [odd], "predictions": odd}])
    )
    assert read_label_studio(tmp_path / "a.json").entries == ()


def test_20_000_regions_take_seconds(tmp_path: Path) -> None:
    began = time.monotonic()
    write_label_studio(tmp_path / "a.json", many())
    assert list(read_label_studio(tmp_path / "a.json").entries) == many()
    assert time.monotonic() - began < 20
