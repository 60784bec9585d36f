"""The utterances of a job."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from voices import emodb_like

Humpcat = Callable[..., subprocess.CompletedProcess[str]]


def test_a_corpus_given_twice_counts_once(here: Humpcat, model: Path, tmp_path: Path) -> None:
    corpus = emodb_like(tmp_path / "corpus", speakers=(3, 8), each=1)
    ended = here("evaluate", corpus, corpus, "--out", tmp_path / "metrics.json")
    assert ended.returncode == 0, ended.stderr
    told = json.loads((tmp_path / "metrics.json").read_text())
    assert told["count"] == len(list(corpus.glob("*.wav"))) == 8
    assert 0 <= told["ua"] <= 1 and 0 <= told["ece"] <= 1
