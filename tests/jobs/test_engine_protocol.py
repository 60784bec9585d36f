"""Arrays and lines come through the protocol as they were."""

import json
from pathlib import Path

import numpy as np
import pytest

from core_model.errors import HumpcatError
from training_jobs.engine_protocol import INLINE_BYTES, decode_array, decode_line, encode_array, encode_line


@pytest.mark.parametrize("dtype", ["float32", "float16", "float64", "int64", "uint8", "bool"])
def test_small_arrays_travel_inside_the_line(tmp_path: Path, dtype: str) -> None:
    array = (np.arange(24).reshape(2, 3, 4) % 5).astype(dtype)
    value = json.loads(json.dumps(encode_array(array, tmp_path)))
    assert "base64" in value["array"] and not list(tmp_path.iterdir())
    back = decode_array(value)
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)


def test_nan_infinity_and_emptiness_survive() -> None:
    array = np.array([np.nan, np.inf, -np.inf, -0.0], dtype=np.float32)
    np.testing.assert_array_equal(decode_array(encode_array(array)), array)
    assert decode_array(encode_array(np.zeros((0, 3), dtype=np.float32))).shape == (0, 3)


def test_an_array_that_is_no_contiguous_memory_keeps_its_order() -> None:
    array = np.arange(12, dtype=np.float32).reshape(3, 4).T[::2]
    np.testing.assert_array_equal(decode_array(encode_array(array)), array)


def test_arrays_above_a_megabyte_travel_as_a_file_that_reading_removes(tmp_path: Path) -> None:
    largest = np.zeros(INLINE_BYTES, dtype=np.uint8)
    assert "base64" in encode_array(largest, tmp_path)["array"]
    array = np.random.default_rng(0).normal(size=(4, 300, 300)).astype(np.float32)
    value = encode_array(array, tmp_path)
    (file,) = tmp_path.iterdir()
    assert value["array"]["npy"] == str(file) and len(encode_line(value)) < 1000
    np.testing.assert_array_equal(decode_array(value), array)
    assert not list(tmp_path.iterdir())
    with pytest.raises(HumpcatError, match="cannot be read"):
        decode_array(value)


def test_without_a_folder_all_arrays_travel_inside() -> None:
    array = np.ones(INLINE_BYTES, dtype=np.float32)
    np.testing.assert_array_equal(decode_array(encode_array(array)), array)


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"array": None},
        {"array": {"dtype": "float32", "shape": [3]}},
        {"array": {"dtype": "float32", "shape": [3], "base64": "AAAA"}},
        {"array": {"dtype": "no such type", "shape": [1], "base64": "AAAAAA=="}},
    ],
)
def test_what_is_no_array_is_told_so(value: dict[str, object]) -> None:
    with pytest.raises(HumpcatError, match="cannot be read"):
        decode_array(value)


def test_pickles_are_never_loaded(tmp_path: Path) -> None:
    np.save(tmp_path / "evil.npy", np.array([object()], dtype=object), allow_pickle=True)
    with pytest.raises(HumpcatError, match="cannot be read"):
        decode_array({"array": {"npy": str(tmp_path / "evil.npy")}})


def test_lines_are_one_line_whatever_they_say() -> None:
    message = {"id": 1, "text": "two\nlines \u2028 and ü", "file": "/tmp/\udce4.wav"}
    line = encode_line(message)
    assert line.count(b"\n") == 1 and line.endswith(b"\n")
    assert decode_line(line) == message


@pytest.mark.parametrize("line", [b"hello\n", b"[1]\n", b"\xff\n", b"\n", b"3\n"])
def test_what_is_no_message_is_told_so(line: bytes) -> None:
    with pytest.raises(HumpcatError, match="is not"):
        decode_line(line)
