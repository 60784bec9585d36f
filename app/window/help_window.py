"""F1: a page for each view, shown inside; the keys, made from the table of actions."""

from html import escape
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QImage, QKeySequence, QShortcut, QTextDocument
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

import core_model
from core_model.folders import log_folder, resources_folder

from ..translation import tr
from .actions import ACTIONS, LIVE_KEYS, MOUSE, ActionSpec, native_key
from .theme import SPACE

KEYS, ABOUT, START = "keys", "about", "start"
# In the order of the contents. Those with a file are `resources/help/NAME.md`.
PAGES = {
    START: tr("The program"),
    "walk": tr("A walk, step by step"),
    "annotate": tr("Annotate"),
    "predict": tr("Predict"),
    "agreement": tr("Raters and agreement"),
    "live": tr("Live"),
    "finetune": tr("Fine-tune"),
    "models": tr("Models"),
    "files": tr("Projects and files"),
    "settings": tr("Settings"),
    "commands": tr("The command line"),
    KEYS: tr("Keys and mouse"),
    ABOUT: tr("About"),
}
_ABOUT = tr("Emotion in speech: see it, predict it, and see why. MIT licence.")
_PAPER = (
    "Zhao et al., <i>Leveraging Cross-Attention Transformer and Multi-Feature Fusion for Cross-Linguistic Speech "
    "Emotion Recognition</i>"
)
HELP = "help"  # the property of a widget that names its page
_SIZE, _CONTENTS = QSize(860, 640), 176


class _Page(QTextBrowser):
    """Pictures are as wide as the page has room; a click on one opens it as it is."""

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """A picture of the help's folder."""
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return super().loadResource(kind, name)
        picture = QImage(str(_picture(QUrl(name))))
        ratio = self.devicePixelRatioF()
        room = round(ratio * (self.width() - 12 * SPACE))
        if picture.width() > room > 0:
            picture = picture.scaledToWidth(room, Qt.TransformationMode.SmoothTransformation)
        picture.setDevicePixelRatio(ratio)
        return picture


class HelpWindow(QDialog):
    """A window beside the others, so that it can stay open while one works; it takes no keys from them."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Help"))
        self.setModal(False)
        self.resize(_SIZE)
        self.contents, self.text, self.search = QListWidget(), _Page(), QLineEdit()
        self._visited: list[str] = []
        self.page = ""
        self._lay_out()
        self.contents.currentItemChanged.connect(self._choose)
        self.text.anchorClicked.connect(self._follow)
        self.search.returnPressed.connect(self._find_next)
        for key, act in (
            (QKeySequence.StandardKey.Find, self.search.setFocus),
            (QKeySequence.StandardKey.Back, self.back),
        ):
            QShortcut(QKeySequence(key), self).activated.connect(act)

    def _lay_out(self) -> None:
        self.contents.setAccessibleName(tr("Contents"))
        self.contents.setFixedWidth(_CONTENTS)
        self.contents.setSpacing(2)
        for name, title in PAGES.items():
            item = QListWidgetItem(title)
            item.setData(Qt.ItemDataRole.UserRole, name)
            self.contents.addItem(item)
        self.text.setOpenLinks(False)
        self.search.setPlaceholderText(tr("Find on this page"))
        self.search.setClearButtonEnabled(True)
        right = QVBoxLayout()
        right.addWidget(self.text, 1)
        right.addWidget(self.search)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self.contents)
        layout.addLayout(right, 1)

    def show_page(self, name: str) -> None:
        """Show a page and the window."""
        self._turn_to(name if name in PAGES else START)
        self.show()
        self.raise_()
        self.activateWindow()

    def back(self) -> None:
        """Go to the page before."""
        if self._visited:
            name = self._visited.pop()
            self.page = ""
            self._turn_to(name)

    def _turn_to(self, name: str) -> None:
        if name == self.page:
            return
        if self.page:
            self._visited.append(self.page)
        self.page = name
        self.contents.setCurrentRow(list(PAGES).index(name))
        if name == KEYS:
            self.text.setHtml(keys_as_html())
        elif name == ABOUT:
            self.text.setHtml(about_as_html())
        else:
            self.text.setMarkdown(help_file(name).read_text(encoding="utf-8"))

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self._turn_to(item.data(Qt.ItemDataRole.UserRole))

    def _follow(self, link: QUrl) -> None:
        """Links lead to other pages; those out of the program are opened in the browser."""
        name = link.path().removesuffix(".md")
        if name in PAGES:
            self._turn_to(name)
        elif name.endswith(".png"):
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(_picture(link))))
        elif link.scheme() in ("http", "https"):
            QDesktopServices.openUrl(link)

    def _find_next(self) -> None:
        if not self.text.find(self.search.text()):  # from the beginning again
            self.text.moveCursor(self.text.textCursor().MoveOperation.Start)
            self.text.find(self.search.text())


def _picture(link: QUrl) -> Path:
    return resources_folder() / "help" / link.path()


def help_file(name: str) -> Path:
    """A page's file: in the language of the window where somebody has translated it, else in English."""
    folder = resources_folder() / "help"
    translated = folder / tr("en") / f"{name}.md"  # a translation names its folder by the language's code
    return translated if translated.is_file() else folder / f"{name}.md"


