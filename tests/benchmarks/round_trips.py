"""What of a project survives each format: out to files, read there by that format's own reader, and into a new project.

python tests/benchmarks/round_trips.py [SEGMENTS]

Prints a table in Markdown. "Read by" counts the labelled segments whose rater, bounds (to 1 ms) and label another
library sees as the project has them.
"""

import json
import random
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import audformat
import pandas
from praatio import textgrid as praatio
from pympi import Eaf

from core_model.exchange.content import content_of
from core_model.exchange.exporting import ExportOrder, prepare_export, write_prepared
from core_model.exchange.importing import import_edit, plan_import, usual_choices
from core_model.exchange.outgoing import Scope
from core_model.exchange.reading import read_incoming
from core_model.facts import WindowPrediction
from core_model.formats.entry import GOLD, PREDICTION
from core_model.formats.registry import Options, format_named
from core_model.project.edit import Edit, added
from core_model.project.project import Project
from core_model.project.rows import AnnotationRow, PredictionRow, RaterRow, RecordingRow, Row

SEGMENTS = 3000
LABELS = ("angry", "happy", "neutral", "sad", "überrascht, sehr")
RATES = (16_000, 44_100, 48_000, 192_000)
RATERS = {1: "Anna", 2: "A. Zoë", 3: GOLD}
NOTES = ("", "", "plain", 'with "quotes", commas;\nand a second line', "声 – tab\there")
SHARES = (0.5, 0.25, 0.125, 0.0625, 0.0625)

Seen = Iterator[tuple[str, str, float, float, str]]  # recording's stem, rater, start, end, label


@dataclass(frozen=True, slots=True)
class Way:
    """A format as it is written here, where to, and what reads it."""

    name: str
    format: str
    target: str
    reader: str
    read: Callable[[Path], Seen]
    options: Options = Options()  # noqa: RUF009 - frozen
    predictions: bool = True


