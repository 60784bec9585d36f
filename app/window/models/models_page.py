"""The page Models: the models with their cards, and the encoders behind them."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from ...models import ModelFacts
from ...translation import tr
from ..dialog_parts import FaultLine, words
from ..pages import Pages
from ..theme import SPACE, Theme
from .encoder_page import EncoderPage
from .model_list import ModelList

MODELS, ENCODERS = 0, 1  # tabs


class ModelsPage(Pages):
    """What the buttons ask for is done elsewhere."""

    use_asked = Signal(object)
    default_asked = Signal(object)
    compare_asked = Signal(object, object)
    export_asked = Signal(object)
    import_asked = Signal()
    delete_asked = Signal(object)
    tune_asked = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.fault, self.list, self.card = FaultLine(), ModelList(theme), QTextBrowser()
        self.encoders = EncoderPage(theme)
        self.buttons = {
            name: QPushButton(text)
            for name, text in (
                ("use", tr("Use")),
                ("default", tr("Set as default")),
                ("compare", tr("Compare two…")),
                ("export", tr("Export…")),
                ("delete", tr("Delete…")),
                ("import", tr("Import…")),
            )
        }
        self._asked: ModelFacts | None = None  # whether to delete it
        self.question, self.question_words = QFrame(), words(name="plan")
        self.yes, self.no = QPushButton(tr("Delete it")), QPushButton(tr("Keep it"))
        self.add(tr("Models"), self._models())
        self.add(tr("Encoders"), self.encoders)
        self._connect()
        self._show_chosen([])

    def _models(self) -> QWidget:
        whole = QWidget()
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 3 * SPACE)
        layout.setSpacing(2 * SPACE)
        row = QHBoxLayout()
        row.setSpacing(2 * SPACE)
        for name, button in self.buttons.items():
            if name == "import":
                row.addStretch(1)
            row.addWidget(button)
        self.buttons["compare"].setToolTip(tr("Choose two models (Ctrl+click), and measure both on a folder"))
        self.question.setObjectName("question")
        asking = QHBoxLayout(self.question)
        asking.addWidget(self.question_words, 1)
        asking.addWidget(self.yes)
        asking.addWidget(self.no)
        self.question.hide()
        self.card.setOpenExternalLinks(False)
        self.card.setAccessibleName(tr("Card of the model"))
        both = QSplitter(Qt.Orientation.Vertical)
        both.setChildrenCollapsible(False)
        both.addWidget(self.list)
        both.addWidget(self.card)
        both.setSizes([220, 400])
        both.setStretchFactor(1, 1)
        layout.addWidget(self.fault)
        layout.addLayout(row)
        layout.addWidget(self.question)
        layout.addWidget(both, 1)
        return whole

    def _connect(self) -> None:
        self.list.chosen.connect(self._show_chosen)
        self.list.cellDoubleClicked.connect(lambda *_: self._ask(self.use_asked))
        for name, signal in (
            ("use", self.use_asked),
            ("default", self.default_asked),
            ("export", self.export_asked),
        ):
            self.buttons[name].clicked.connect(lambda _, signal=signal: self._ask(signal))
        self.buttons["import"].clicked.connect(self.import_asked)
        self.buttons["compare"].clicked.connect(self._compare)
        self.buttons["delete"].clicked.connect(self._ask_to_delete)
        self.no.clicked.connect(self.question.hide)
        self.yes.clicked.connect(self._delete)

    def show_models(self, models: Sequence[ModelFacts], default: str) -> None:
        """Show the models, and which is the default one."""
        self.list.show_models(models, default)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self.list.recolour(theme)
        self.encoders.recolour(theme)

    def _show_chosen(self, models: list[ModelFacts]) -> None:
        self.question.hide()
        one = models[0] if models else None
        for name in ("use", "default", "export"):
            self.buttons[name].setEnabled(one is not None)
        self.buttons["compare"].setEnabled(len(models) == 2)
        self.buttons["delete"].setEnabled(one is not None and not one.shipped)
        self.buttons["delete"].setToolTip(
            tr("It came with the program, and stays") if one and one.shipped else ""
        )
        self.card.setMarkdown(
            (one.card or tr("# {name}\n\nIt has no card.").format(name=one.name))
            if one
            else tr("No model is installed.")
        )

    def _ask(self, signal: SignalInstance) -> None:
        if self.list.selected:
            self.fault.show_fault(None)
            signal.emit(self.list.selected[0])

    def _compare(self) -> None:
        if len(self.list.selected) == 2:
            self.compare_asked.emit(*self.list.selected)

    def _ask_to_delete(self) -> None:
        model = self._asked = self.list.selected[0]
        self.question_words.setText(
            tr(
                "Delete the model {name}? What it has predicted stays in the projects; the model itself "
                "is gone."
            ).format(name=model.name)
        )
        self.question.show()
        self.no.setFocus()

    def _delete(self) -> None:
        self.question.hide()
        self.fault.show_fault(None)
        self.delete_asked.emit(self._asked)
