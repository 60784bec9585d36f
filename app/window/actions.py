"""The one table of actions: menus, tool bar, shortcuts and the list of keys under F1 are all made from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence

from .theme import Theme, icon


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action: its name in code, words, icon, keys, menu, and a sentence that says what it does.

    Attributes:
        menu: a menu's title, or `Menu/Submenu`.
        choice: a value that the handler gets; actions with the same handler and a choice exclude one another.
    """

    name: str
    text: str
    menu: str
    tip: str
    icon: str = ""
    keys: tuple[str, ...] = ()
    checkable: bool = False
    choice: str = ""
    break_before: bool = False

    @property
    def handler(self) -> str:
        """The handler's name: the action's, without its choice."""
        return self.name.partition(":")[0]


def _panel(name: str, text: str, keys: tuple[str, ...] = (), break_before: bool = False) -> ActionSpec:
    tip = f"Show or hide {text}"
    return ActionSpec(
        f"panel:{name}", text[0].upper() + text[1:], "View/Panels", tip, "", keys, True, name, break_before
    )


def _choice(handler: str, menu: str, value: str, text: str, tip: str) -> ActionSpec:
    return ActionSpec(f"{handler}:{value}", text, menu, tip, checkable=True, choice=value)


TOOL_BAR = (
    "open_files",
    "open_folder",
    "",
    "predict",
    "predict_all",
    "export",
    "",
    "zoom_out",
    "zoom_in",
    "show_all",
)

ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec("open_files", "Open recordings…", "File", "Open audio files", "file-plus", ("Ctrl+O",)),
    ActionSpec(
        "open_folder",
        "Open folder…",
        "File",
        "Open all recordings below a folder",
        "folder-open",
        ("Ctrl+Shift+O",),
    ),
    ActionSpec(
        "open_demo", "Open the demo recordings", "File", "Open the recordings that come with the program"
    ),
    ActionSpec(
        "export",
        "Export CSV…",
        "File",
        "Write the predictions in the list to a CSV",
        "export",
        ("Ctrl+E",),
        break_before=True,
    ),
    ActionSpec(
        "remove",
        "Remove from the list",
        "File",
        "Take the recording off the list; its file stays",
        "",
        ("Ctrl+W",),
        break_before=True,
    ),
    ActionSpec("quit", "Quit", "File", "Close the program", "", ("Ctrl+Q",), break_before=True),
    ActionSpec("select_all", "Select all", "Edit", "Select the whole recording", "", ("Ctrl+A",)),
    ActionSpec("select_none", "Select nothing", "Edit", "Drop the selection", "", ("Esc",)),
    ActionSpec(
        "selection_start",
        "Selection from the playhead",
        "Edit",
        "Let the selection begin at the playhead",
        "",
        ("[",),
    ),
    ActionSpec(
        "selection_end",
        "Selection to the playhead",
        "Edit",
        "Let the selection end at the playhead",
        "",
        ("]",),
    ),
    ActionSpec(
        "filter",
        "Filter recordings",
        "Edit",
        "Type a part of a name to shorten the list",
        "",
        ("Ctrl+F",),
        break_before=True,
    ),
    ActionSpec("next_recording", "Next recording", "Edit", "Go to the next recording", "", ("PgDown",)),
    ActionSpec(
        "previous_recording", "Previous recording", "Edit", "Go to the recording before", "", ("PgUp",)
    ),
    ActionSpec(
        "zoom_in",
        "Zoom in",
        "View",
        "Show less time, larger (Ctrl+wheel zooms at the pointer)",
        "magnifying-glass-plus",
        ("+", "=", "Ctrl++", "Ctrl+="),
    ),
    ActionSpec(
        "zoom_out",
        "Zoom out",
        "View",
        "Show more time (Ctrl+wheel zooms at the pointer)",
        "magnifying-glass-minus",
        ("-", "Ctrl+-"),
    ),
    ActionSpec(
        "show_all",
        "Show the whole recording",
        "View",
        "Show the whole recording",
        "arrows-out-line-horizontal",
        ("Ctrl+0", "0"),
    ),
    ActionSpec(
        "show_selection", "Zoom to the selection", "View", "Fill the view with the selection", "", ("Ctrl+L",)
    ),
    ActionSpec(
        "pan_left", "Pan left", "View", "Move the view to earlier times (also the wheel)", "", ("Alt+Left",)
    ),
    ActionSpec(
        "pan_right", "Pan right", "View", "Move the view to later times (also the wheel)", "", ("Alt+Right",)
    ),
    _panel("recordings", "the list of recordings", ("Ctrl+1",)),
    _panel("prediction", "the prediction", ("Ctrl+2",)),
    _panel("overview", "the overview", ("Ctrl+3",), break_before=True),
    _panel("waveform", "the waveform", ("Ctrl+4",)),
    _panel("spectrogram", "the spectrogram", ("Ctrl+5",)),
    _panel("mfcc", "the MFCC", ("Ctrl+6",)),
    _panel("attention", "the attention", ("Ctrl+7",)),
    _choice("scheme", "View/Colours", "system", "Like the system", "Follow the system's light or dark"),
    _choice("scheme", "View/Colours", "light", "Light", "Dark text on light"),
    _choice("scheme", "View/Colours", "dark", "Dark", "Light text on dark"),
    ActionSpec("play", "Play or pause", "Play", "Play from the playhead, or pause", "play", ("Space",)),
    ActionSpec(
        "play_selection",
        "Play the selection",
        "Play",
        "Play the selection, or what is in view",
        "selection",
        ("Shift+Space",),
    ),
    ActionSpec("loop", "Loop", "Play", "Play over and over", "repeat", ("Ctrl+Shift+L",), checkable=True),
    ActionSpec(
        "to_start",
        "To the start",
        "Play",
        "Put the playhead at the start",
        "skip-back",
        ("Home",),
        break_before=True,
    ),
    ActionSpec("to_end", "To the end", "Play", "Put the playhead at the end", "", ("End",)),
    ActionSpec(
        "nudge_left", "Playhead left", "Play", "Move the playhead a little to the left", "", ("Left",)
    ),
    ActionSpec(
        "nudge_right", "Playhead right", "Play", "Move the playhead a little to the right", "", ("Right",)
    ),
    ActionSpec(
        "predict", "Predict", "Predict", "Predict the emotion of this recording", "brain", ("Ctrl+P",)
    ),
    ActionSpec(
        "predict_all",
        "Predict all",
        "Predict",
        "Predict every recording in the list without a prediction",
        "checks",
        ("Ctrl+Shift+P",),
    ),
    ActionSpec(
        "cancel", "Cancel", "Predict", "Stop predicting; what is done is kept", "x-circle", ("Ctrl+.",)
    ),
    ActionSpec(
        "deletion_test",
        "Deletion test",
        "Predict",
        "Does silencing the most relevant 20 % of the time cost more probability than silencing random 20 %?",
        "eraser",
        ("Ctrl+T",),
        break_before=True,
    ),
    _choice("device", "Predict/Device", "auto", "Automatic", "The fastest device there is"),
    _choice("device", "Predict/Device", "cpu", "CPU", "The processor"),
    _choice("device", "Predict/Device", "cuda", "CUDA", "An NVIDIA or AMD graphics card"),
    _choice("device", "Predict/Device", "mps", "MPS", "An Apple graphics processor"),
    ActionSpec("keys", "Keys and mouse", "Help", "Every key and what the mouse does", "keyboard", ("F1",)),
    ActionSpec("about", "About HuMP-CAT Studio", "Help", "Version, licence and where the log is", "info"),
)

