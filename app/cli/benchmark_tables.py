"""The tables of a benchmark on the terminal: ours, the paper's, and what differs."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from core_model.files import read_json
from training_jobs.benchmark.marks import letters_of
from training_jobs.jobs.run_folder import PAGE, RunFolder

RECORD = "benchmark.json"


def show(run: RunFolder) -> None:
    """Print every table of a benchmark, what each row differs in, what is missing, and where the report is."""
    told = read_json(run.report / RECORD)
    console = Console(highlight=False, soft_wrap=True, markup=False)
    if told["brand"]:
        console.print(told["brand"], style="bold red")
    console.print(f"Source corpus: {told['source']}. Encoders: {', '.join(told['encoders']) or 'none'}.")
    for table in told["tables"]:
        letters = letters_of(row["differs"] for row in table["rows"])
        console.print(_table(table, letters))
        for sentence, letter in letters.items():
            console.print(f"  {letter}  {sentence}")
        for note in table.get("notes", ()):  # older records have none
            console.print(f"  {note}")
        console.print()
    if told["missing"]:
        console.print(f"missing: {', '.join(told['missing'])}")
    for name, why in told["unusable"].items():
        console.print(f"not measured: {name}: {why}")
    console.print(told["leaks"]["sentence"])
    console.print(f"Report: {run.report / PAGE}")


def _table(told: Mapping[str, Any], letters: Mapping[str, str]) -> Table:
    table = Table(title=f"Table {told['number']}: {told['title']} (UA %)", title_justify="left")
    table.add_column("", overflow="fold")
    table.add_column("features", overflow="fold")
    for name in ("ours", "95 %", "probe", "paper"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("differs, or why not", overflow="fold")
    for row in told["rows"]:
        differs = " ".join(letters[sentence] for sentence in row["differs"])
        features = "" if row["features"] == row["label"] else row["features"]
        table.add_row(row["label"], features, *_ours(row), _paper(row), row["why"] or differs)
    return table


def _ours(row: Mapping[str, Any]) -> tuple[str, str, str]:
    found = row["ours"]
    if not found:
        return "-", "", ""
    low, high = (_percent(found["ua"][side]) for side in ("low", "high"))
    probe = _percent(found["probe"]["value"]) if found["probe"] else ""
    return _percent(found["ua"]["value"]), f"{low}-{high}", probe


def _paper(row: Mapping[str, Any]) -> str:
    figure = row["paper"]
    if not figure:
        return "-"
    return f"{100 * figure['ua']:.2f}{' (' + figure['row'] + ')' if row['aside'] else ''}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"
