"""F1: every key and what the mouse does, made from the table of actions."""

from html import escape

from PySide6.QtWidgets import QDialog, QTextBrowser, QVBoxLayout, QWidget

import core_model
from core_model.folders import log_folder

from .actions import ACTIONS, LIVE_KEYS, MOUSE, ActionSpec, native_key
from .theme import SPACE


class HelpWindow(QDialog):
    """A window beside the main one, so that it can stay open while one works."""

    def __init__(self, title: str, html: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.resize(640, 640)
        self._text = QTextBrowser()
        self._text.setOpenExternalLinks(True)
        self._text.setHtml(html)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        layout.addWidget(self._text)


def keys_as_html() -> str:
    """A table for each menu, then the mouse."""
    parts = []
    for menu in dict.fromkeys(spec.menu.partition("/")[0] for spec in ACTIONS):
        specs = [
            spec for spec in ACTIONS if spec.menu.partition("/")[0] == menu and (spec.keys or not spec.choice)
        ]
        parts.append(_table(menu, [(_keys(spec.keys), _words(spec)) for spec in specs]))
    return "".join([*parts, _table("On the page Live", list(LIVE_KEYS)), _table("Mouse", list(MOUSE))])


def about_as_html() -> str:
    """Version, licence, the log."""
    return (
        f"<h2>HuMP-CAT Studio {escape(core_model.__version__)}</h2>"
        "<p>Emotion in speech: see it, predict it, and see why. MIT licence.</p>"
        "<p>The network follows Zhao et al., <i>Leveraging Cross-Attention Transformer and Multi-Feature Fusion for "
        "Cross-Linguistic Speech Emotion Recognition</i>.</p>"
        f"<p>The log is in {escape(str(log_folder()))}.</p>"
    )


def _keys(keys: tuple[str, ...]) -> str:
    return " or ".join(native_key(key) for key in keys)


def _words(spec: ActionSpec) -> str:
    text = spec.text.rstrip("…")
    return spec.tip if spec.handler == "panel" or spec.tip.startswith(text) else f"{text}: {spec.tip}"


def _table(title: str, rows: list[tuple[str, str]]) -> str:
    lines = "".join(
        f"<tr><td width='34%' style='padding:2px 12px 2px 0'><b>{escape(key)}</b></td>"
        f"<td style='padding:2px'>{escape(text)}</td></tr>"
        for key, text in rows
    )
    return f"<h3>{escape(title)}</h3><table width='100%'>{lines}</table>"
