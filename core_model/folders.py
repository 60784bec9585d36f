"""Where the program keeps its own files; `HUMPCAT_HOME` puts all of them under one folder."""

import os
from pathlib import Path

import platformdirs

_NAME = "humpcat-studio"


def data_folder() -> Path:
    """Models and encoders that the user added."""
    return _own("data", platformdirs.user_data_path(_NAME, appauthor=False))


def cache_folder() -> Path:
    """What can be computed again: features, peaks."""
    return _own("cache", platformdirs.user_cache_path(_NAME, appauthor=False))


def config_folder() -> Path:
    """Settings."""
    return _own("config", platformdirs.user_config_path(_NAME, appauthor=False))


def log_folder() -> Path:
    """Logs of the window and of the engine."""
    return _own("logs", platformdirs.user_log_path(_NAME, appauthor=False))


def models_folder() -> Path:
    """Bundles that the user trained or imported."""
    return data_folder() / "models"


def jobs_folder() -> Path:
    """Run folders of jobs."""
    return data_folder() / "jobs"


def encoders_folder() -> Path:
    """Encoders that the user fetched or added."""
    return data_folder() / "encoders"


def resources_folder() -> Path:
    """What ships with the program: inside the wheel `app/_resources`, in a checkout `resources`."""
    root = Path(__file__).resolve().parent.parent
    packed = root / "app" / "_resources"
    return packed if packed.is_dir() else root / "resources"


def _own(part: str, default: Path) -> Path:
    home = os.environ.get("HUMPCAT_HOME")
    # Absolute, as the processes that we start work in other folders.
    return Path(home).expanduser().absolute() / part if home else default
