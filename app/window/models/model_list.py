"""The models: name, labels, what was measured, size; the default one marked."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from ...models import ModelFacts
from ...translation import tr
from ..theme import Theme, icon
from ..tuning.plan_view import size

_COLUMNS = (tr("Model"), tr("Labels"), tr("Learned from"), "UA, %", tr("Encoder"), tr("Size"))
_WIDTHS = (190, 210, 230, 76, 150, 76)


class ModelList(QTableWidget):
    """One row chosen; with Ctrl two, to be compared."""

    chosen = Signal(list)  # ModelFacts, the current one first

    def __init__(self, theme: Theme) -> None:
        super().__init__(0, len(_COLUMNS))
        self._theme = theme
        self.models: tuple[ModelFacts, ...] = ()
        self._default = ""
        self.setAccessibleName(tr("Models"))
        self.setHorizontalHeaderLabels(list(_COLUMNS))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(28)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        for column, width in enumerate(_WIDTHS):
            self.setColumnWidth(column, width)
        self.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.itemSelectionChanged.connect(lambda: self.chosen.emit(self.selected))

    def show_models(self, models: Sequence[ModelFacts], default: str) -> None:
        """Show the models, and which one is used where none is named."""
        name = self.selected[0].name if self.selected else default
        self.models, self._default = tuple(models), default
        self.setRowCount(len(models))
        for row, model in enumerate(models):
            self._show_row(row, model)
        self.choose(name)

    @property
    def selected(self) -> list[ModelFacts]:
        """The models chosen, the current one first."""
        rows = sorted(
            {index.row() for index in self.selectedIndexes()}, key=lambda row: row != self.currentRow()
        )
        return [self.models[row] for row in rows if row < len(self.models)]

    def choose(self, name: str) -> None:
        """Choose a model by its name; the first one where there is none."""
        if self.models:
            names = [model.name for model in self.models]
            self.selectRow(names.index(name) if name in names else 0)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self.show_models(self.models, self._default)

    def _show_row(self, row: int, model: ModelFacts) -> None:
        is_default = model.name == self._default
        ua = tr("not measured") if model.ua is None else f"{100 * model.ua:.1f}"
        encoder = (
            model.encoder if model.encoder_here else tr("{encoder} (missing)").format(encoder=model.encoder)
        )
        texts = (
            tr("{name} (default)").format(name=model.name) if is_default else model.name,
            ", ".join(model.labels),
            ", ".join(model.corpora),
            ua,
            encoder,
            size(model.size),
        )
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            item.setToolTip(text)
            self.setItem(row, column, item)
        first, fifth = self.item(row, 0), self.item(row, 4)
        if first is not None:
            first.setIcon(icon("star", self._theme, "accent" if is_default else "border"))
        if fifth is not None and not model.encoder_here:
            fifth.setForeground(self._theme.colour("warning"))
