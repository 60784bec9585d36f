"""What the actions of `humpcat project` share: the project opened, what is named in it, progress."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from core_model.errors import HumpcatError
from core_model.label_schemes import AnnotationScheme, built_in_schemes, read_scheme
from core_model.project.editing import SCHEME
from core_model.project.project import Project
from core_model.project.project_file import SUFFIX
from core_model.project.rows import RaterRow, RecordingRow

SCHEMES = ("paper", "big-six", "iemocap")  # the built-in ones, in their order


@contextmanager
def opened(path: Path) -> Iterator[Project]:
    """A project to edit, on disk for good at the end.

    Raises:
        HumpcatError: it cannot be opened, or only be read.
    """
    with closing(Project.open(path)) as project:
        if project.read_only:
            raise HumpcatError(
                f"{path} is open elsewhere, or may not be written: it can only be read.",
                "Close it in the window first.",
            )
        yield project
        project.sync()


def with_suffix(path: Path) -> Path:
    """A new project's file, whose name says what it is."""
    return path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)


def rater_named(project: Project, name: str | None) -> RaterRow:
    """The rater of this name; without one who annotates in the window.

    Raises:
        HumpcatError: there is no such rater.
    """
    raters, chosen = project.raters, project.setting("rater")
    if name is None:
        people = project.people()
        return next((each for each in people if each.id == chosen), people[0])
    for rater in raters:
        if rater.name.casefold() == name.strip().casefold():
            return rater
    names = ", ".join(rater.name for rater in raters)
    raise HumpcatError(f"The project has no rater {name}.", f"It has: {names}.")


def recording_named(rows: Iterable[RecordingRow], name: str) -> RecordingRow:
    """A recording by its path, or the end of its path.

    Raises:
        HumpcatError: there is none, or several could be meant.
    """
    rows, wanted, parts = list(rows), Path(name).absolute(), Path(name).parts
    found = [row for row in rows if row.path == wanted]
    found = found or [row for row in rows if row.path.parts[-len(parts) :] == parts]
    if len(found) != 1:
        why = "several recordings" if found else "no recording"
        raise HumpcatError(f"The project has {why} called {name}.", "Give its path, or more of it.")
    return found[0]


def scheme_of(project: Project) -> AnnotationScheme:
    """The project's label scheme."""
    found = project.setting(SCHEME)
    return built_in_schemes()[0] if found is None else AnnotationScheme.from_json(found)


def scheme_named(name: str) -> AnnotationScheme:
    """A built-in scheme, or a file's.

    Raises:
        HumpcatError: it is neither.
    """
    built_in = dict(zip(SCHEMES, built_in_schemes(), strict=True))
    if name in built_in:
        return built_in[name]
    if not Path(name).is_file():
        raise HumpcatError(
            f"{name} is no label scheme.", f"Choose one of {', '.join(SCHEMES)}, or a scheme's JSON file."
        )
    return read_scheme(Path(name))


def tell(where: object, why: object) -> None:
    """One line about what was left out, and where unless that is said already."""
    place = "" if str(where) in str(why) else f"{where}: "
    sys.stderr.write(f"humpcat: {place}{why}\n")


@contextmanager
def progress(text: str) -> Iterator[Callable[[float, float], None]]:
    """A bar on the terminal; takes how much of how much is done."""
    console = Console(stderr=True)
    columns = (TextColumn(text), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
