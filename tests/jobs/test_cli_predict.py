"""`humpcat predict` on good recordings and on broken ones."""

import csv
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tiny_models import tiny_bundle
from voices import RATE, emodb_like, voice

Humpcat = Callable[..., subprocess.CompletedProcess[str]]
COLUMNS = ["file", "start", "end", "emotion", "confidence", "angry", "happy", "neutral", "sad", "model"]


def rows_of(text: str) -> list[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(text))
    rows = list(reader)
    assert reader.fieldnames == COLUMNS
    return rows


def check_row(row: dict[str, str]) -> None:
    probabilities = {label: float(row[label]) for label in COLUMNS[5:9]}
    assert sum(probabilities.values()) == pytest.approx(1, abs=1e-5)
    assert row["emotion"] == max(probabilities, key=probabilities.__getitem__)
    assert float(row["confidence"]) == max(probabilities.values())


def test_folders_are_searched_and_every_recording_is_a_row(
    humpcat: Humpcat, model: Path, recordings: Path
) -> None:
    result = humpcat("predict", recordings)
    assert (result.returncode, result.stderr) == (0, "")
    rows = rows_of(result.stdout)
    assert [Path(row["file"]).relative_to(recordings).as_posix() for row in rows] == [
        "a.wav",
        "b.flac",
        "inner/c.wav",
    ]
    assert [(row["start"], row["end"]) for row in rows] == [
        ("0.000000", "1.000000"), ("0.000000", "8.500000"), ("0.000000", "1.000000"),
    ]  # fmt: skip
    assert {row["model"] for row in rows} == {"default"}
    for row in rows:
        check_row(row)