def page_at(widget: QWidget | None) -> str:
    """The page of the view that a widget belongs to."""
    while widget is not None:
        if name := widget.property(HELP):
            return str(name)
        widget = widget.parentWidget()
    return START


def page_here() -> str:
    """The page of the view in which the keyboard is."""
    return page_at(QApplication.focusWidget() or QApplication.activeModalWidget())


def help_on(dialog: QDialog, page: str) -> None:
    """Let F1 lead to a page in a dialog, which keeps keys from the window behind it."""
    dialog.setProperty(HELP, page)

    def show() -> None:
        # One of its own: a dialog that has to be answered blocks the window's.
        (dialog.findChild(HelpWindow) or HelpWindow(dialog)).show_page(page_here())

    QShortcut(QKeySequence(Qt.Key.Key_F1), dialog).activated.connect(show)


def keys_as_html() -> str:
    """A table for each menu, then the mouse."""
    parts = []
    for menu in dict.fromkeys(spec.menu.partition("/")[0] for spec in ACTIONS):
        specs = [
            spec for spec in ACTIONS if spec.menu.partition("/")[0] == menu and (spec.keys or not spec.choice)
        ]
        parts.append(_table(tr(menu), [(_keys(spec.keys), _words(spec)) for spec in specs]))
    for title, rows in ((tr("On the page Live"), LIVE_KEYS), (tr("Mouse"), MOUSE)):
        parts.append(_table(title, [(tr(act), tr(does)) for act, does in rows]))
    return "".join(parts)


def about_as_html() -> str:
    """Version, licence, the log."""
    return (
        f"<h2>{tr('HuMP-CAT Studio')} {escape(core_model.__version__)}</h2><p>{_ABOUT}</p>"
        f"<p>{tr('The network follows {paper}.').format(paper=_PAPER)}</p>"
        f"<p>{tr('The log is in {folder}.').format(folder=escape(str(log_folder())))}</p>"
    )


def _keys(keys: tuple[str, ...]) -> str:
    return tr(" or ").join(native_key(key) for key in keys)


def _words(spec: ActionSpec) -> str:
    text, tip = tr(spec.text).rstrip("…"), tr(spec.tip)
    return tip if spec.handler == "panel" or tip.startswith(text) else f"{text}: {tip}"


def _table(title: str, rows: list[tuple[str, str]]) -> str:
    lines = "".join(
        f"<tr><td width='34%' style='padding:2px 12px 2px 0'><b>{escape(key)}</b></td>"
        f"<td style='padding:2px'>{escape(text)}</td></tr>"
        for key, text in rows
    )
    return f"<h3>{escape(title)}</h3><table width='100%'>{lines}</table>"
