"""At the right end of the tool bar: which model predicts, and on what it runs. Always visible."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from ..models import ModelFacts
from ..translation import tr
from .predicting import ModelInUse
from .theme import SPACE


class ModelChooser(QWidget):
    """The models that are installed; choosing one makes it the model in use."""

    chosen = Signal(str, str, Path)  # name, id, folder

    def __init__(self) -> None:
        super().__init__()
        self._models: list[tuple[str, str, Path]] = []
        self._box = QComboBox()
        self._box.setAccessibleName(tr("Model"))
        self._box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._box.setMinimumWidth(120)
        self._box.activated.connect(self._choose)
        self._device = QLabel()
        self._device.setObjectName("device")
        self._device.setMinimumWidth(self._device.fontMetrics().horizontalAdvance(tr("loading…  bf16")))
        name = QLabel(tr("Model"))
        name.setObjectName("muted")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * SPACE)
        for widget in (name, self._box, self._device):
            layout.addWidget(widget)
        self.set_models([])

    @property
    def names(self) -> list[str]:
        """The models' names."""
        return [model[0] for model in self._models]

    def set_models(self, models: Sequence[ModelFacts]) -> None:
        """Offer models."""
        self._models = [(model.name, model.id, model.folder) for model in models]
        self._box.clear()
        for index, model in enumerate(models):
            self._box.addItem(model.name)
            self._box.setItemData(index, model.about, 3)  # the tool tip
        self._box.setEnabled(bool(models))
        self._box.setPlaceholderText(tr("none installed"))
        if not models:
            self._device.setText("")

    def choose(self, name: str) -> None:
        """Make the model of this name the one in use; without it, the first one."""
        if self._models:
            names = [model[0] for model in self._models]
            self._box.setCurrentIndex(names.index(name) if name in names else 0)
            self._choose(self._box.currentIndex())

    def show_model(self, model: ModelInUse | None) -> None:
        """Show on what the model in use runs."""
        if model is None:
            self._device.setText("")
            return
        self._device.setText(
            f"{model.device}, {model.precision}" if model.precision else model.device or tr("loading…")
        )
        self._device.setToolTip(
            tr("Device and precision; encoder: {value}").format(value=model.encoder or tr("not loaded yet"))
        )

    def _choose(self, index: int) -> None:
        self.chosen.emit(*self._models[index])
