"""The program's settings: the defaults here, and a file that holds only what was set otherwise."""

import contextlib
import math
import tomllib
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import tomli_w

from .device_names import DEVICES
from .errors import HumpcatError
from .files import write_aside
from .folders import config_folder
from .model_names import DEFAULT_MODEL

_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True)
class Settings:
    """What people can set, for the window and the command line alike.

    Attributes:
        default_model: used where no model is named.
        device: auto, cpu, cuda or mps, where none is named.
        cache_gb: gigabytes that the feature cache may take; 0: half of what the disk has for it, at least 20.
        job_threads: processor threads of a job; 0: all but for what the window needs.
        notify: whether the desktop tells when a job ends.
        language: of the window, such as "de"; "": the system's.
    """

    default_model: str = DEFAULT_MODEL
    device: str = "auto"
    cache_gb: float = 0.0
    job_threads: int = 0
    notify: bool = True
    language: str = ""

    def __post_init__(self) -> None:
        if self.device not in DEVICES:
            raise HumpcatError(f"device is {self.device!r}.", f"It can be {', '.join(DEVICES)}.")
        for name in ("cache_gb", "job_threads"):
            if not 0 <= getattr(self, name) < math.inf:
                raise HumpcatError(
                    f"{name} is {getattr(self, name)!r}.", "It is 0 or more; 0 leaves it to the program."
                )

    def changed(self, name: str, text: str) -> "Settings":
        """The settings with one of them set to what somebody typed.

        Raises:
            HumpcatError: there is no such setting, or the text is no value of it.
        """
        usual: dict[str, Any] = asdict(Settings())
        if name not in usual:
            raise HumpcatError(f"There is no setting {name!r}.", f"There are: {', '.join(usual)}.")
        try:
            value: Any = _WORDS[text.lower()] if isinstance(usual[name], bool) else type(usual[name])(text)
        except (KeyError, ValueError) as error:
            raise HumpcatError(f"{name} cannot be {text!r}.", f"Its default is {usual[name]!r}.") from error
        return replace(self, **{name: value})


_NAMES = frozenset(each.name for each in fields(Settings))


def settings_file() -> Path:
    """Where settings are kept."""
    return config_folder() / "settings.toml"


def read_settings() -> Settings:
    """The settings as they are.

    Raises:
        HumpcatError: the file is damaged, or a value in it is none.
    """
    told = _told()
    return Settings(**{name: _checked(name, value) for name, value in told.items() if name in _NAMES})


def readable_settings() -> Settings:
    """The settings as far as they can be read; of what is damaged the default."""
    found = {}
    with contextlib.suppress(HumpcatError):
        for name, value in _told().items():
            with contextlib.suppress(HumpcatError):
                if name in _NAMES:
                    found[name] = _checked(name, value)
    return Settings(**found)


def write_settings(settings: Settings) -> None:
    """Keep settings: those that are not the defaults, and whatever else the file holds.

    Raises:
        HumpcatError: the file cannot be read or written.
    """
    usual, mine = asdict(Settings()), asdict(settings)
    foreign = {name: value for name, value in _told().items() if name not in usual}
    own = {name: value for name, value in mine.items() if value != usual[name]}
    _write({**own, **foreign})


def reset_settings(name: str = "") -> None:
    """Forget one setting, or all of them, also where its value, or without a name the whole file, is damaged.

    Raises:
        HumpcatError: there is no such setting, or the file cannot be written.
    """
    usual = asdict(Settings())
    if not name:
        try:
            write_settings(Settings())
        except HumpcatError:  # nothing can be kept of a file that cannot be read
            _write({})
        return
    if name not in usual:
        raise HumpcatError(f"There is no setting {name!r}.", f"There are: {', '.join(usual)}.")
    _write({each: value for each, value in _told().items() if each != name})


def _checked(name: str, value: Any) -> Any:
    """A value of the file, if it is one of that setting."""
    usual = asdict(Settings())[name]
    wanted = (int, float) if isinstance(usual, float) else type(usual)
    if not isinstance(value, wanted) or isinstance(value, bool) != isinstance(usual, bool):
        raise HumpcatError(
            f"{name} in {settings_file()} is {value!r}.",
            f"Save the settings anew, or reset it to {usual!r} (in commands humpcat settings reset {name}).",
        )
    told: dict[str, Any] = {name: value}
    try:
        Settings(**told)
    except HumpcatError as error:
        raise HumpcatError(f"In {settings_file()}: {error.message}", error.hint) from error
    return value


def _write(told: dict[str, Any]) -> None:
    with write_aside(settings_file()) as aside:
        aside.write_text(tomli_w.dumps(told), encoding="utf-8")


def _told() -> dict[str, Any]:
    try:
        return tomllib.loads(settings_file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise HumpcatError(
            f"{settings_file()} cannot be read ({error}).",
            "Mend it or delete it (in commands humpcat settings reset).",
        ) from error
