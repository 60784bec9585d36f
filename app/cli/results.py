"""What a job came to, on the terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from app.cli import benchmark_tables
from core_model.files import read_json
from core_model.wording import counted
from training_jobs.jobs.run_folder import PAGE, RunFolder
from training_jobs.outcome import ALONE, BEFORE, KINDS, NETWORK, PROBE, UNKNOWN

_NAMES = {
    NETWORK: "network",
    UNKNOWN: "network, speakers unknown",
    ALONE: "network without its shortcut",
    BEFORE: "model before",
    PROBE: "linear probe",
}


def show(run: RunFolder) -> None:
    """Print what a job's report says in short, and where it is."""
    if (run.report / benchmark_tables.RECORD).is_file():
        benchmark_tables.show(run)
        return
    report = run.report / "report.json"
    if not report.is_file():
        return
    console = Console(highlight=False, soft_wrap=True, markup=False)
    told = read_json(report)
    results = told["results"]
    if told["brand"]:
        console.print(told["brand"], style="bold red")
    console.print(told["protocol"])
    if results:
        console.print(_scores(results))
        for against, ahead in results["network_ahead_of"].items():
            console.print(f"network minus {_NAMES[against]}: {_signed(ahead)} points of UA")
        console.print("Confusion of the network (rows: truth, columns: prediction):")
        console.print(_confusion(results["labels"], results["kinds"][NETWORK]["confusion"]))
    _fallbacks(told["outcomes"], console)
    if told["leaks"]:
        console.print(told["leaks"]["sentence"])
    console.print(f"Report: {run.report / PAGE}")


def _scores(results: Mapping[str, Any]) -> Table:
    table = Table(
        "", "UA %", "95 %", "WA %", "95 %", "macro F1 %", "ECE", title=_tested(results), title_justify="left"
    )
    for kind in KINDS:
        found = results["kinds"].get(kind)
        if found:
            shares = [text for name in ("ua", "wa") for text in _interval(found[name])]
            table.add_row(_NAMES[kind], *shares, _percent(found["macro_f1"]), f"{found['ece']:.3f}")
    return table


def _tested(results: Mapping[str, Any]) -> str:
    tests = results["tests"]
    each = counted(sum(tests.values()), "utterance") if len(tests) == 1 else f"{len(tests)} tests"
    return f"{each}; intervals: {results['interval']}"


def _interval(estimate: Mapping[str, float]) -> tuple[str, str]:
    return _percent(estimate["value"]), f"{_percent(estimate['low'])}-{_percent(estimate['high'])}"


def _signed(estimate: Mapping[str, float]) -> str:
    return f"{100 * estimate['value']:+.1f} ({100 * estimate['low']:+.1f} to {100 * estimate['high']:+.1f})"


def _confusion(labels: Sequence[str], counts: Sequence[Sequence[int]]) -> Table:
    table = Table("truth", *labels)
    for label, row in zip(labels, counts, strict=True):
        table.add_row(label, *map(str, row))
    return table


def _fallbacks(outcomes: Sequence[Mapping[str, Any]], console: Console) -> None:
    told = {
        name: how for outcome in outcomes for name, how in outcome["standardisation"].items() if ":" in how
    }
    if told:
        first = next(iter(told))
        console.print(
            f"{counted(len(told), 'speaker')} could not be standardised by their own statistics: {first} by "
            f"{told[first]}."
        )


def _percent(value: float) -> str:
    return f"{100 * value:.1f}"
