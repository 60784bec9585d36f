"""The segments of the project in hand, for all that list them: one list, built when it is first looked at."""

from PySide6.QtCore import QObject, Signal

from core_model.project.edit import Edit
from core_model.project.project import Project

from ..editor import Editor
from ..segment_list import ListChange, SegmentList


class Segments(QObject):
    """Made once; follows the editor and the model in use."""

    replaced = Signal()  # another project is in hand, or none
    changed = Signal(object)  # a ListChange
    model_changed = Signal()  # told after what it changed

    def __init__(self, editor: Editor, parent: QObject) -> None:
        super().__init__(parent)
        self._editor = editor
        self._model_id: str | None = None
        self._list: SegmentList | None = None
        editor.project_changed.connect(self._forget)
        editor.changed.connect(self._follow)

    def get(self) -> SegmentList | None:
        """The list; building it takes 0.1 s for 10 000 segments, which nobody pays who looks at no list."""
        project = self._editor.project
        if self._list is None and project is not None:
            self._list = SegmentList(project, self._model_id)
        return self._list

    def use_model(self, model_id: str | None) -> None:
        """Suggestions of every other model are stale from now on."""
        if model_id == self._model_id:
            return
        self._model_id = model_id
        if self._list is not None:
            self._tell(self._list.use_model(model_id))
        self.model_changed.emit()

    def _forget(self, _: Project | None) -> None:
        self._list = None
        self.replaced.emit()

    def _follow(self, edit: Edit) -> None:
        if self._list is not None:
            self._tell(self._list.follow(edit))

    def _tell(self, change: ListChange) -> None:
        if change:
            self.changed.emit(change)
