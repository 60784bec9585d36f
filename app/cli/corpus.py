"""`humpcat corpus inspect`: what a folder holds, before anything is learnt from it."""

import argparse
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from core_model.files import write_json
from core_model.wording import counted
from training_jobs.audio_checks import ADVICE, AudioChecks, check_audio
from training_jobs.corpora.inspection import Count, Inspection, describe_files, inspect_corpus
from training_jobs.corpora.label_maps import parse_changes, write_label_map
from training_jobs.corpora.reading import check_changes, corpus_names, label_map_or_none, open_corpus
from training_jobs.manifest import write_manifest
from training_jobs.parallel import Progress as OnProgress

_MOST_SPEAKERS = 40
_MOST_PROBLEMS = 10


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser("corpus", help="look into a corpus folder")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    action = actions.add_parser(
        "inspect",
        help="what corpus it is, what it holds, what is left out and why",
        description="Recognise a corpus by its files, count labels, speakers, genders, durations and rates (from the "
        "headers), and tell what is left out and why.",
    )
    action.add_argument("source", metavar="DIR", type=Path, help="a corpus folder, or a table (.csv, .tsv)")
    action.add_argument("--corpus", help=f"what it is, where its files do not tell ({corpus_names()})")
    add_map_options(action)
    action.add_argument(
        "--map-out",
        type=Path,
        metavar="CSV",
        help="write the label map in use, to be edited and given to --map",
    )
    action.add_argument(
        "--csv", type=Path, metavar="OUT", help="write the manifest: a row for each utterance"
    )
    action.add_argument(
        "--json", type=Path, metavar="OUT", help="write all that is shown, and each skipped file"
    )
    action.add_argument(
        "--check",
        action="store_true",
        help="also listen: unreadable, silent, clipped, too short, identical audio",
    )
    action.set_defaults(run=run_inspect)


def add_map_options(parser: argparse.ArgumentParser) -> None:
    """The options that say which of our labels a corpus' words become."""
    parser.add_argument(
        "--map", type=Path, metavar="CSV", help="another table from the corpus' words to labels (word,label)"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="WORD=LABEL",
        help="the label of one of the corpus' words; WORD= leaves it out (may be given several times)",
    )


def run_inspect(arguments: argparse.Namespace) -> int:
    """Read, count, show; write what was asked for."""
    changes = parse_changes(arguments.set)
    reading = open_corpus(arguments.source, arguments.corpus, label_map_or_none(arguments.map), changes)
    check_changes([reading], changes)
    with _bar("Reading headers") as progress:
        inspection = inspect_corpus(reading, progress)
    checks = None
    if arguments.check:
        with _bar("Listening") as progress:
            checks = check_audio(inspection.reading.utterances, progress)
    _show(Console(highlight=False, soft_wrap=True, markup=False), inspection, checks)
    if arguments.map_out:
        write_label_map(arguments.map_out, reading.label_map, reading.words)
    if arguments.csv:
        write_manifest(arguments.csv, inspection.reading.utterances)
    if arguments.json:
        told = inspection.to_json() | ({"audio": checks.to_json()} if checks else {})
        write_json(arguments.json, told)
    for path in (arguments.map_out, arguments.csv, arguments.json):
        if path:
            sys.stderr.write(f"humpcat: wrote {path}\n")
    return 0


def _show(console: Console, inspection: Inspection, checks: AudioChecks | None) -> None:
    reading = inspection.reading
    console.print(
        f"{reading.source}: {reading.title} ({reading.name}), {100 * reading.confidence:.0f} % sure"
    )
    for sentence in reading.evidence:
        console.print(f"  {sentence}")
    seconds = inspection.seconds
    console.print(
        f"{counted(len(seconds), 'utterance')}, {_length(sum(seconds))} of speech, {min(seconds, default=0.0):.2f} to "
        f"{max(seconds, default=0.0):.2f} s each"
    )
    for title, counts in (
        ("rates", {f"{rate} Hz": count for rate, count in inspection.rates.items()}),
        ("channels", {str(channels): count for channels, count in inspection.channels.items()}),
        ("formats", inspection.formats),
    ):
        told = (f"{name} ({counted(count, 'file')})" for name, count in counts.items())
        console.print(f"{title}: {', '.join(told)}")
    console.print(_labels(inspection))
    if len(inspection.by_corpus) > 1:
        console.print(_counts("corpus", inspection.by_corpus))
    console.print(_counts("gender", inspection.by_gender))
    _show_speakers(console, inspection)
    _show_skipped(console, inspection)
    if checks:
        _show_checks(console, checks, reading.source)


