"""What models may be called, and how their files are; without the features, so that the window knows it too."""

from pathlib import Path

from .errors import HumpcatError
from .folders import models_folder

BUNDLE_FILE = "bundle.json"
SUFFIX = ".humpcat-model"  # of a model as one file
DEFAULT_MODEL = "default"  # the one that ships


def require_free(name: str) -> None:
    """Refuse a name that a model of the user's has, or that is no name.

    Raises:
        HumpcatError: it cannot be taken.
    """
    if not name or Path(name).name != name or name.startswith("."):
        raise HumpcatError(f"{name!r} is no name for a model.", "Use letters, digits, dots and dashes.")
    if (models_folder() / name / BUNDLE_FILE).is_file():
        raise HumpcatError(f"A model is called {name} already.", "Choose another name.")
