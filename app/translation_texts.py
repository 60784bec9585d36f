"""What there is to translate: `python -m app.translation_texts de` writes or brings up to date humpcat_de.ts.

Qt's own collector of texts knows the methods of its classes only, not one function for all texts. Qt Linguist opens the
file; `pyside6-lrelease` makes of it what the program loads. See the README, "Another language".
"""

import ast
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

from core_model.exchange.importing import What
from core_model.files import write_aside
from core_model.folders import resources_folder
from core_model.formats.registry import FORMATS
from core_model.label_schemes import RATINGS
from training_jobs.jobs.state import ENDED, QUEUED, RUNNING

from .display.plot_options import COLOUR_MAPS
from .translation import CONTEXT
from .window.actions import ACTIONS, LIVE_KEYS, MOUSE
from .window.segment_table import COLUMNS

_NUMERUS = "%n {}(s)"


def texts() -> dict[str, bool]:
    """All texts of the window, and whether each depends on a number; in the order of the modules."""
    found: dict[str, bool] = {}
    for spec in ACTIONS:
        found |= dict.fromkeys((*spec.menu.split("/"), spec.text, spec.tip), False)
    found |= dict.fromkeys((text for pair in (*MOUSE, *LIVE_KEYS) for text in pair), False)
    found |= dict.fromkeys(_named_elsewhere(), False)
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        found |= dict(_in_module(path.read_text(encoding="utf-8")))
    return found


def _named_elsewhere() -> Iterator[str]:
    """Words that are data of the libraries, and shown as they are called there."""
    statuses = (*ENDED, QUEUED, RUNNING)
    names = (*RATINGS, *(what.value for what in What), *statuses, "undo", "redo", "device", "model")
    yield from (name.capitalize() for name in names)
    yield from (column.name.capitalize() for column in COLUMNS)
    yield from COLOUR_MAPS.values()
    yield from (kind.words for kind in FORMATS)
    yield from ("Tunes", "Trains", "Recordings", "Details", "Tables")


def _in_module(source: str) -> Iterator[tuple[str, bool]]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        words = [each.value if isinstance(each, ast.Constant) else None for each in node.args]
        if node.func.id == "tr" and words and isinstance(words[0], str):
            yield words[0], False
        elif node.func.id == "counted" and len(words) > 1 and isinstance(words[1], str):
            yield _NUMERUS.format(words[1]), True


def write_texts(path: Path, language: str) -> int:
    """Write all texts to a .ts file, with the translations that it has already; how many have none yet.

    Raises:
        HumpcatError: it cannot be written.
    """
    known = _known(path)
    root = ElementTree.Element("TS", version="2.1", language=language, sourcelanguage="en")
    context = ElementTree.SubElement(root, "context")
    ElementTree.SubElement(context, "name").text = CONTEXT
    wanting = 0
    for text, numerus in texts().items():
        message = ElementTree.SubElement(context, "message", {"numerus": "yes"} if numerus else {})
        ElementTree.SubElement(message, "source").text = text
        if text in known:
            message.append(known[text])
        else:
            wanting += 1
            translation = ElementTree.SubElement(message, "translation", type="unfinished")
            if numerus:
                ElementTree.SubElement(translation, "numerusform")
    ElementTree.indent(root)
    with write_aside(path) as aside:
        content = ElementTree.tostring(root, encoding="unicode")
        aside.write_text(
            f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{content}\n', encoding="utf-8"
        )
    return wanting


def _known(path: Path) -> dict[str, ElementTree.Element]:
    """The translations that a file has, by their texts."""
    if not path.is_file():
        return {}
    found = {}
    for message in ElementTree.parse(path).iter("message"):
        translation = message.find("translation")
        if translation is not None and translation.get("type") != "unfinished":
            found[message.findtext("source", "")] = translation
    return found


def main(languages: Sequence[str]) -> int:
    """Write the files of some languages."""
    if not languages:
        sys.stderr.write("usage: python -m app.translation_texts LANGUAGE ...\n")
        return 2
    for language in languages:
        path = resources_folder() / "translations" / f"humpcat_{language}.ts"
        sys.stdout.write(f"{path}: {write_texts(path, language)} texts are not translated yet\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
