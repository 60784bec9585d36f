"""What a job came to, read from its report: scores, confusion, and every test utterance with what was said of it."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core_model.errors import HumpcatError
from core_model.files import read_json
from training_jobs.jobs.run_folder import PAGE, RunFolder
from training_jobs.paper import TABLE_VI

from .translation import tr

Ints = npt.NDArray[np.int64]
NETWORK, BEFORE, PROBE = "network", "before", "probe"
_NAMES = {
    NETWORK: tr("This model"),
    "speakers unknown": tr("This model, speakers unknown"),
    "without shortcut": tr("This model, network alone"),
    BEFORE: tr("Before fine-tuning"),
    PROBE: tr("Linear probe"),
}


@dataclass(frozen=True, slots=True)
class Score:
    """A share with its interval, where there is one; 0 to 1."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class KindScores:
    """One kind of predictions: its name for people, UA, WA, and (labels, labels) confusion counts."""

    kind: str
    name: str
    ua: Score
    wa: Score
    confusion: Ints
    speakers: tuple[tuple[str, int, float, float], ...]  # name, utterances, UA, WA


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """UA where a share of the corpus tuned; `series` is whose."""

    series: str
    share: float
    ua: Score


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """A test utterance: where it is, its label, and what each kind of predictions said of it."""

    file: Path
    start: float | None
    end: float | None
    speaker: str
    label: str
    split: str
    said: dict[str, str]
    confidence: float


@dataclass(frozen=True, slots=True, eq=False)
class JobResult:
    """A report, as the window shows it.

    Attributes:
        ahead: by how many of 1 the network's UA exceeds another kind's.
        paper: the paper's UA for this corpus, with HuBERT and from IEMOCAP; None where it has none.
    """

    title: str
    brand: str
    protocol: str
    leaks: str
    notes: tuple[str, ...]
    labels: tuple[str, ...]
    kinds: tuple[KindScores, ...]
    ahead: dict[str, Score]
    paper: tuple[str, float] | None
    curve: tuple[CurvePoint, ...]
    utterances: tuple[Said, ...]
    page: Path

    def kind(self, name: str) -> KindScores | None:
        """One kind's scores, if it was measured."""
        return next((each for each in self.kinds if each.kind == name), None)

    def verdict(self) -> str:
        """What the figures mean, in plain words."""
        network = self.kind(NETWORK)
        if network is None:
            return tr("Nothing was tested: how good the model is stays unknown.")
        number = len(self.labels)
        told = [
            tr("It hears the right one of {number} labels in {percent}, chance being {value:.0f} %.").format(
                number=number, percent=_percent(network.ua), value=100 / number
            )
        ]
        told += [_compared(self.ahead[kind], _THAN[kind]) for kind in (BEFORE, PROBE) if kind in self.ahead]
        return " ".join(told)


_THAN = {BEFORE: tr("the model before fine-tuning"), PROBE: tr("a linear probe on the same features")}


def read_result(run: RunFolder) -> JobResult | None:
    """Read a job's report; None where it has none yet. Takes long for many draws: call it on a thread.

    Raises:
        HumpcatError: the report is damaged.
    """
    path = run.report / "report.json"
    if not path.is_file():
        return None
    told = read_json(path)
    try:
        return _result(run, told)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise HumpcatError(
            tr("The report of {id} is damaged ({name}: {error}).").format(
                id=run.id, name=type(error).__name__, error=error
            ),
            tr("Run the job again."),
        ) from error


def compared(first: Path, second: Path) -> str:
    """Two evaluations compared, in words. Called in a compute process: the import is slow."""
    from training_jobs.comparison import compare_jobs

    found = compare_jobs(RunFolder(first), RunFolder(second))
    both, one, other, neither = found.agreement
    ua = ", ".join(f"{name} {100 * value:.1f} %" for name, value in zip(found.names, found.ua, strict=True))
    return tr(
        "{sentence} UA: {ua}. Right were both {both} times, only {value} {one}, only {value2} "
        "{other}, neither {neither} (McNemar’s test: p = {chance:.2g})."
    ).format(
        sentence=found.sentence(),
        ua=ua,
        both=both,
        value=found.names[0],
        one=one,
        value2=found.names[1],
        other=other,
        neither=neither,
        chance=found.chance,
    )


