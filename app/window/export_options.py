"""What a format of an export asks: a CSV's columns, a TextGrid's form, the names of segments cut out. Remembered."""

from collections.abc import Iterable

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from core_model.exchange.exporting import CUTS
from core_model.exchange.measures import KINDS
from core_model.formats.cuts import PARTS, PATTERN
from core_model.formats.labelled_csv import COLUMNS
from core_model.formats.registry import Options

from ..translation import tr
from .dialog_parts import words
from .theme import SPACE

_KEY = "export"
_FEATURES = {
    "prosody": tr("Prosody of each segment (103 columns)"),
    "mfcc": tr("Means of its MFCC (39 columns)"),
}
_HIGHEST = 128  # px


class TickBoxes(QScrollArea):
    """Names with a tick each, side by side; many of them scroll."""

    changed = Signal()

    def __init__(self, name: str, across: int) -> None:
        super().__init__()
        self._across = across
        self._boxes: dict[object, QCheckBox] = {}
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def show_names(self, names: Iterable[tuple[object, str]], ticked: Iterable[object]) -> None:
        """Offer values under their names, these of them ticked."""
        wanted, inside = set(ticked), QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(SPACE)
        self._boxes = {}
        for place, (value, name) in enumerate(names):
            box = self._boxes[value] = QCheckBox(name.replace("&", "&&"))
            box.setChecked(value in wanted)
            box.toggled.connect(lambda _: self.changed.emit())
            grid.addWidget(box, place // self._across, place % self._across)
        grid.setRowStretch(len(self._boxes), 1)
        self.setWidget(inside)
        self.setFixedHeight(min(inside.sizeHint().height(), _HIGHEST))

    @property
    def values(self) -> list[object]:
        """All that are offered, in order."""
        return list(self._boxes)

    @property
    def ticked(self) -> list[object]:
        """The values that are ticked, in order."""
        return [value for value, box in self._boxes.items() if box.isChecked()]

    def tick(self, value: object, on: bool = True) -> None:
        """Tick one, or take its tick away."""
        self._boxes[value].setChecked(on)


class ExportOptions(QStackedWidget):
    """Shows the options of one format at a time; what is chosen is kept in the settings."""

    changed = Signal()

    def __init__(self, settings: QSettings) -> None:
        super().__init__()
        self._settings = settings
        self.columns = TickBoxes(tr("Columns"), 4)
        known = settings.value(f"{_KEY}/columns")
        ticked = [str(each) for each in known] if isinstance(known, list) else COLUMNS
        self.columns.show_names(((name, name) for name in COLUMNS), ticked)
        self.columns.changed.connect(self._keep_columns)
        self.raters_as_columns = self._box("raters_as_columns", tr("A column for each rater, not a row"))
        self.probabilities = self._box(
            "probabilities", tr("Beside raters' labels, the newest prediction's values")
        )
        self.features = {kind: self._box(kind, _FEATURES[kind]) for kind in KINDS}
        self.short = self._box("short", tr("Short form"))
        self.utf16 = self._box("utf16", tr("UTF-16, as older versions of Praat want it"))
        self.pattern = QLineEdit(str(settings.value(f"{_KEY}/pattern", PATTERN)))
        self.pattern.setAccessibleName(tr("Names of the files"))
        self.pattern.textChanged.connect(self._keep_pattern)
        self.example = words()
        self._pages = {"csv": self._csv(), "textgrid": self._text_grid(), **dict.fromkeys(CUTS, self._cuts())}
        self._nothing = QWidget()
        for page in dict.fromkeys((self._nothing, *self._pages.values())):
            self.addWidget(page)

    def show_format(self, name: str) -> None:
        """Ask what this format asks; pages that are not shown take no room."""
        shown = self._pages.get(name, self._nothing)
        for page in (self._nothing, *self._pages.values()):
            height = QSizePolicy.Policy.Preferred if page is shown else QSizePolicy.Policy.Ignored
            page.setSizePolicy(QSizePolicy.Policy.Preferred, height)
        self.setCurrentWidget(shown)
        self.setVisible(shown is not self._nothing)

    @property
    def options(self) -> Options:
        """As the formats take them."""
        return Options(
            columns=tuple(str(name) for name in self.columns.ticked),
            raters_as_columns=self.raters_as_columns.isChecked(),
            short=self.short.isChecked(),
            utf16=self.utf16.isChecked(),
        )

    @property
    def measured(self) -> tuple[str, ...]:
        """The kinds of features that are wanted."""
        return tuple(kind for kind, box in self.features.items() if box.isChecked())

    def _csv(self) -> QWidget:
        boxes = (self.raters_as_columns, self.probabilities, *self.features.values())
        return _stacked(words(tr("Columns, beside file, start and end")), self.columns, *boxes)

    def _text_grid(self) -> QWidget:
        return _stacked(self.short, self.utf16)

    def _cuts(self) -> QWidget:
        parts = words(
            tr("Names of the files, of {value}").format(value=", ".join(f"{{{part}}}" for part in PARTS))
        )
        return _stacked(parts, self.pattern, self.example)

    def _box(self, key: str, text: str) -> QCheckBox:
        box = QCheckBox(text)
        box.setChecked(bool(self._settings.value(f"{_KEY}/{key}", False, type=bool)))
        box.toggled.connect(lambda on: self._keep(key, on))
        return box

    def _keep(self, key: str, value: object) -> None:
        self._settings.setValue(f"{_KEY}/{key}", value)
        self.changed.emit()

    def _keep_columns(self) -> None:
        self._keep("columns", [str(name) for name in self.columns.ticked])

    def _keep_pattern(self, pattern: str) -> None:
        self._keep("pattern", pattern)


def _stacked(*parts: QWidget) -> QWidget:
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(SPACE)
    for part in parts:
        layout.addWidget(part)
    layout.addStretch(1)
    return page