def _labels(inspection: Inspection) -> Table:
    """The label map at work: which of the corpus' words became each label, and which are left out."""
    reading = inspection.reading
    words: dict[str, list[str]] = {}
    for word, number in reading.words.items():
        words.setdefault(reading.label_of(word), []).append(f"{word} ({number})")
    table = Table("label", "utterances", "speech", "the corpus' words")
    for label, count in inspection.by_label.items():
        table.add_row(label, str(count.utterances), _length(count.seconds), ", ".join(words.pop(label, ())))
    if "" in words:
        table.add_row("(left out)", "", "", ", ".join(words[""]))
    return table


def _counts(title: str, counts: Mapping[str, Count]) -> Table:
    table = Table(title, "utterances", "speech")
    for name, count in counts.items():
        table.add_row(name or "unknown", str(count.utterances), _length(count.seconds))
    return table


def _show_speakers(console: Console, inspection: Inspection) -> None:
    if inspection.unknown_speakers:
        console.print(
            f"Who speaks is unknown for {counted(inspection.unknown_speakers, 'utterance')}: no split can keep "
            "speakers apart ('finetune --mode random' draws utterances; 'train --test 0 --validation 0' trains on all)."
        )
    speakers, lengths = inspection.speakers_by_label, inspection.by_speaker
    if not speakers:
        return
    labels = list(inspection.by_label)
    table = Table(f"speaker ({len(speakers)})", *labels, "speech")
    for name in list(speakers)[:_MOST_SPEAKERS]:
        counts = (str(speakers[name][label] or "") for label in labels)
        table.add_row(name, *counts, _length(lengths[name].seconds))
    console.print(table)
    if len(speakers) > _MOST_SPEAKERS:
        console.print(
            f"and {counted(len(speakers) - _MOST_SPEAKERS, 'speaker')} more (--json tells them all)"
        )


def _show_skipped(console: Console, inspection: Inspection) -> None:
    if not inspection.skipped_by_reason:
        console.print("Nothing is left out.")
        return
    table = Table("left out", "why", "such as")
    for reason, files in inspection.skipped_by_reason.items():
        table.add_row(str(len(files)), reason, describe_files(files, inspection.reading.source))
    console.print(table)


def _show_checks(console: Console, checks: AudioChecks, source: Path) -> None:
    console.print(
        f"Listened to {counted(checks.checked, 'utterance')}. Problems: {len(checks.problems) or 'none'}."
    )
    for kind, advice in ADVICE.items():
        problems = checks.of_kind(kind)
        if not problems:
            continue
        console.print(f"{len(problems)} {advice.title}. {advice.todo}")
        for problem in problems[:_MOST_PROBLEMS]:
            files = describe_files([each.file for each in problem.utterances], source, 4)
            console.print(f"  {files}: {problem.detail}")
        if len(problems) > _MOST_PROBLEMS:
            console.print(f"  and {len(problems) - _MOST_PROBLEMS} more (--json tells them all)")


def _length(seconds: float) -> str:
    """A length as people say it: 3 h 04 min, 12 min 30 s, 4.5 s."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes = round(seconds) // 60
    return (
        f"{minutes // 60} h {minutes % 60:02d} min"
        if minutes >= 60
        else f"{minutes} min {round(seconds) % 60:02d} s"
    )


@contextmanager
def _bar(title: str) -> Iterator[OnProgress]:
    """A bar on stderr, where that is a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