def study(path: Path, segments: int) -> Project:
    """A project of recordings at four rates; random bounds, every field in use. No sound is needed."""
    chosen = random.Random(1)
    rows: list[Row] = [RaterRow(2, RATERS[2]), RaterRow(3, "gold", GOLD)]
    tiers = [(recording, rater) for recording in range(1, len(RATES) + 1) for rater in RATERS]
    each = segments // len(tiers)
    rows += [
        RecordingRow(
            n, path.parent / "audio" / f"talk {n}.wav", "", 1, rate, 1, rate * 2 * (each + 1), f"S{n}"
        )
        for n, rate in enumerate(RATES, 1)
    ]
    for recording, rater in tiers:
        rate = RATES[recording - 1]
        for at in range(each):
            start = round(rate * (2 * at + chosen.random()))
            end = 2 * rate * (at + 1) if at % 3 == 0 else start + chosen.randrange(rate // 20, rate)
            number = len(rows)
            said = [None if chosen.random() < 0.3 else chosen.randint(1, 7) for _ in range(3)]
            label = None if chosen.random() < 0.1 else chosen.choice(LABELS)
            rows.append(
                AnnotationRow(
                    number, recording, rater, start, end, label, *said, note=chosen.choice(NOTES),
                    unsure=chosen.random() < 0.1,
                )
            )  # fmt: skip
            if rater == 1:
                window = (WindowPrediction(start / rate, end / rate, SHARES),)
                rows.append(
                    PredictionRow(number, recording, start, end, LABELS, SHARES, window, "default", "id")
                )
    project = Project.create(path, RATERS[1])
    project.apply(Edit("made", added(rows)))
    return project


# Other libraries' readers


def by_pandas(path: Path) -> Seen:
    """The columns of a labelled CSV."""
    frame = pandas.read_csv(path, keep_default_na=False)
    for row in frame.to_dict("records"):
        yield Path(row["file"]).stem, row["rater"], float(row["start"]), float(row["end"]), row["emotion"]


def by_audformat(path: Path) -> Seen:
    """The tables of a database."""
    database = audformat.Database.load(str(path), load_data=True)
    for table in database.tables.values():
        rater = table.columns["emotion"].rater_id
        for (file, start, end), label in table.get()["emotion"].items():
            said = "" if pandas.isna(label) else label
            yield Path(file).stem, rater, start.total_seconds(), end.total_seconds(), said


def by_audformat_utils(path: Path) -> Seen:
    """One table with audformat's index."""
    frame = audformat.utils.read_csv(str(path))
    for (file, start, end), row in frame.iterrows():
        said = "" if pandas.isna(row["emotion"]) else row["emotion"]
        yield Path(file).stem, row["rater"], start.total_seconds(), end.total_seconds(), said


def by_praatio(folder: Path) -> Seen:
    """The tiers of labels of TextGrids."""
    for path in sorted(folder.glob("*.TextGrid")):
        grid = praatio.openTextgrid(str(path), includeEmptyIntervals=False)
        for name in (name for name in grid.tierNames if "/" not in name):
            for start, end, label in grid.getTier(name).entries:
                yield path.stem, name, start, end, label


def by_pympi(folder: Path) -> Seen:
    """The tiers of labels of ELAN's documents."""
    for path in sorted(folder.glob("*.eaf")):
        document = Eaf(str(path))
        for name in (name for name in document.get_tier_names() if "@" not in name):
            for start, end, label in document.get_annotation_data_for_tier(name):
                yield path.stem, name, start / 1000, end / 1000, label


def by_lines(folder: Path) -> Seen:
    """Audacity's lines: two times and a label between tabs; the rater is in the file's name."""
    for path in sorted(folder.glob("*.txt")):
        stem, _, rater = path.stem.partition(".")
        for line in path.read_text(encoding="utf-8").splitlines():
            start, end, label = line.split("\t")
            yield stem, rater, float(start), float(end), label


def by_pandas_raven(folder: Path) -> Seen:
    """Raven's table."""
    for path in sorted(folder.glob("*.selections.txt")):
        for row in pandas.read_csv(path, sep="\t", keep_default_na=False, quoting=3).to_dict("records"):
            times = float(row["Begin Time (s)"]), float(row["End Time (s)"])
            yield Path(row["Begin File"]).stem, row["Rater"], *times, row["Emotion"]


def by_json(path: Path) -> Seen:
    """Label Studio's tasks: each annotation's regions."""
    for task in json.loads(path.read_text(encoding="utf-8")):
        stem = Path(task["data"]["audio"]).stem
        for kind in ("annotations", "predictions"):
            for given in task[kind]:
                rater = PREDICTION if kind == "predictions" else given["result"][0]["value"]["text"][0]
                for item in given["result"]:
                    value = item["value"]
                    if item["type"] == "labels":
                        yield stem, rater, value["start"], value["end"], "".join(value["labels"])


WAYS = (
    Way("Labelled CSV", "csv", "o.csv", "pandas", by_pandas),
    Way("audformat database", "audformat", "db", "audformat", by_audformat),
    Way("audformat table", "audformat-csv", "t.csv", "audformat.utils", by_audformat_utils),
    Way("TextGrid, long, UTF-8", "textgrid", "grids", "praatio", by_praatio),
    Way("TextGrid, short, UTF-8", "textgrid", "grids", "praatio", by_praatio, Options(short=True)),
    Way("TextGrid, long, UTF-16", "textgrid", "grids", "praatio", by_praatio, Options(utf16=True)),
    Way(
        "TextGrid, short, UTF-16", "textgrid", "grids", "praatio", by_praatio, Options(short=True, utf16=True)
    ),
    Way("ELAN", "eaf", "eaf", "pympi", by_pympi),
    Way("Audacity labels", "audacity", "tracks", "its lines", by_lines, predictions=False),
    Way("Raven table", "raven", "raven", "pandas", by_pandas_raven),
    Way("Label Studio JSON", "label-studio", "o.json", "json", by_json),
)


def trip(project: Project, way: Way, folder: Path) -> list[str]:
    """One row of the table."""
    target = folder / way.target
    order = ExportOrder(target, way.format, Scope(predictions=way.predictions), way.options)
    write_prepared(prepare_export(content_of(project), order))
    seen = _seen(project, list(way.read(target)))
    other = Project.create(folder / "other.humpcat", RATERS[1])
    try:
        other.apply(Edit("recordings", added(replace(row, speaker="") for row in project.recordings)))
        content = content_of(other)
        incoming = read_incoming([target], content)
        plan = plan_import(content, incoming, usual_choices(content, incoming))
        other.apply(import_edit(other, plan))
        return [way.name, *_kept(project, other, way), f"{way.reader}: {seen}"]
    finally:
        other.close()


def _kept(project: Project, other: Project, way: Way) -> list[str]:
    mine, theirs = _by_place(project), _by_place(other)
    carries = {*format_named(way.format).carries, "label"}
    pairs = _pairs(mine, theirs)
    apart = [
        max(abs(a.start - b.start), abs(a.end - b.end)) / project.recording(a.recording).rate
        for a, b in pairs
    ]
    exact = sum(time == 0 for time in apart)
    bounds = (
        "to the sample"
        if exact == len(pairs)
        else f"{exact} to the sample, others to {max(apart) * 1e3:.1f} ms"
    )
    cells = [f"{len(pairs)} of {sum(map(len, mine.values()))}", bounds]
    for names in (("label",), ("valence", "arousal", "dominance"), ("note",), ("unsure",)):
        same = sum(all(getattr(a, name) == getattr(b, name) for name in names) for a, b in pairs)
        left = f"{same} of {len(pairs)}" if carries.issuperset(names) else "not kept"
        cells.append("all" if same == len(pairs) else left)
    raters = {rater.name for rater in other.raters} == {rater.name for rater in project.raters}
    cells.append("all" if raters else "some")
    cells.append(f"{len(other.predictions)} of {len(project.predictions)}" if way.predictions else "not kept")
    return cells


def _by_place(project: Project) -> dict[tuple[int, str], list[AnnotationRow]]:
    """Each rater's segments of each recording, by start."""
    return {
        (recording.id, rater.name): project.annotations_of(recording.id, rater.id)
        for recording in project.recordings
        for rater in project.raters
    }


def _pairs(
    mine: dict[tuple[int, str], list[AnnotationRow]], theirs: dict[tuple[int, str], list[AnnotationRow]]
) -> list[tuple[AnnotationRow, AnnotationRow]]:
    """Segments that are at one place in the order of their tier, where nothing is missing from it."""
    return [
        pair
        for place, rows in mine.items()
        if len(rows) == len(theirs.get(place, ()))
        for pair in zip(rows, theirs[place], strict=True)
    ]


def _seen(project: Project, found: list[tuple[str, str, float, float, str]]) -> str:
    """How many labelled segments another reader sees as the project has them."""
    names = {rater.id: rater.name for rater in project.raters}
    places: dict[tuple[str, str, str], list[tuple[float, float]]] = {}
    for stem, rater, start, end, label in found:
        places.setdefault((stem, rater, label), []).append((start, end))
    right = total = 0
    for row in project.annotations:
        recording = project.recording(row.recording)
        if row.label is None:
            continue
        total += 1
        span = row.start / recording.rate, row.end / recording.rate
        there = places.get((recording.path.stem, names[row.rater], row.label), ())
        right += any(abs(span[0] - start) < 1e-3 and abs(span[1] - end) < 1e-3 for start, end in there)
    return f"{right} of {total}"


def main() -> None:
    """Every format once."""
    warnings.simplefilter("ignore")  # audformat's, of pandas' ways
    segments = int(sys.argv[1]) if len(sys.argv) > 1 else SEGMENTS
    names = [
        "format",
        "segments",
        "bounds",
        "labels",
        "ratings",
        "notes",
        "unsure",
        "raters",
        "predictions",
        "read by",
    ]
    say = sys.stdout.write
    say(f"| {' | '.join(names)} |\n|{' --- |' * len(names)}\n")
    with tempfile.TemporaryDirectory() as place:
        project = study(Path(place) / "study.humpcat", segments)
        for number, way in enumerate(WAYS):
            folder = Path(place) / str(number)
            folder.mkdir()
            say(f"| {' | '.join(trip(project, way, folder))} |\n")
            sys.stdout.flush()
        project.close()


if __name__ == "__main__":
    main()