def _result(run: RunFolder, told: dict[str, Any]) -> JobResult:
    results = told["results"] or {"labels": (), "kinds": {}, "network_ahead_of": {}}
    labels = tuple(results["labels"])
    corpora = [name for name in told["data"] if name != "skipped"]
    figure = TABLE_VI.get(corpora[0]) if len(corpora) == 1 and told["kind"] == "finetune" else None
    return JobResult(
        title=told["title"],
        brand=told["brand"],
        protocol=told["protocol"],
        leaks=(told["leaks"] or {}).get("sentence", ""),
        notes=tuple(told["notes"]),
        labels=labels,
        kinds=tuple(_kind(name, kind) for name, kind in results["kinds"].items()),
        ahead={name: _score(ahead) for name, ahead in results["network_ahead_of"].items()},
        paper=(figure.row, figure.ua) if figure else None,
        curve=tuple(CurvePoint(p["series"], p["share"], _score(p["ua"])) for p in told["tuning"]),
        utterances=tuple(_utterances(run.report / "predictions.csv")),
        page=run.report / PAGE,
    )


def _kind(name: str, told: dict[str, Any]) -> KindScores:
    speakers = tuple((each["name"], each["count"], each["ua"], each["wa"]) for each in told["speakers"])
    confusion = np.array(told["confusion"], np.int64)
    return KindScores(
        name, _NAMES.get(name, name), _score(told["ua"]), _score(told["wa"]), confusion, speakers
    )


def _score(told: dict[str, Any]) -> Score:
    return Score(told["value"], told["low"], told["high"])


def _utterances(path: Path) -> list[Said]:
    """The network's test utterances, with what the others said of the same ones."""
    if not path.is_file():
        return []
    found: dict[tuple[str, ...], Said] = {}
    with path.open(newline="", encoding="utf-8", errors="replace") as stream:
        for row in csv.DictReader(stream):
            key = row["split"], row["file"], row["start"], row["end"]
            each = found.get(key)
            if each is None:
                each = found[key] = Said(
                    Path(row["file"]),
                    float(row["start"]) if row["start"] else None,
                    float(row["end"]) if row["end"] else None,
                    row["speaker"],
                    row["emotion"],
                    row["split"],
                    {},
                    float(row[f"p_{row['predicted']}"]),
                )
            each.said[row["kind"]] = row["predicted"]
    return list(found.values())


def _percent(score: Score) -> str:
    known = score.low is not None and score.high is not None
    interval = (
        tr(" ({value:.0f} to {value2:.0f})").format(
            value=100 * (score.low or 0), value2=100 * (score.high or 0)
        )
        if known
        else ""
    )
    return f"{100 * score.value:.1f} %{interval}"


def _compared(ahead: Score, other: str) -> str:
    points = 100 * ahead.value
    if ahead.low is None or ahead.high is None:
        text = (
            tr("It is {points:.1f} points ahead of {other}; one draw tells no interval.")
            if points >= 0
            else tr("It is {points:.1f} points behind {other}; one draw tells no interval.")
        )
        return text.format(points=abs(points), other=other)
    interval = tr("({value:+.1f} to {value2:+.1f})").format(value=100 * ahead.low, value2=100 * ahead.high)
    if ahead.low > 0:
        return tr("It is {points:.1f} points ahead of {other} {interval}.").format(
            points=points, other=other, interval=interval
        )
    if ahead.high < 0:
        return tr("It is {value:.1f} points behind {other} {interval}: look at what it was tuned on.").format(
            value=-points, other=other, interval=interval
        )
    return tr("Against {other} no difference can be told from chance {interval}.").format(
        other=other, interval=interval
    )
