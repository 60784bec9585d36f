"""Fixtures that every test has: folders of its own, a local hub, a tiny encoder."""

from pathlib import Path

import pytest
from local_hub import local_hub, tiny_hubert  # from tests/support

__all__ = ["home", "local_hub", "tiny_hubert"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that stands for the user's data, cache, settings and logs."""
    folder = tmp_path / "home"
    monkeypatch.setenv("HUMPCAT_HOME", str(folder))
    return folder
