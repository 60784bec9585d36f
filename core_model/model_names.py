"""What models may be called, and how their files are; without the features, so that the window knows it too."""

from pathlib import Path

from .errors import HumpcatError
from .folders import models_folder

BUNDLE_FILE = "bundle.json"
SUFFIX = ".humpcat-model"  # of a model as one file
DEFAULT_MODEL = "default"  # the one that ships

_NO_NAME = set('/\\:*?"<>|')


def require_name(name: str) -> None:
    """Refuse what no model can be called, on any system that its folder may be copied to.

    Raises:
        HumpcatError: it is no name.
    """
    odd = not name.isprintable() or set(name) & _NO_NAME or name != name.strip(" ").rstrip(".")
    if not name or Path(name).name != name or name.startswith(".") or odd:
        raise HumpcatError(f"{name!r} is no name for a model.", "Use letters, digits, dots and dashes.")


def require_free(name: str) -> None:
    """Refuse a name that a model of the user's has, or that is no name.

    Raises:
        HumpcatError: it cannot be taken.
    """
    require_name(name)
    if (models_folder() / name / BUNDLE_FILE).is_file():
        raise HumpcatError(f"A model is called {name} already.", "Choose another name.")
