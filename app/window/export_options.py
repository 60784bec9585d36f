"""What a format of an export asks: a CSV's columns, a TextGrid's form, the names of segments cut out. Remembered."""

from collections.abc import Iterable

from PySide6.QtCore import QSettings, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from core_model.exchange.exporting import CUTS
from core_model.exchange.measures import KINDS
from core_model.formats.cuts import PARTS, PATTERN
from core_model.formats.labelled_csv import COLUMNS
from core_model.formats.registry import Options

from .dialog_parts import words
from .theme import SPACE

_KEY = "export"
_FEATURES = {"prosody": "Prosody of each segment (103 columns)", "mfcc": "Means of its MFCC (39 columns)"}
_ROW = 24  # px, of a list that is ticked
_MOST_ROWS = 5


class TickList(QListWidget):
    """Names with a tick each."""

    changed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.itemChanged.connect(lambda _: self.changed.emit())

    def show_names(self, names: Iterable[tuple[object, str]], ticked: Iterable[object]) -> None:
        """Offer values under their names, these of them ticked."""
        wanted = set(ticked)
        with QSignalBlocker(self):
            self.clear()
            for value, name in names:
                item = QListWidgetItem(name, self)
                item.setData(Qt.ItemDataRole.UserRole, value)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                item.setCheckState(_state(value in wanted))
        self.setFixedHeight(_ROW * min(max(self.count(), 1), _MOST_ROWS) + 2 * SPACE)

    @property
    def ticked(self) -> list[object]:
        """The values that are ticked, in order."""
        items = (self.item(row) for row in range(self.count()))
        return [i.data(Qt.ItemDataRole.UserRole) for i in items if i.checkState() == Qt.CheckState.Checked]

    def tick(self, value: object, on: bool = True) -> None:
        """Tick one, or take its tick away."""
        for row in range(self.count()):
            if self.item(row).data(Qt.ItemDataRole.UserRole) == value:
                self.item(row).setCheckState(_state(on))


class ExportOptions(QStackedWidget):
    """Shows the options of one format at a time; what is chosen is kept in the settings."""

    changed = Signal()

    def __init__(self, settings: QSettings) -> None:
        super().__init__()
        self._settings = settings
        self.columns = TickList("Columns")
        known = settings.value(f"{_KEY}/columns")
        ticked = [str(each) for each in known] if isinstance(known, list) else COLUMNS
        self.columns.show_names(((name, name) for name in COLUMNS), ticked)
        self.columns.changed.connect(self._keep_columns)
        self.raters_as_columns = self._box("raters_as_columns", "A column for each rater, not a row")
        self.probabilities = self._box(
            "probabilities", "Beside raters' labels, the newest prediction's values"
        )
        self.features = {kind: self._box(kind, _FEATURES[kind]) for kind in KINDS}
        self.short = self._box("short", "Short form")
        self.utf16 = self._box("utf16", "UTF-16, as older versions of Praat want it")
        self.pattern = QLineEdit(str(settings.value(f"{_KEY}/pattern", PATTERN)))
        self.pattern.setAccessibleName("Names of the files")
        self.pattern.textChanged.connect(self._keep_pattern)
        self.example = words()
        self._pages = {"csv": self._csv(), "textgrid": self._text_grid(), **dict.fromkeys(CUTS, self._cuts())}
        self._nothing = QWidget()
        for page in dict.fromkeys((self._nothing, *self._pages.values())):
            self.addWidget(page)

    def show_format(self, name: str) -> None:
        """Ask what this format asks."""
        self.setCurrentWidget(self._pages.get(name, self._nothing))
        self.setVisible(name in self._pages)

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
        page = QWidget()
        grid = QGridLayout(page)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(4 * SPACE)
        grid.addWidget(words("Columns beside file, start, end"), 0, 0)
        grid.addWidget(self.columns, 1, 0, 5, 1)
        boxes = (self.raters_as_columns, self.probabilities, *self.features.values())
        for row, box in enumerate(boxes, 1):
            grid.addWidget(box, row, 1)
        return page

    def _text_grid(self) -> QWidget:
        return _stacked(self.short, self.utf16)

    def _cuts(self) -> QWidget:
        parts = words(f"Names of the files, of {', '.join(f'{{{part}}}' for part in PARTS)}")
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


def _state(on: bool) -> Qt.CheckState:
    return Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
