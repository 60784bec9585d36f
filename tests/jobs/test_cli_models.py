"""`humpcat models`, `settings`, `cache`, and `--plan`: what the windows do, from the terminal."""

import json
from pathlib import Path

from tiny_models import tiny_bundle
from voices import emodb_like

from core_model.bundle import find_bundle


def test_a_model_goes_out_and_comes_in_under_another_name(model: Path, here, tmp_path: Path) -> None:  # noqa: ANN001
    assert here("models", "export", "default", tmp_path / "out").stdout.strip().endswith("out.humpcat-model")
    refused = here("models", "import", tmp_path / "out.humpcat-model", "--name", "twin")
    assert (refused.returncode, "here already, as default" in refused.stderr) == (1, True)
    other = tiny_bundle(tmp_path / "other", seed=1)
    assert here("models", "export", other.folder, tmp_path / "o").returncode == 0
    assert here("models", "import", tmp_path / "o.humpcat-model", "--name", "theirs").stdout.startswith(
        "theirs: labels"
    )
    assert "theirs" in here("models", "list").stdout
    assert "are free" in here("models", "delete", "theirs").stdout


def test_the_default_model_is_chosen_and_used(model: Path, here, home: Path) -> None:  # noqa: ANN001
    tiny_bundle(home / "data" / "models" / "mine", seed=2)
    assert here("models", "default").stdout == "default\n"
    assert here("models", "default", "mine").returncode == 0
    assert here("settings", "show").stdout.startswith("default_model = 'mine'")
    assert "mine (default)" in here("models", "list").stdout
    assert here("models", "default", "nobody").returncode == 1
    deleted = here("models", "delete", "mine")
    assert deleted.returncode == 0 and "it was the default model" in deleted.stderr
    gone = here("predict", home)
    assert gone.returncode == 1 and "The default model, mine, cannot be used" in gone.stderr
    assert here("settings", "reset", "default_model").returncode == 0
    assert here("models", "default").stdout == "default\n"


def test_a_model_elsewhere_can_be_the_default_one(here, tmp_path: Path) -> None:  # noqa: ANN001
    elsewhere = tiny_bundle(tmp_path / "elsewhere")
    assert here("models", "default", elsewhere.folder).returncode == 0
    assert find_bundle("") == elsewhere


def test_the_list_tells_what_models_learned_from_and_their_size(here) -> None:  # noqa: ANN001
    told = here("models", "list").stdout
    assert "banglaser (Bengali), emodb (German), ravdess (English)" in told
    assert "0.7" in told and "90.9 %" in told


def test_settings_refuse_nonsense_in_a_sentence(here) -> None:  # noqa: ANN001
    refused = here("settings", "set", "device", "toaster")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)


def test_the_cache_is_told_and_emptied(here, model: Path, recordings: Path, tmp_path: Path) -> None:  # noqa: ANN001
    assert here("cache", "show").stdout.startswith("0 files")
    assert here("predict", recordings / "a.wav", "--out", tmp_path / "out.csv").returncode == 0
    assert not here("cache", "show").stdout.startswith("0 files")
    assert here("cache", "clear").returncode == 0
    assert here("cache", "show").stdout.startswith("0 files")


def test_a_plan_starts_nothing(here, model: Path, tmp_path: Path) -> None:  # noqa: ANN001
    corpus = emodb_like(tmp_path / "speech")
    told = here("finetune", "default", corpus, "--plan", "--share", "0.25")
    assert told.returncode == 0, told.stderr
    assert "tunes: 8 utterances by 1 speaker" in told.stdout
    assert "No leak" in told.stdout
    assert here("jobs", "list").stdout.startswith("No jobs yet")
    sources = ("train", corpus, "--name", "new", "--features", "mfcc,prosody", "--plan")
    assert "trains:" in here(*sources).stdout


def test_two_models_are_compared_on_a_corpus(here, model: Path, home: Path, tmp_path: Path) -> None:  # noqa: ANN001
    tiny_bundle(home / "data" / "models" / "other", seed=1)
    corpus = emodb_like(tmp_path / "speech", (3, 8), 1)
    refused = here("models", "compare", "default", "nobody", corpus)
    assert refused.returncode == 1 and "nobody" in refused.stderr
    assert here("jobs", "list").stdout.startswith("No jobs yet")
    told = here("models", "compare", "default", "other", corpus, "--json", tmp_path / "out.json")
    assert told.returncode == 0, told.stderr
    assert "McNemar" in told.stdout
    figures = json.loads((tmp_path / "out.json").read_text())
    assert figures["names"] == ["default", "other"]
    assert figures["count"] == 8
    assert sum(figures["agreement"]) == 8
