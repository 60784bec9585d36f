"""`humpcat train`, `evaluate`, `finetune` and `models`, on a small made-up corpus."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_models import tiny_bundle
from voices import emodb_like

from core_model.bundle import find_bundle

Humpcat = Callable[..., subprocess.CompletedProcess[str]]
ACOUSTIC = ("--features", "mfcc,prosody")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = emodb_like(tmp_path_factory.mktemp("corpora") / "corpus", speakers=(3, 8, 9, 10, 11), each=1)
    (folder / "08a07Wa.wav").write_text("no sound", encoding="utf-8")
    return folder


def test_a_model_is_trained_listed_shown_evaluated_and_fine_tuned(
    humpcat: Humpcat, here: Humpcat, corpus: Path, home: Path, tmp_path: Path
) -> None:
    trained = humpcat("train", corpus, "--name", "mine", *ACOUSTIC, "--epochs", 2)
    assert trained.returncode == 0, trained.stderr
    record = find_bundle("mine")
    assert trained.stdout.splitlines()[-1] == str(home / "data" / "models" / "mine")
    assert "network, speakers unknown" in trained.stdout and "linear probe" in trained.stdout
    assert "No leak" in trained.stdout and "report.html" in trained.stdout
    assert trained.stderr.count("epoch") == 2 and "validation UA" in trained.stderr
    assert sum("08a07Wa.wav" in line for line in trained.stderr.splitlines()) == 1
    assert "Traceback" not in trained.stderr
    assert len(record.training["data"]["skipped"]) == 1

    assert "mine" in here("models", "list").stdout
    shown = here("models", "show", "mine").stdout
    assert record.id in shown and "Limits" in shown and "emodb" in shown
    check_taken(here, corpus, record.folder)
    check_evaluation(here, corpus, tmp_path, record.id)
    tiny_bundle(home / "data" / "models" / "unheard")
    check_tuning(here, corpus)


def check_taken(here: Humpcat, corpus: Path, folder: Path) -> None:
    before = (folder / "model.safetensors").read_bytes()
    taken = here("train", corpus, "--name", "mine", *ACOUSTIC)
    assert taken.returncode == 1 and "A model is called mine already." in taken.stderr
    assert (folder / "model.safetensors").read_bytes() == before


def check_evaluation(here: Humpcat, corpus: Path, tmp_path: Path, identity: str) -> None:
    out = tmp_path / "metrics.json"
    refused = here("evaluate", corpus, "--model", "mine", "--out", out)
    assert refused.returncode == 1 and "LEAK" in refused.stderr and not out.exists()
    result = here("evaluate", corpus, "--model", "mine", "--out", out, "--allow-leaks")
    assert result.returncode == 0 and "Confusion" in result.stdout
    assert "LEAKING" in result.stdout
    value = json.loads(out.read_text(encoding="utf-8"))
    assert (value["id"], value["count"]) == (identity, 20)
    assert value["ua_interval"][0] <= value["ua"] <= value["ua_interval"][1]
    assert 0 <= value["unknown_speaker"]["ua"] <= 1


def check_tuning(here: Humpcat, corpus: Path) -> None:
    unknown = here("finetune", "unheard", corpus, "--epochs", 1)
    assert (
        unknown.returncode == 0
        and "What the model unheard learned from is not written in it" in unknown.stderr
    )
    options = ("--name", "tuned", "--epochs", 1, "--draws", 3)
    refused = here("finetune", "mine", corpus, *options)
    assert refused.returncode == 1 and "a speaker of mine's own training" in refused.stderr
    result = here("finetune", "mine", corpus, *options, "--allow-leaks")
    assert result.returncode == 0, result.stderr
    assert "3 tests; intervals: Student's t over draws" in result.stdout
    record = find_bundle("tuned")
    card = record.card()
    assert f"Fine-tuned from the model mine ({find_bundle('mine').id[:12]})." in card
    assert card.startswith("# tuned")
    assert re.search(r"speaker-disjoint: 20 % .* 4 utterances tuned it, 1\d tested it\. LEAKING", card), card
    assert record.id != find_bundle("mine").id
    assert record.temperature == find_bundle("mine").temperature
    words = ("--mode", "random", "--share", "0.25", "--epochs", 1, "--allow-leaks")
    measured = here("finetune", "mine", corpus, *words)
    assert measured.returncode == 0 and "LEAKING" in measured.stdout
    assert here("models", "show", "random").returncode == 1


def test_a_corpus_too_small_or_unknown_is_told_in_one_line(here: Humpcat, home: Path, tmp_path: Path) -> None:
    emodb_like(tmp_path / "one", speakers=(3,), each=1)
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "hello.wav").touch()
    tiny_bundle(home / "data" / "models" / "default")
    for words, told in (
        (("train", tmp_path / "one", "--name", "m", *ACOUSTIC), "Too few speakers"),
        (("train", tmp_path / "one", "--name", "m"), "needs a speech encoder"),
        (("train", tmp_path / "one", "--name", "m", "--encoder", "nobody"), "nobody"),
        (("train", tmp_path / "one", "--name", "m", "--features", "smell"), "smell"),
        (("train", tmp_path / "one", "--name", "m", "--labels", "angry", *ACOUSTIC), "two different labels"),
        (
            ("train", tmp_path / "one", "--name", "m", "--labels", "bored,calm", *ACOUSTIC),
            "hold no utterance labelled bored or calm",
        ),
        (("train", tmp_path / "one", "--name", "../m", *ACOUSTIC), "no name for a model"),
        (("train", tmp_path / "odd", "--name", "m", *ACOUSTIC), "fit no known corpus"),
        (("finetune", "default", tmp_path / "one"), "at least two speakers"),
        (("finetune", "nobody", tmp_path / "one"), "No model is called 'nobody'"),
        (("evaluate", tmp_path / "nowhere"), "neither a folder nor a manifest"),
    ):
        result = here(*words)
        assert result.returncode == 1 and told in result.stderr, (words, result.stderr)
        assert len(result.stderr.splitlines()) == 1 and result.stderr.startswith("humpcat: ")
    assert not (home / "data" / "models" / "m").exists()


def test_a_corpus_of_unknown_speakers_trains_without_a_test_and_says_how(
    here: Humpcat, home: Path, tmp_path: Path
) -> None:
    recordings = emodb_like(tmp_path / "emodb", speakers=(3, 8), each=1)
    for label, letter in (("angry", "W"), ("sad", "T")):
        (tmp_path / "own" / label).mkdir(parents=True)
        for number, file in enumerate(sorted(recordings.glob(f"*{letter}a.wav"))):
            file.rename(tmp_path / "own" / label / f"take {number}.wav")
    words = ("train", tmp_path / "own", "--name", "mine", "--labels", "angry,sad", "--epochs", 1, *ACOUSTIC)
    refused = here(*words)
    assert refused.returncode == 1 and "--test 0 --validation 0" in refused.stderr
    trained = here(*words, "--test", 0, "--validation", 0)
    assert trained.returncode == 0, trained.stderr
    assert "4 utterances for training, none for choosing the epoch, none for the test" in trained.stdout
    assert find_bundle("mine").labels == ("angry", "sad")


@pytest.mark.parametrize(
    "words",
    [
        ("train", "corpus"),
        ("train", "corpus", "--name", "m", "--epochs", "0"),
        ("train", "corpus", "--name", "m", "--test", "1.5"),
        ("train", "corpus", "--name", "m", "--protocol", "folds", "--folds", "1"),
        ("benchmark", "corpus", "--folds", "1"),
        ("train", "corpus", "--name", "m", "--layers", "one,two"),
        ("finetune", "default", "corpus", "--share", "1"),
        ("finetune", "default", "corpus", "--share", "much"),
        ("finetune", "default", "corpus", "--draws", "-1"),
        ("evaluate",),
        ("evaluate", "corpus", "--device", "abacus"),
        ("models", "burn"),
        ("predict",),
        ("predict", "a.wav", "--speaker", "two"),
        ("features", "a.wav", "--kind", "colour"),
        ("doctor", "--cure"),
    ],
)
def test_wrong_usage_ends_with_code_2_and_what_is_right(here: Humpcat, words: tuple[str, ...]) -> None:
    result = here(*words)
    assert result.returncode == 2
    assert result.stderr.startswith("usage: humpcat") and "Traceback" not in result.stderr
