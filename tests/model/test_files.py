"""Files and folders are written whole or not at all."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core_model import files
from core_model.errors import HumpcatError
from core_model.files import content_hash, hash_of, read_json, write_aside, write_json


def test_a_file_takes_its_place_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.txt"
    with write_aside(path) as aside:
        aside.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
    with pytest.raises(ZeroDivisionError), write_aside(path) as aside:
        aside.write_text(f"half {1 / 0}")
    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_takes_the_place_of_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "bundle"
    for text in ("one", "two"):
        with write_aside(path) as aside:
            (aside / "inner").mkdir(parents=True)
            (aside / "inner" / "a.txt").write_text(text)
            (aside / "inner" / "a.txt").chmod(0o444)  # copied from a read-only place
        assert (path / "inner" / "a.txt").read_text() == text
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_take_its_place_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "bundle"
    path.mkdir()
    (path / "old.txt").write_text("old")
    with pytest.raises(HumpcatError, match="cannot be written"), write_aside(path):
        pass  # nothing was written
    assert (path / "old.txt").read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HumpcatError, match="cannot be written"):
        write_json(tmp_path / "file" / "a.json", {})


def test_json_survives_and_what_is_none_is_told(tmp_path: Path) -> None:
    value = {"naïve": [1, 2.5, None]}
    write_json(tmp_path / "a.json", value)
    assert read_json(tmp_path / "a.json") == value
    with pytest.raises(HumpcatError, match="cannot be read"):
        read_json(tmp_path / "b.json")


def held(act: Callable[..., Any], times: int) -> Callable[..., Any]:
    """An act that Windows refuses so many times, because another process holds the file open."""
    left = [times]

    def refused_at_first(*arguments: Any, **words: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise PermissionError(errno.EACCES, "Access is denied")
        return act(*arguments, **words)

    return refused_at_first


def test_on_windows_a_file_that_others_hold_open_is_replaced_and_read_a_little_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state.json"
    write_json(path, {"turn": 1})
    monkeypatch.setattr(files, "_WINDOWS", True)
    monkeypatch.setattr(os, "replace", held(os.replace, 2))
    write_json(path, {"turn": 2})
    monkeypatch.setattr(Path, "read_text", held(Path.read_text, 2))
    assert read_json(path) == {"turn": 2}


def test_a_file_held_open_for_good_or_on_another_system_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "replace", held(os.replace, 1_000_000))
    for windows in (True, False):
        monkeypatch.setattr(files, "_WINDOWS", windows)
        with pytest.raises(HumpcatError, match="cannot be written"):
            write_json(tmp_path / "state.json", {})
    assert list(tmp_path.iterdir()) == []


def test_hashes_are_those_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert content_hash(tmp_path / "a").startswith("ba7816bf")  # FIPS 180-4's example
    assert hash_of({"a": 1, "b": [2]}) == hash_of({"b": [2], "a": 1}) != hash_of({"a": 1, "b": [3]})
    with pytest.raises(HumpcatError, match="cannot be read"):
        content_hash(tmp_path / "missing")
