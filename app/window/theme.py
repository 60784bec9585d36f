"""Light and dark: the colours of `resources/styles`, the style sheet made from them, and icons in the text's colour."""

import json
import re
from dataclasses import dataclass

import qtawesome
from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPalette
from PySide6.QtWidgets import QApplication

from core_model.folders import cache_folder, resources_folder

SPACE = 4  # px; every margin and gap is a multiple
SCHEMES = {"system": Qt.ColorScheme.Unknown, "light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
_KEY = "view/scheme"


@dataclass(frozen=True, slots=True)
class Theme:
    """One set of colours by name, as in the style sheet."""

    name: str
    colours: dict[str, str]

    def colour(self, name: str, alpha: int = 255) -> QColor:
        """A colour as Qt wants it."""
        colour = QColor(self.colours[name])
        colour.setAlpha(alpha)
        return colour

    @property
    def dark(self) -> bool:
        """Whether light text stands on a dark ground."""
        return self.name == "dark"


def read_theme(name: str) -> Theme:
    """Read `light` or `dark` from the resources."""
    path = resources_folder() / "styles" / f"{name}.json"
    return Theme(name, json.loads(path.read_text(encoding="utf-8")))


def style_sheet(theme: Theme, point_size: float) -> str:
    """The style sheet with the theme's colours in place of their @names."""
    source = (resources_folder() / "styles" / "studio.qss").read_text(encoding="utf-8")
    plot = theme.colour("panel")
    values = {
        **theme.colours,
        "heading": f"{point_size + 2:g}pt",
        "plot_caption": f"rgba({plot.red()}, {plot.green()}, {plot.blue()}, 235)",
        "down_arrow": _picture("ph.caret-down-bold", theme.colours["muted"]),
        "up_arrow": _picture("ph.caret-up-bold", theme.colours["muted"]),
        "check": _picture("ph.check-bold", theme.colours["on_accent"]),
    }
    return re.sub(r"@(\w+)", lambda found: values[found.group(1)], source)


def _picture(name: str, colour: str) -> str:
    """An icon as a file, since style sheets take images from files only."""
    path = cache_folder() / f"{name.removeprefix('ph.')}-{colour.removeprefix('#')}.png"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        qtawesome.icon(name, color=colour).pixmap(24, 24).save(str(path))
    return path.as_posix()


class Themes(QObject):
    """The theme in use; follows the system's colour scheme unless the user chose one."""

    changed = Signal(Theme)

    def __init__(self, application: QApplication, settings: QSettings) -> None:
        super().__init__(application)
        self._application, self._settings = application, settings
        application.setStyle("Fusion")
        application.styleHints().setColorScheme(SCHEMES[self.choice])
        self.current = read_theme(self._wanted())
        self._apply()
        application.styleHints().colorSchemeChanged.connect(self._follow)

    @property
    def choice(self) -> str:
        """What the user chose: system, light or dark."""
        choice = str(self._settings.value(_KEY, "system"))
        return choice if choice in SCHEMES else "system"

    def choose(self, choice: str) -> None:
        """Take `choice` from now on."""
        self._settings.setValue(_KEY, choice)
        self._application.styleHints().setColorScheme(SCHEMES[choice])
        self._follow()

    def _wanted(self) -> str:
        if self.choice != "system":
            return self.choice
        return "dark" if self._application.styleHints().colorScheme() == Qt.ColorScheme.Dark else "light"

    def _follow(self) -> None:
        if self._wanted() != self.current.name:
            self.current = read_theme(self._wanted())
            self._apply()
            self.changed.emit(self.current)

    def _apply(self) -> None:
        self._application.setPalette(_palette(self.current))
        size = self._application.font().pointSizeF()
        self._application.setStyleSheet(style_sheet(self.current, size if size > 0 else 10))


def _palette(theme: Theme) -> QPalette:
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: "window",
        QPalette.ColorRole.Base: "panel",
        QPalette.ColorRole.AlternateBase: "raised",
        QPalette.ColorRole.Button: "raised",
        QPalette.ColorRole.Highlight: "accent",
        QPalette.ColorRole.HighlightedText: "on_accent",
        QPalette.ColorRole.PlaceholderText: "muted",
        QPalette.ColorRole.Link: "accent",
        QPalette.ColorRole.ToolTipBase: "raised",
    }
    text = (
        QPalette.ColorRole.WindowText,
        QPalette.ColorRole.Text,
        QPalette.ColorRole.ButtonText,
        QPalette.ColorRole.ToolTipText,
    )
    for role, name in (*roles.items(), *((role, "text") for role in text)):
        palette.setColor(role, theme.colour(name))
    for role in text:
        palette.setColor(QPalette.ColorGroup.Disabled, role, theme.colour("disabled"))
    return palette


def icon(name: str, theme: Theme, colour: str = "text") -> QIcon:
    """An icon of the one family (Phosphor), in one of the theme's colours."""
    return qtawesome.icon(f"ph.{name}", color=theme.colours[colour], color_disabled=theme.colours["disabled"])