MOUSE = (
    ("Click on a plot", "Put the playhead there"),
    ("Drag on a plot", "Select; drag an edge of the selection to move it"),
    ("Shift+drag", "Select from the playhead"),
    ("Middle or right drag, Alt+drag", "Pan"),
    ("Wheel", "Pan"),
    ("Ctrl+wheel", "Zoom at the pointer"),
    ("Drag in the overview", "Move the part in view"),
    ("Drop files or folders on the window", "Open them"),
)

Handler = Callable[..., object]


class Actions(QObject):
    """The actions made from the table, each connected to the handler of its name."""

    def __init__(self, handlers: Mapping[str, Handler], theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._actions: dict[str, QAction] = {}
        groups: dict[str, QActionGroup] = {}
        for spec in ACTIONS:
            action = QAction(spec.text, parent)
            action.setShortcuts([QKeySequence(key) for key in spec.keys])
            action.setCheckable(spec.checkable)
            action.setStatusTip(spec.tip)
            action.setToolTip(tool_tip(spec))
            self._connect(action, spec, handlers[spec.handler])
            if spec.choice and spec.handler != "panel":
                groups.setdefault(spec.handler, QActionGroup(self)).addAction(action)
            self._actions[spec.name] = action
        self.recolour(theme)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def recolour(self, theme: Theme) -> None:
        """Paint the icons in the theme's colours."""
        for spec in ACTIONS:
            if spec.icon:
                colour = "on_accent" if spec.name == "predict" else "text"
                self._actions[spec.name].setIcon(icon(spec.icon, theme, colour))

    @staticmethod
    def _connect(action: QAction, spec: ActionSpec, handler: Handler) -> None:
        if spec.handler == "panel":
            action.toggled.connect(lambda on: handler(spec.choice, on))
        elif spec.choice:
            action.triggered.connect(lambda _: handler(spec.choice))
        elif spec.checkable:
            action.toggled.connect(handler)
        else:
            action.triggered.connect(lambda _: handler())


def tool_tip(spec: ActionSpec) -> str:
    """The sentence with the first key."""
    return f"{spec.tip} ({native_key(spec.keys[0])})" if spec.keys else spec.tip


def native_key(key: str) -> str:
    """A key as this system writes it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
