"""The one table of actions: menus, tool bar, shortcuts and the list of keys in the help are all made from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence

from ..translation import tr
from .theme import Theme, icon


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action: its name in code, words, icon, keys, menu, and a sentence that says what it does.

    Words are in English here, and translated where they are shown.

    Attributes:
        menu: a menu's title, or `Menu/Submenu`.
        choice: a value that the handler gets; checkable actions with the same handler and a choice exclude one another.
        local: whether its keys work only over the sound, since elsewhere they have a meaning of their own.
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
    local: bool = False

    @property
    def handler(self) -> str:
        """The handler's name: the action's, without its choice."""
        return self.name.partition(":")[0]


def _panel(name: str, text: str, keys: tuple[str, ...] = (), break_before: bool = False) -> ActionSpec:
    tip = f"Show or hide {text}"
    return ActionSpec(
        f"panel:{name}", text[0].upper() + text[1:], "View/Panels", tip, "", keys, True, name, break_before
    )


def _choice(
    handler: str, menu: str, value: str, text: str, tip: str, keys: tuple[str, ...] = ()
) -> ActionSpec:
    return ActionSpec(f"{handler}:{value}", text, menu, tip, keys=keys, checkable=True, choice=value)


WORKBENCH = "annotate"
PAGES = (f"page:{WORKBENCH}", "page:live", "page:tune", "page:models")
TOOL_BAR = (
    "",
    "open_files",
    "open_folder",
    "",
    "undo",
    "redo",
    "",
    "predict",
    "predict_all",
    "export",
)


def _label(digit: str) -> ActionSpec:
    tip = f"Give the label of the key {digit}"
    return ActionSpec(
        f"label:{digit}",
        f"Label {digit}",
        "Label",
        tip,
        keys=(digit,),
        choice=digit,
        break_before=digit == "1",
    )


ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec("new_project", "New project…", "File", "Begin an empty project", "", ("Ctrl+N",)),
    ActionSpec("open_project", "Open project…", "File", "Open a project", "", ("Ctrl+Shift+N",)),
    ActionSpec(
        "save_project_as",
        "Save project as…",
        "File",
        "Give the project a place, or go on in a copy; every edit is saved as it is made",
        "",
        ("Ctrl+Shift+S",),
    ),
    ActionSpec(
        "open_backup",
        "Open backup…",
        "File",
        "Open a copy that the program made when the project was opened before",
    ),
    ActionSpec(
        "salvage",
        "Rescue a damaged project…",
        "File",
        "Open what can still be read of a project that cannot be opened",
    ),
    ActionSpec(
        "find_moved", "Find moved recordings…", "File", "Look in a folder for recordings whose files are gone"
    ),
    ActionSpec("close_project", "Close project", "File", "Close the project; it is saved", ""),
    ActionSpec(
        "open_files",
        "Open recordings…",
        "File",
        "Add audio files to the project",
        "file-plus",
        ("Ctrl+O",),
        break_before=True,
    ),
    ActionSpec(
        "open_folder",
        "Open folder…",
        "File",
        "Add all recordings below a folder to the project",
        "folder-open",
        ("Ctrl+Shift+O",),
    ),
    ActionSpec(
        "open_demo", "Open the demo recordings", "File", "Open the recordings that come with the program"
    ),
    ActionSpec(
        "export",
        "Export…",
        "File",
        "Write annotations and predictions into files of other programs, or cut segments out",
        "export",
        ("Ctrl+E",),
        break_before=True,
    ),
    ActionSpec(
        "import",
        "Import annotations…",
        "File",
        "Read annotations of other programs, looked at before anything is done",
        "",
        ("Ctrl+I",),
    ),
    ActionSpec(
        "remove",
        "Remove the recording",
        "File",
        "Take the recording off the project, with its annotations; its file stays",
        "",
        ("Ctrl+Del",),
        break_before=True,
    ),
    ActionSpec(
        "settings",
        "Settings…",
        "File",
        "Default model, device, cache, notifications, language",
        "",
        ("Ctrl+,",),
        break_before=True,
    ),
    ActionSpec("quit", "Quit", "File", "Close the program", "", ("Ctrl+Q",), break_before=True),
    ActionSpec("undo", "Undo", "Edit", "Take the last edit back", "arrow-u-up-left", ("Ctrl+Z",)),
    ActionSpec(
        "redo",
        "Redo",
        "Edit",
        "Make the edit again that was taken back",
        "arrow-u-up-right",
        ("Ctrl+Shift+Z", "Ctrl+Y"),
    ),
    ActionSpec(
        "select_all", "Select all", "Edit", "Select the whole recording", "", ("Ctrl+A",), break_before=True
    ),
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
    _panel("details", "the segment, prediction and statistics", ("Ctrl+2",)),
    _panel("tables", "the table of segments, review and agreement", ("Ctrl+8",)),
    _panel("overview", "the overview", ("Ctrl+3",), break_before=True),
    _panel("waveform", "the waveform", ("Ctrl+4",)),
    _panel("spectrogram", "the spectrogram", ("Ctrl+5",)),
    _panel("intensity", "the intensity", ("Ctrl+9",)),
    _panel("mfcc", "the MFCC", ("Ctrl+6",)),
    _panel("attention", "the attention", ("Ctrl+7",)),
    ActionSpec(
        "plot_options",
        "Plot options…",
        "View",
        "How spectrogram, F0, intensity and MFCC are drawn",
        "",
        ("Ctrl+Shift+V",),
        break_before=True,
    ),
    ActionSpec(
        "copy_plot", "Copy the plot", "View/Pictures", "Put a picture of the plot in hand on the clipboard"
    ),
    ActionSpec("save_plot", "Save the plot…", "View/Pictures", "Save the plot in hand as PNG or SVG"),
    ActionSpec(
        "copy_plots", "Copy all plots", "View/Pictures", "Put a picture of all plots on the clipboard"
    ),
    ActionSpec("save_plots", "Save all plots…", "View/Pictures", "Save all plots as one PNG or SVG"),
    ActionSpec("next_plot", "Next plot", "View", "Give the keyboard to the next plot", "", ("Alt+Down",)),
    ActionSpec(
        "previous_plot", "Previous plot", "View", "Give the keyboard to the plot before", "", ("Alt+Up",)
    ),
    _choice("scheme", "View/Colours", "system", "Like the system", "Follow the system's light or dark"),
    _choice("scheme", "View/Colours", "light", "Light", "Dark text on light"),
    _choice("scheme", "View/Colours", "dark", "Dark", "Light text on dark"),
    ActionSpec("play", "Play or pause", "Play", "Play from the playhead, or pause", "play", ("Space",)),
    ActionSpec(
        "play_selection",
        "Play the selection",
        "Play",
        "Play the selection, else the segment chosen, else what is in view",
        "selection",
        ("Shift+Space",),
    ),
    ActionSpec(
        "loop", "Loop", "Play", "Play that over and over", "repeat", ("Ctrl+Shift+L",), checkable=True
    ),
    ActionSpec(
        "faster", "Faster", "Play", "Play faster; the pitch stays", "", ("Ctrl+Up",), break_before=True
    ),
    ActionSpec("slower", "Slower", "Play", "Play slower; the pitch stays", "", ("Ctrl+Down",)),
    ActionSpec("normal_speed", "Normal speed", "Play", "Play as it was recorded", "", ("Ctrl+Shift+Down",)),
    ActionSpec(
        "play_on_select",
        "Play a segment when it is chosen",
        "Play",
        "Hear each segment that you go to",
        checkable=True,
    ),
    ActionSpec(
        "return_after_playing",
        "Return after playing",
        "Play",
        "The playhead goes back to where playing began",
        checkable=True,
    ),
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
    ActionSpec("label_scheme", "Label scheme…", "Project", "Labels, their colours and keys, ratings"),
    ActionSpec(
        "raters", "Raters…", "Project", "Add, rename and remove raters; copy segments from one to another"
    ),
    ActionSpec(
        "speaker", "Speaker…", "Project", "Say who speaks in the recording, or in all that the list shows"
    ),
    ActionSpec("project_settings", "Settings…", "Project", "The project's label scheme, device and model"),
    ActionSpec(
        "show_table", "Segments", "Project", "Go to the table of segments", "", ("F6",), break_before=True
    ),
    ActionSpec("show_review", "Review", "Project", "Go to the review queue", "", ("F7",)),
    ActionSpec("show_agreement", "Agreement", "Project", "Go to the agreement between raters", "", ("F8",)),
    ActionSpec("new_segment", "New segment", "Segment", "Make a segment at the selection", "", ("Ctrl+B",)),
    ActionSpec(
        "segment_speech",
        "Segment automatically…",
        "Segment",
        "Make segments where somebody speaks",
        "",
        ("Ctrl+Shift+B",),
    ),
    ActionSpec("split", "Split", "Segment", "Split the segment at the pointer or the playhead", "", ("S",)),
    ActionSpec(
        "merge", "Merge", "Segment", "Merge the segments chosen, or this one with the next", "", ("M",)
    ),
    ActionSpec("delete_segments", "Delete", "Segment", "Delete the segments chosen", "", ("Del",)),
    ActionSpec(
        "start_left",
        "Start earlier",
        "Segment",
        "Move the start by 10 ms",
        "",
        ("Ctrl+Left",),
        break_before=True,
    ),
    ActionSpec("start_right", "Start later", "Segment", "Move the start by 10 ms", "", ("Ctrl+Right",)),
    ActionSpec("end_left", "End earlier", "Segment", "Move the end by 10 ms", "", ("Ctrl+Shift+Left",)),
    ActionSpec("end_right", "End later", "Segment", "Move the end by 10 ms", "", ("Ctrl+Shift+Right",)),
    ActionSpec(
        "snap",
        "Snap edges",
        "Segment",
        "Edges snap to other edges, to boundaries of speech and to zero crossings",
        "",
        ("Ctrl+J",),
        checkable=True,
    ),
    ActionSpec(
        "next_segment",
        "Next segment",
        "Segment",
        "Go to the next segment",
        "",
        ("Tab",),
        break_before=True,
        local=True,
    ),
    ActionSpec(
        "previous_segment",
        "Previous segment",
        "Segment",
        "Go to the segment before",
        "",
        ("Shift+Tab",),
        local=True,
    ),
    ActionSpec(
        "next_unlabelled", "Next unlabelled", "Segment", "Go to the next segment without a label", "", ("N",)
    ),
    *(_label(digit) for digit in "123456789"),
    ActionSpec("clear_label", "No label", "Label", "Take the label away", "", ("Backspace",)),
    ActionSpec(
        "accept",
        "Accept the suggestion",
        "Label",
        "Take over what the model suggests",
        "",
        ("Return", "Enter"),
        break_before=True,
        local=True,
    ),
    ActionSpec("unsure", "Unsure", "Label", "Mark doubt, or take the mark away", "", ("U",)),
    ActionSpec(
        "repeat_label", "Repeat on the next", "Label", "Give the next segment the same label", "", ("D",)
    ),
    ActionSpec(
        "advance",
        "Go on after a label",
        "Label",
        "A label leads to the next unlabelled segment",
        "",
        ("Ctrl+G",),
        checkable=True,
    ),
    ActionSpec(
        "predict",
        "Predict",
        "Predict",
        "Predict the segments chosen, else all of this recording",
        "brain",
        ("Ctrl+P",),
    ),
    ActionSpec(
        "predict_all",
        "Predict all",
        "Predict",
        "Predict every segment, and every recording without segments, that has no prediction",
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
    _choice("page", "View", WORKBENCH, "Annotate", "Recordings, segments and labels", ("F2",)),
    _choice("page", "View", "live", "Live", "The microphone: sound, emotion and takes", ("F3",)),
    _choice(
        "page", "View", "tune", "Fine-tune", "A corpus, the model that learns from it, and all jobs", ("F4",)
    ),
    _choice("page", "View", "models", "Models", "The models and the encoders that are here", ("F5",)),
    ActionSpec(
        "listen",
        "Listen, or stop listening",
        "Live",
        "Open the input chosen, or close it",
        "microphone",
        ("F9",),
        break_before=True,
    ),
    ActionSpec(
        "record",
        "Record, or end the take",
        "Live",
        "Record a take into the project, or end it",
        "",
        ("Ctrl+R",),
    ),
    ActionSpec(
        "pause_take", "Pause the take, or go on", "Live", "Leave out what comes now", "", ("Ctrl+Shift+R",)
    ),
    ActionSpec("replay", "Replay a file…", "Live", "Listen to a recording as if it were spoken now"),
    ActionSpec(
        "calibrate", "Calibrate", "Live", "Take this speaker's statistics from the next 20 s of speech"
    ),
    ActionSpec(
        "open_corpus",
        "Open corpus…",
        "Fine-tune",
        "Read a folder of labelled recordings, to fine-tune a model on it",
        "",
        ("Ctrl+Shift+F",),
    ),
    ActionSpec(
        "tune_labels",
        "Fine-tune on my labels…",
        "Fine-tune",
        "Take the labels given in this project as a corpus",
    ),
    ActionSpec(
        "show_jobs",
        "Jobs",
        "Fine-tune",
        "What runs, waits and is done",
        "",
        ("Ctrl+Shift+J",),
        break_before=True,
    ),
    ActionSpec("import_model", "Import model…", "Models", "Take in a model that somebody else has made"),
    ActionSpec("show_encoders", "Encoders", "Models", "Download HuBERT, or add an encoder from a folder"),
    ActionSpec(
        "help", "Help on this view", "Help", "What is in front of you, and how to use it", "question", ("F1",)
    ),
    ActionSpec("keys", "Keys and mouse", "Help", "Every key and what the mouse does", "keyboard"),
    ActionSpec("tour", "Show the tour", "Help", "What the program does, in five cards"),
    ActionSpec("about", "About HuMP-CAT Studio", "Help", "Version, licence and where the log is", "info"),
)

MOUSE = (
    ("Click on a plot", "Put the playhead there"),
    ("Drag on a plot", "Select; drag an edge of the selection to move it"),
    ("Shift+drag", "Select from the playhead"),
    ("Middle or right drag, Alt+drag", "Pan"),
    ("Wheel", "Pan"),
    ("Ctrl+wheel", "Zoom at the pointer"),
    ("Click on a segment", "Choose it; with Ctrl, one more"),
    ("Drag on the rater's lane", "Draw a segment; drag an edge to move it"),
    ("Double click on a segment", "Play it"),
    ("Drag in the overview", "Move the part in view"),
    ("Drop files or folders on the window", "Open them"),
    ("Space or Enter on a button reached with Tab", "Press it; elsewhere Space plays"),
)

LIVE_KEYS = (
    ("A label's digit", "Begin that label in the take, and end the one before; the same digit again ends it"),
)

# What is about the recording in hand, which the page Live does not show; `Menu` or `Menu/Submenu`.
WORKBENCH_MENUS = ("Edit", "View/Panels", "View/Pictures", "Play", "Segment", "Label", "Predict")

# What says something of the recording in hand, or of its segments.
SAYING = tuple(spec.name for spec in ACTIONS if spec.menu in ("Segment", "Label") and not spec.checkable)

Handler = Callable[..., object]


class Actions(QObject):
    """The actions made from the table, each connected to the handler of its name."""

    def __init__(self, handlers: Mapping[str, Handler], theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._actions: dict[str, QAction] = {}
        groups: dict[str, QActionGroup] = {}
        for spec in ACTIONS:
            action = QAction(tr(spec.text), parent)
            action.setShortcuts([QKeySequence(key) for key in spec.keys])
            action.setCheckable(spec.checkable)
            action.setStatusTip(tr(spec.tip))
            action.setToolTip(tool_tip(spec))
            self._connect(action, spec, handlers[spec.handler])
            if spec.local:
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            if spec.choice and spec.checkable and spec.handler != "panel":
                groups.setdefault(spec.handler, QActionGroup(self)).addAction(action)
            self._actions[spec.name] = action
        self.recolour(theme)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def local(self) -> list[QAction]:
        """Those whose keys work only where they are added to."""
        return [self._actions[spec.name] for spec in ACTIONS if spec.local]

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
    return f"{tr(spec.tip)} ({native_key(spec.keys[0])})" if spec.keys else tr(spec.tip)


def native_key(key: str) -> str:
    """A key as this system writes it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
