"""The models that ship: they load, they predict the demo recordings, and their cards tell what they are."""

import csv
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from core_model.bundle import BundleRecord, read_record
from core_model.encoders.registry import find_encoder
from core_model.extractor import Stretch
from core_model.folders import resources_folder
from core_model.predictor import Predictor

DEMO = sorted((resources_folder() / "demo").glob("*.flac"))
CORPORA = {"default": {"banglaser", "emodb", "ravdess"}, "source-en": {"ravdess"}}


@pytest.fixture(params=sorted(CORPORA))
def record(request: pytest.FixtureRequest) -> BundleRecord:
    folder = resources_folder() / "models" / request.param
    if not folder.is_dir():
        pytest.skip(f"{request.param} is not built: python -m training_jobs.shipped ../shared")
    return read_record(folder)


def test_it_predicts_every_demo_recording(record: BundleRecord) -> None:
    assert len(DEMO) == 6
    predictor = Predictor(record, "cpu")
    for file in DEMO:
        prediction = predictor.predict(Stretch(file))
        assert sum(prediction.probabilities) == pytest.approx(1, abs=1e-5)
        assert prediction.emotion in ("angry", "happy", "neutral", "sad")


def test_its_encoder_ships_beside_it_with_its_licence(record: BundleRecord) -> None:
    assert record.encoder is not None and record.network.features == ("hubert", "mfcc", "prosody")
    encoder = find_encoder(record.encoder.hash)
    assert encoder.shipped and (encoder.folder / "LICENSE").read_text(encoding="utf-8").startswith(
        "MIT License"
    )
    size = sum(file.stat().st_size for file in encoder.folder.rglob("*") if file.is_file())
    assert size < 30e6


def test_its_card_tells_data_protocol_results_and_limits(record: BundleRecord) -> None:
    card = record.card()
    assert f"# {record.name}\n" in card
    assert "Whisper's, standing where the paper has HuBERT" in card
    assert "rained on research-only corpora" in card
    assert set(record.training["data"]) - {"skipped"} == CORPORA[record.name]
    for corpus in CORPORA[record.name]:
        # n, then UA and WA with their 95 % intervals, speakers known and unknown
        percent = r"\d+\.\d \(\d+\.\d-\d+\.\d\) \| "
        assert re.search(rf"\| {corpus} \| \d+ \| ({percent}){{4}}", card)
        assert f"Confusion, {corpus}" in card
    assert "never heard the speaker" in card and "95 % intervals" in card
    assert "## Limits" in card


def test_nothing_in_it_is_pickled_and_it_is_small(record: BundleRecord) -> None:
    assert {file.name for file in record.folder.iterdir()} == {"bundle.json", "card.md", "model.safetensors"}
    assert (record.folder / "model.safetensors").stat().st_size < 2e6


def test_the_command_predicts_the_demo_out_of_the_box(tmp_path: Path) -> None:
    if not (resources_folder() / "models" / "default").is_dir():
        pytest.skip("default is not built: python -m training_jobs.shipped ../shared")
    command = [sys.executable, "-P", "-m", "app.main", "predict", str(resources_folder() / "demo")]
    result = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env={**os.environ}, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [Path(row["file"]).name for row in rows] == [file.name for file in DEMO]
    assert {row["model"] for row in rows} == {"default"}
