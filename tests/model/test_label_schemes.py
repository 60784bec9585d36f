"""Label schemes for people: what a rater may say, in which colours and under which keys."""

import json
from pathlib import Path

import pytest

from core_model.errors import HumpcatError
from core_model.label_schemes import (
    KEYS,
    AnnotationScheme,
    SchemeLabel,
    built_in_schemes,
    read_scheme,
    scheme_of,
)
from core_model.labels import PAPER


def test_the_built_in_schemes_are_the_papers_the_big_six_and_iemocap() -> None:
    paper, big_six, iemocap = built_in_schemes()
    assert paper.names == PAPER.labels and not paper.ratings
    assert len(big_six.names) == 7 and set(paper.names) < set(big_six.names)
    assert iemocap.ratings and {"excited", "frustrated"} < set(iemocap.names)
    for scheme in (paper, big_six, iemocap):
        assert len({label.colour for label in scheme.labels}) == len(scheme.labels)


def test_a_scheme_survives_its_file(tmp_path: Path) -> None:
    for scheme in [*built_in_schemes(), scheme_of("eigenes", ["Ärger", "o'b", "別"], ratings=True)]:
        path = tmp_path / "scheme.json"
        path.write_text(json.dumps(scheme.to_json()), encoding="utf-8")
        assert read_scheme(path) == scheme


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ((), "needs labels"),
        ((SchemeLabel("", "#112233"),), "each with a name"),
        ((SchemeLabel(" a", "#112233"),), "each with a name"),
        ((SchemeLabel("a", "#112233"), SchemeLabel("a", "#112234")), "a is in the scheme twice"),
        ((SchemeLabel("a", "#112233", "1"), SchemeLabel("b", "#112233", "1")), "key 1 belongs to two"),
        ((SchemeLabel("a", "#112233", "0"),), "0 cannot be a label's key"),
        ((SchemeLabel("a", "#112233", "12"),), "12 cannot be a label's key"),
        ((SchemeLabel("a", "red"),), "red is no colour"),
        ((SchemeLabel("a", "#11223g"),), "#11223g is no colour"),
    ],
)
def test_a_scheme_that_cannot_be_used_is_told(labels: tuple[SchemeLabel, ...], told: str) -> None:
    with pytest.raises(HumpcatError, match=told) as caught:
        AnnotationScheme("mine", labels)
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"name": "a"}', '{"name": "a", "labels": "ab"}', '{"name": "a", "labels": [1]}', "\0"],
)
def test_a_file_that_is_no_scheme_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "scheme.json"
    path.write_text(text)
    with pytest.raises(HumpcatError, match="label scheme"):
        read_scheme(path)
    with pytest.raises(HumpcatError, match="cannot be read as a label scheme"):
        read_scheme(tmp_path / "none.json")


def test_new_labels_take_free_colours_and_keys() -> None:
    scheme = scheme_of("mine", [f"label {number}" for number in range(12)])
    assert [label.key for label in scheme.labels] == [*KEYS, "", "", ""]
    assert len({label.colour for label in scheme.labels}) == 12
    assert scheme.with_labels(["label 3"]) == scheme
    assert scheme_of("mine", ["a", "b", "a"]).names == ("a", "b")
    with pytest.raises(HumpcatError, match="needs labels"):
        scheme_of("mine", [])


def test_a_label_is_found_by_its_key_and_its_colour_by_its_name() -> None:
    scheme = AnnotationScheme("mine", (SchemeLabel("angry", "#123456", "7"), SchemeLabel("calm", "#654321")))
    assert scheme.label_with("7") == "angry"
    assert scheme.label_with("1") is None and scheme.label_with("") is None
    assert scheme.colour_of("angry") == "#123456"
    assert scheme.colour_of("sad") == "#0072B2"
