"""`humpcat corpus inspect`: what is shown and what is written."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from corpus_trees import NAMED, sound, sounds, text

from training_jobs.corpora.label_maps import read_label_map
from training_jobs.corpora.reading import read_corpus

Humpcat = Callable[..., subprocess.CompletedProcess[str]]


def test_a_corpus_is_shown_with_what_is_left_out(here: Humpcat, tmp_path: Path) -> None:
    folder = sounds(tmp_path / "c", NAMED["ravdess"])
    sound(folder / "copy" / "03-01-01-01-01-01-01.wav", 0)
    text(folder / "notes.txt", "")
    told = here("corpus", "inspect", folder, "--set", "calm=")
    assert told.returncode == 0
    for sentence in (
        "RAVDESS (ravdess), ", "5 of 5 audio files are named as RAVDESS", "3 utterances, 1.5 s of speech",
        "8000 Hz (3 files)", "calm (1)", "ravdess/24", "the label map leaves 'calm' out",
        "the same name as another file of the corpus", "notes.txt",
    ):  # fmt: skip
        assert sentence in told.stdout, sentence


def test_manifest_map_and_json_are_written_and_read_back(here: Humpcat, tmp_path: Path) -> None:
    folder = sounds(tmp_path / "c", NAMED["ravdess"])
    out, table, full = tmp_path / "m.csv", tmp_path / "map.csv", tmp_path / "all.json"
    words = ("--csv", out, "--map-out", table, "--json", full, "--check")
    assert here("corpus", "inspect", folder, "--set", "calm=neutral", *words).returncode == 0
    assert read_corpus(out) == read_corpus(folder, changes={"calm": "neutral"})
    assert read_label_map(table).labels["calm"] == "neutral"
    written = json.loads(full.read_text(encoding="utf-8"))
    assert (written["corpus"], written["utterances"], written["audio"]["checked"]) == ("ravdess", 4, 4)
    told = here("corpus", "inspect", folder, "--map", table)
    assert "calm (1), neutral (1)" in told.stdout or "neutral (1), calm (1)" in told.stdout


def test_unknown_speakers_are_told_with_the_way_out(here: Humpcat, tmp_path: Path) -> None:
    told = here("corpus", "inspect", sounds(tmp_path / "c", NAMED["mesd"]))
    assert "Who speaks is unknown for 3 utterances" in told.stdout
    assert "--mode random" in told.stdout


def test_listening_tells_what_to_do(here: Humpcat, tmp_path: Path) -> None:
    folder = sounds(tmp_path / "c", NAMED["emodb"])
    sound(folder / "wav" / "11a01Wa.wav", 0)  # as the first of the corpus
    told = here("corpus", "inspect", folder, "--check")
    assert "1 identical audio. Delete all but one" in told.stdout
    assert "wav/03a01Wa.wav, wav/11a01Wa.wav: 2 times, 2 speakers" in told.stdout


def test_what_is_no_corpus_is_one_line(here: Humpcat, tmp_path: Path) -> None:
    told = here("corpus", "inspect", sounds(tmp_path / "c", ["a.wav"]))
    assert told.returncode == 1 and len(told.stderr.splitlines()) == 1
    assert "Write a manifest" in told.stderr


def test_brackets_in_names_are_no_markup(here: Humpcat, tmp_path: Path) -> None:
    told = here("corpus", "inspect", sounds(tmp_path / "c [red]", [*NAMED["emodb"], "[bold].wav"]))
    assert "c [red]: EMO-DB" in told.stdout and "[bold].wav" in told.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux' names may be no text")
def test_a_name_that_is_no_text_is_shown_and_told(here: Humpcat, tmp_path: Path) -> None:
    folder = sounds(tmp_path / "c", NAMED["mesd"])
    os.rename(os.fsencode(folder / "Sadness_C_B_venir.wav"), os.fsencode(folder) + b"/Sadness_C_B_\xff.wav")
    (folder / os.fsdecode(b"\xfe.txt")).touch()
    assert here("corpus", "inspect", folder, "--json", tmp_path / "out.json").returncode == 0
    told = here("corpus", "inspect", folder, "--csv", tmp_path / "out.csv")
    assert told.returncode == 1 and "Rename the file." in told.stderr
    assert not (tmp_path / "out.csv").exists()
