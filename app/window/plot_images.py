"""Plots copied and saved: the one in hand, or all that are shown, as PNG or SVG in the theme's colours."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, QSettings, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from core_model.errors import HumpcatError
from core_model.files import write_aside

from ..tasks import TaskPool
from ..translation import tr
from .actions import Actions
from .plot_stack import PlotStack
from .plots.picture import Picture, record, to_image, to_svg
from .time_axis import TimeAxis

_FINER = 2  # pixels of a picture for each on screen
_FILTERS = {".png": tr("PNG picture (*.png)"), ".svg": tr("SVG vectors (*.svg)")}
_FOLDER = "plots/folder"
_NOTHING = HumpcatError(tr("No plot is shown."), tr("Open a recording, and show a plot in View, Panels."))


class PlotImages(QObject):
    """The GUI thread only records what is painted; pixels, vectors and files are made beside it."""

    failed = Signal(object)
    done = Signal(str)

    def __init__(
        self, plots: PlotStack, axis: TimeAxis, tasks: TaskPool, settings: QSettings, window: QWidget
    ) -> None:
        super().__init__(window)
        self._plots, self._axis, self._tasks = plots, axis, tasks
        self._settings, self._window = settings, window
        self.recording = ""  # what the pictures are of; the start of their files' names

    def handlers(self) -> dict[str, Callable[..., object]]:
        """For the table of actions."""
        return {
            "copy_plot": self.copy,
            "save_plot": self.ask_where_to_save,
            "copy_plots": lambda: self.copy(whole=True),
            "save_plots": lambda: self.ask_where_to_save(whole=True),
            "next_plot": self._plots.focus_next,
            "previous_plot": lambda: self._plots.focus_next(-1),
        }

    def show_menu(self, actions: Actions, name: str, at: QPoint) -> None:
        """The menu of one plot."""
        menu = plot_menu(actions, name, self._window)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def copy(self, whole: bool = False) -> None:
        """Put the plot in hand on the clipboard, or all of them."""
        picture = self._record(whole)
        if picture is not None:
            self._tasks.start(lambda _: to_image(picture, self._scale()), self._put, self.failed.emit)

    def ask_where_to_save(self, whole: bool = False) -> None:
        """Choose a file and save the plot in hand there, or all of them."""
        if self._axis.duration <= 0:
            self.failed.emit(_NOTHING)
            return
        folder = Path(str(self._settings.value(_FOLDER, str(Path.home()))))
        stem = "-".join(filter(None, [Path(self.recording).stem, "plots" if whole else self._plots.current]))
        name, chosen = QFileDialog.getSaveFileName(
            self._window, tr("Save the plot as"), str(folder / f"{stem}.png"), ";;".join(_FILTERS.values())
        )
        if name:
            path = _with_suffix(Path(name), chosen)
            self._settings.setValue(_FOLDER, str(path.parent))
            self.save(path, whole)

    def save(self, path: Path, whole: bool = False) -> None:
        """Save to a PNG or SVG file, as its name ends."""
        picture = self._record(whole)
        if picture is None:
            return
        title = f"{self.recording}: {'plots' if whole else self._plots.current}"
        work = partial(_save, path, picture, title, self._scale())
        told = partial(self.done.emit, tr("The picture is now {path}.").format(path=path))
        self._tasks.start(lambda _: work(), lambda _: told(), self.failed.emit)

    def _record(self, whole: bool) -> Picture | None:
        stack = self._plots
        names = stack.filled() if whole else [stack.current]
        if self._axis.duration <= 0 or not names or not stack.shown():
            self.failed.emit(_NOTHING)
            return None
        strips = stack.strips() if whole else []
        plots = [stack.plots[name] for name in names]
        return record(plots, strips, self._axis.view, stack.waveform.theme, stack.font())

    def _scale(self) -> float:
        return _FINER * self._plots.devicePixelRatioF()

    def _put(self, image: QImage) -> None:
        QGuiApplication.clipboard().setImage(image)
        self.done.emit(tr("The picture is on the clipboard."))


def plot_menu(actions: Actions, name: str, parent: QWidget) -> QMenu:
    """What can be done with a plot: picture it, hide it, change how it is drawn."""
    menu = QMenu(parent)
    for each in ("copy_plot", "save_plot", "copy_plots", "save_plots"):
        menu.addAction(actions[each])
    menu.addSeparator()
    panel = actions[f"panel:{name}"]
    hide = menu.addAction(
        tr("Hide {lower}{value}").format(lower=panel.text()[0].lower(), value=panel.text()[1:])
    )
    hide.triggered.connect(lambda _: panel.setChecked(False))
    menu.addAction(actions["plot_options"])
    return menu


def _save(path: Path, picture: Picture, title: str, scale: float) -> None:
    if path.suffix.lower() == ".svg":
        text = to_svg(picture, title)
        with write_aside(path) as aside:
            aside.write_text(text, encoding="utf-8")
        return
    image = to_image(picture, scale)
    with write_aside(path) as aside:
        if not image.save(str(aside), "PNG"):  # type: ignore[call-overload]
            raise OSError(
                tr("no PNG of {width} × {height} pixels could be written").format(
                    width=image.width(), height=image.height()
                )
            )


def _with_suffix(path: Path, chosen: str) -> Path:
    if path.suffix.lower() in _FILTERS:
        return path
    suffix = next((suffix for suffix, words in _FILTERS.items() if words == chosen), ".png")
    return path.with_name(path.name + suffix)
