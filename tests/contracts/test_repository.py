"""What may be in the repository: nothing huge, nothing of one machine, no weights or audio without their licence."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import soundfile

ROOT = Path(__file__).resolve().parents[2]
RESOURCES = ROOT / "resources"
LARGEST = 30_000_000
# A home folder, or an index that pip was pointed to: both belong to one machine.
OF_ONE_MACHINE = re.compile(
    r"/home/\w+/|/Users/\w+/|/root/|[A-Z]:\\Users\\|--(?:extra-)?index-url|--find-links|\s@ file:"
)


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """The files that git knows and that are there."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a git checkout, or no git to ask")
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, text=True, check=True
    )
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_no_file_is_huge(tracked: list[Path]) -> None:
    assert not [path for path in tracked if path.stat().st_size > LARGEST]


def test_no_file_names_a_place_on_one_machine(tracked: list[Path]) -> None:
    found = []
    for path in tracked:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if path != Path(__file__):
            found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in OF_ONE_MACHINE.finditer(text)]
    assert not found


def test_the_top_level_is_what_the_readme_says(tracked: list[Path]) -> None:
    folders = {path.relative_to(ROOT).parts[0] for path in tracked if path.parent != ROOT}
    assert folders == {".ci", "app", "core_model", "training_jobs", "resources", "tests"}


def test_nothing_is_pickled(tracked: list[Path]) -> None:
    assert not [
        path for path in tracked if path.suffix in {".pkl", ".pickle", ".pt", ".pth", ".bin", ".joblib"}
    ]


def test_encoders_have_their_licence_beside_them() -> None:
    for weights in (RESOURCES / "encoders").rglob("*.safetensors"):
        assert (weights.parent / "LICENSE").is_file(), weights


def test_models_have_a_card_beside_them() -> None:
    for weights in (RESOURCES / "models").rglob("*.safetensors"):
        assert (weights.parent / "card.md").is_file(), weights
        assert json.loads((weights.parent / "bundle.json").read_text(encoding="utf-8"))


def test_every_demo_recording_is_attributed_and_short() -> None:
    attribution = (RESOURCES / "demo" / "ATTRIBUTION.md").read_text(encoding="utf-8")
    recordings = sorted((RESOURCES / "demo").glob("*.flac"))
    assert len(recordings) == 6
    for path in recordings:
        info = soundfile.info(path)
        assert f"`{path.name}`" in attribution
        assert (info.samplerate, info.channels) == (16000, 1) and 2 <= info.duration <= 4


def test_every_licence_of_audio_and_weights_is_named_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "CC BY 4.0" in readme and "research-only" in readme