def test_a_recording_named_twice_is_predicted_once_and_again_the_same(
    here: Humpcat, model: Path, recordings: Path
) -> None:
    first = here("predict", recordings / "a.wav", recordings / "a.wav")
    again = here("predict", recordings / "a.wav", "--no-cache")
    assert len(rows_of(first.stdout)) == 1
    assert first.stdout == again.stdout


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A folder with every kind of trouble, and two recordings that are sound."""
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "text.wav").write_text("This is no sound.", encoding="utf-8")
    soundfile.write(folder / "empty.wav", np.zeros(0, dtype=np.float32), RATE)
    soundfile.write(folder / "whole.flac", voice("sad", 3.0), RATE)
    content = (folder / "whole.flac").read_bytes()
    (folder / "torn.flac").write_bytes(content[: len(content) // 2])
    samples = voice("happy", 1.0)
    samples[500] = np.nan
    soundfile.write(folder / "nan.wav", samples, RATE, subtype="FLOAT")
    time = np.arange(96_000) / 96_000
    wide = np.stack([np.sin(2 * np.pi * 200 * (1 + k / 8) * time) for k in range(8)], axis=1) * 0.1
    soundfile.write(folder / "wide.wav", wide, 96_000, subtype="PCM_24")
    (folder / "folder.wav").mkdir()
    (folder / "._whole.flac").write_bytes(b"companion")
    return folder


def test_bad_files_are_named_and_all_good_rows_are_written(
    humpcat: Humpcat, model: Path, broken: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.csv"
    result = humpcat("predict", broken, tmp_path / "missing.wav", "--out", out)
    assert result.returncode == 1 and result.stdout == ""
    rows = rows_of(out.read_text(encoding="utf-8"))
    assert [Path(row["file"]).name for row in rows] == ["whole.flac", "wide.wav"]
    for row in rows:
        check_row(row)
    lines = result.stderr.splitlines()
    assert len(lines) == 6 and lines[-1] == "humpcat: 5 left out, 2 predicted."
    for name in ("text.wav", "empty.wav", "torn.flac", "nan.wav", "missing.wav"):
        assert sum(name in line for line in lines) == 1
    assert "Traceback" not in result.stderr


def test_segments_of_speech_are_found(here: Humpcat, model: Path, corpora: Path, tmp_path: Path) -> None:
    file = sorted((corpora / "emodb" / "wav").iterdir())[0]
    speech, rate = soundfile.read(file, dtype="float32")
    gap = np.zeros(2 * rate, dtype=np.float32)
    soundfile.write(tmp_path / "two.wav", np.concatenate([gap, speech, gap, speech, gap]), rate)
    result = here("predict", tmp_path / "two.wav", "--segments", "vad")
    assert result.returncode == 0
    rows = rows_of(result.stdout)
    length = len(speech) / rate
    assert len(rows) >= 2
    assert float(rows[0]["start"]) == pytest.approx(2.0, abs=0.4)
    assert float(rows[-1]["end"]) == pytest.approx(4 + 2 * length, abs=0.5)


def test_silence_holds_no_speech_and_is_told(here: Humpcat, model: Path, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silence.wav", np.zeros(RATE * 2, dtype=np.float32), RATE)
    result = here("predict", tmp_path / "silence.wav", "--segments", "vad")
    assert result.returncode == 1 and "holds no speech" in result.stderr
    assert rows_of(result.stdout) == []


def test_segments_come_from_a_csv_by_path_or_by_name(here: Humpcat, model: Path, recordings: Path) -> None:
    table = recordings / "segments.csv"
    table.write_text(
        "file,start,end\na.wav,0.25,0.75\ninner/c.wav,0,0.5\nelsewhere/b.flac,1,8\nstranger.wav,0,1\n"
        "a.wav,x,1\na.wav,0.5,inf\na.wav\na.wav,3,4\n",
        encoding="utf-8-sig",
    )
    result = here("predict", recordings, "--segments", table)
    assert result.returncode == 1
    rows = rows_of(result.stdout)
    assert [(Path(row["file"]).name, row["start"], row["end"]) for row in rows] == [
        ("a.wav", "0.250000", "0.750000"), ("c.wav", "0.000000", "0.500000"), ("b.flac", "1.000000", "8.000000"),
    ]  # fmt: skip
    for line in (6, 7, 8):
        assert f"segments.csv, line {line}: start and end must be seconds" in result.stderr
    assert "humpcat: 4 left out, 3 predicted." in result.stderr


def test_a_segments_csv_that_is_none_is_refused(here: Humpcat, model: Path, recordings: Path) -> None:
    (recordings / "other.csv").write_text("name,from,to\n", encoding="utf-8")
    (recordings / "wide.csv").write_bytes("file,start,end\nä,0,1\n".encode("utf-16"))
    for table, told in (
        ("nowhere.csv", "is no file"),
        (recordings / "other.csv", "needs the columns file, start and end"),
        (recordings / "wide.csv", "cannot be read"),
    ):
        result = here("predict", recordings, "--segments", table)
        assert result.returncode == 1 and told in result.stderr
        assert len(result.stderr.splitlines()) == 1


def test_attention_is_written_beside_each_row(
    here: Humpcat, model: Path, recordings: Path, tmp_path: Path
) -> None:
    # The same name in another format, and in a like-named folder.
    soundfile.write(recordings / "a.flac", voice("happy", 1.0), RATE)
    (recordings / "inner" / "recordings").mkdir()
    soundfile.write(recordings / "inner" / "recordings" / "a.wav", voice("sad", 1.0), RATE)
    folder = tmp_path / "attention"
    result = here("predict", recordings, "--attention", folder, "--deletion-test")
    assert (result.returncode, result.stderr) == (0, "")
    assert len(rows_of(result.stdout)) == 5
    assert sorted(file.name for file in folder.iterdir()) == [
        "inner_c.wav_0-16000.npz",
        "recordings_a.flac_0-16000.npz",
        "recordings_a.wav_0-16000.npz",
        "recordings_a.wav_0-16000_2.npz",
        "recordings_b.flac_0-136000.npz",
    ]
    with np.load(folder / "recordings_b.flac_0-136000.npz", allow_pickle=False) as arrays:
        names = set(arrays.files)
        maps = [name for name in names if name.startswith("1/") and f"{name}/keys" in names]
        assert {name.split("/")[1] for name in maps} == {"stage 1", "final"}
        for name in maps:
            np.testing.assert_allclose(arrays[name].sum(axis=-1), 1, atol=1e-4)
            assert arrays[name].shape[1:] == (len(arrays[f"{name}/queries"]), len(arrays[f"{name}/keys"]))
        times = arrays["1/relevance/times"]
        assert times.min() >= 7.0 and times.max() <= 8.5
        assert arrays["1/relevance"].shape == times.shape
        assert {"drop_relevant", "drop_random"} <= names


def test_speakers_told_by_folder_are_standardised_unless_they_sound_all_alike(
    here: Humpcat, home: Path, tmp_path: Path
) -> None:
    corpus = emodb_like(tmp_path / "corpus", speakers=(3, 8, 9), each=2)
    words = ("--features", "mfcc,prosody", "--validation", 0, "--test", 0, "--epochs", 15)
    assert here("train", corpus, "--name", "default", *words).returncode == 0
    folders = {"mixed": "03*", "angry": "0[89]*Wa*", "few": "08*[FN]a*"}
    for name, pattern in folders.items():
        (tmp_path / "told" / name).mkdir(parents=True)
        for file in sorted(corpus.glob(pattern))[: 3 if name == "few" else None]:
            file.rename(tmp_path / "told" / name / file.name)
    by = {
        choice: here("predict", tmp_path / "told", "--speaker", choice)
        for choice in ("unknown", "folder", "one")
    }
    assert {result.returncode for result in by.values()} == {0}
    assert by["unknown"].stderr == by["one"].stderr == ""
    assert by["folder"].stderr == (
        "humpcat: Standardised by the model's statistics and not by the speaker's: "
        f"{tmp_path / 'told' / 'angry'} (sounds all alike), "
        f"{tmp_path / 'told' / 'few'} (windows of speech: 3, fewer than 4).\n"
    )
    rows = {choice: rows_of(result.stdout) for choice, result in by.items()}
    for folder, own in (("mixed", True), ("angry", False), ("few", False)):
        told = [[row for row in rows[choice] if folder in row["file"]] for choice in ("unknown", "folder")]
        assert told[0] and (told[0] != told[1]) == own, folder
    assert all(one != unknown for one, unknown in zip(rows["one"], rows["unknown"], strict=True))


def test_out_is_whole_or_not_there(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("what was here before\n", encoding="utf-8")
    command = [
        sys.executable,
        "-P",
        "-m",
        "app.main",
        "predict",
        str(tmp_path / "long.wav"),
        "--out",
        str(out),
    ]
    soundfile.write(tmp_path / "long.wav", voice("happy", 120.0), RATE)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as child:
        while not list(tmp_path.glob(".out.csv.*")):
            assert child.poll() is None
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=30)
    assert child.returncode == 130 and errors == "humpcat: interrupted\n"
    assert out.read_text(encoding="utf-8") == "what was here before\n"
    assert sorted(file.name for file in tmp_path.glob("*.csv*")) == ["out.csv"]
    assert not list(tmp_path.glob(".out.csv*"))


def test_an_unwritable_place_is_told_in_one_line(
    here: Humpcat, model: Path, recordings: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    result = here("predict", recordings / "a.wav", "--out", tmp_path / "file" / "out.csv")
    assert result.returncode == 1 and len(result.stderr.splitlines()) == 1
    assert "cannot be written" in result.stderr


def test_a_name_that_is_no_utf_8_is_written_escaped(here: Humpcat, model: Path, tmp_path: Path) -> None:
    file = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xe4.wav"))
    soundfile.write(os.fsencode(file), voice("sad", 1.0), RATE, format="WAV")
    (row,) = rows_of(here("predict", file).stdout)
    assert row["file"].endswith("\\udce4.wav")
    assert here("predict", file, "--out", tmp_path / "out.csv").returncode == 0
    (row,) = rows_of((tmp_path / "out.csv").read_text(encoding="utf-8"))
    assert row["file"].endswith("\\udce4.wav")


def test_models_are_chosen_by_name_and_by_folder(
    here: Humpcat, model: Path, recordings: Path, tmp_path: Path
) -> None:
    other = tiny_bundle(tmp_path / "my model", seed=1)
    (row,) = rows_of(here("predict", recordings / "a.wav", "--model", other.folder).stdout)
    assert row["model"] == "my model"
    result = here("predict", recordings / "a.wav", "--model", "nobody")
    assert result.returncode == 1
    assert result.stderr.startswith("humpcat: No model is called 'nobody'.") and "default" in result.stderr


def test_nothing_to_predict_is_an_error(here: Humpcat, model: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = here("predict", tmp_path / "empty")
    assert result.returncode == 1 and "No audio files were found" in result.stderr


def test_segments_of_a_like_named_recording_elsewhere_are_not_taken(
    here: Humpcat, model: Path, recordings: Path, tmp_path: Path
) -> None:
    (recordings / "segments.csv").write_text("file,start,end\ninner/c.wav,0,0.5\nouter/c.wav,0.2,0.9\n")
    result = here("predict", recordings / "inner", "--segments", recordings / "segments.csv")
    assert result.returncode == 0, result.stderr
    assert [(row["start"], row["end"]) for row in rows_of(result.stdout)] == [("0.000000", "0.500000")]


def test_a_job_predicts_segments_of_a_table_named_from_here(
    here: Humpcat, model: Path, recordings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("segments.csv").write_text("file,start,end\nrecordings/a.wav,0,0.5\n")
    started = here("predict", "recordings", "--segments", "segments.csv", "--out", "said.csv", "--detach")
    assert started.returncode == 0, started.stderr
    waited = here("jobs", "wait", "last")
    assert waited.returncode == 0, waited.stderr
    assert [row["end"] for row in rows_of(Path("said.csv").read_text())] == ["0.500000"]
