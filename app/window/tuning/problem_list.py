"""What is wrong with a corpus, in groups, each with what to do about it; and what gives no utterance."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem

from ...corpora.corpus_table import CorpusTable, LeftOut, ProblemGroup
from ...translation import counted, tr
from ..keys import ENTER

_MOST = 200  # of one kind; more would take long to build and nobody reads them
_ROW = Qt.ItemDataRole.UserRole


class ProblemList(QTreeWidget):
    """A kind of problem, below it the files; Enter or a double click goes to a file."""

    row_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setHeaderLabels([tr("Problem"), tr("What to do, or what was found")])
        self.setColumnWidth(0, 380)
        self.setAlternatingRowColors(False)
        self.setAccessibleName(tr("Problems of the corpus"))
        self.itemActivated.connect(lambda item, _: self._go_to(item))

    def show_problems(
        self, table: CorpusTable, problems: Sequence[ProblemGroup] | None, left_out: Sequence[LeftOut]
    ) -> None:
        """Show problems found by listening (None: not listened yet) and files that are left out."""
        self.clear()
        for group in problems or ():
            number = sum(len(rows) for rows, _ in group.found)
            top = self._group(f"{counted(number, 'file')}: {group.title}", group.todo)
            for rows, detail in group.found[:_MOST]:
                names = ", ".join(table.files[row] for row in rows)
                self._child(top, names, detail, rows[0])
            if len(group.found) > _MOST:
                self._child(
                    top,
                    tr("and {value} more").format(value=len(group.found) - _MOST),
                    tr("humpcat corpus inspect FOLDER --check --json OUT"),
                    None,
                )
        for left in sorted(left_out, key=lambda each: each.harmless):
            top = self._group(tr("{files} left out").format(files=counted(left.count, "file")), _why(left))
            for name in left.examples:
                self._child(top, name, "", None)
            if left.count > len(left.examples):
                self._child(
                    top, tr("and {value} more").format(value=left.count - len(left.examples)), "", None
                )
        if not self.topLevelItemCount():
            said = (
                tr("No problem was found.")
                if problems is not None
                else tr("The sound has not been checked yet.")
            )
            self._group(said, "" if problems is not None else tr("Press Check the sound."))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes to the file, or opens the group."""
        item = self.currentItem()
        if item is not None and event.key() in ENTER:
            self._go_to(item)
        else:
            super().keyPressEvent(event)

    def _group(self, title: str, todo: str) -> QTreeWidgetItem:
        item = QTreeWidgetItem([title, todo])
        font = item.font(0)
        font.setBold(True)
        item.setFont(0, font)
        item.setToolTip(1, todo)
        self.addTopLevelItem(item)
        return item

    def _child(self, parent: QTreeWidgetItem, name: str, detail: str, row: int | None) -> None:
        item = QTreeWidgetItem([name, detail])
        item.setToolTip(0, name)
        item.setData(0, _ROW, row)
        parent.addChild(item)

    def _go_to(self, item: QTreeWidgetItem) -> None:
        row = item.data(0, _ROW)
        if isinstance(row, int):
            self.row_chosen.emit(row)
        else:
            item.setExpanded(not item.isExpanded())


def _why(left: LeftOut) -> str:
    """Why files give no utterance, and what to do about it, where something can be done here."""
    if "label map" in left.reason:
        return tr("{reason}: give the word a label on the tab Labels").format(reason=left.reason)
    return left.reason
