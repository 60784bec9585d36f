"""Recordings' names."""

from pathlib import Path

from core_model.project.recording_names import RecordingNames


def names(*paths: str) -> tuple[RecordingNames, list[str]]:
    held = RecordingNames()
    for path in paths:
        held.add(Path(path))
    return held, [held.of(Path(path)) for path in paths]


def test_a_name_alone_is_enough_until_another_file_has_it() -> None:
    held, told = names("/c/anna/a.wav", "/c/bo/b.wav")
    assert told == ["a.wav", "b.wav"]
    held.add(Path("/c/bo/a.wav"))
    assert [held.of(Path(f"/c/{who}/a.wav")) for who in ("anna", "bo")] == ["anna/a.wav", "bo/a.wav"]
    assert held.of(Path("/c/bo/b.wav")) == "b.wav"
    held.discard(Path("/c/bo/a.wav"))
    assert held.of(Path("/c/anna/a.wav")) == "a.wav"


def test_as_many_folders_are_told_as_it_takes() -> None:
    assert names("/c/anna/1/a.wav", "/c/bo/1/a.wav", "/c/bo/2/a.wav")[1] == [
        "anna/1/a.wav", "bo/1/a.wav", "bo/2/a.wav",
    ]  # fmt: skip
    assert names("/a.wav", "/c/a.wav")[1] == [str(Path("/a.wav")), "c/a.wav"]
    assert names("/a.wav", "/a.wav")[1] == ["a.wav", "a.wav"]  # one file


def test_a_file_that_is_not_known_has_its_name() -> None:
    held, _ = names("/c/anna/a.wav")
    held.discard(Path("/nowhere/b.wav"))
    assert held.of(Path("/nowhere/b.wav")) == "b.wav"
    assert held.alike(Path("/d/a.wav")) == {Path("/c/anna/a.wav")}
