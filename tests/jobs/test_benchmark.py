"""`humpcat benchmark` on small made-up corpora: the paper's tables, ours beside the paper's, and what is missing."""

import csv
import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from job_runs import QUICK, wait_for_event, worker
from tiny_models import present_encoder
from voices import emodb_like, ravdess_like

from core_model.encoders.registry import list_encoders
from core_model.errors import HumpcatError
from training_jobs import paper
from training_jobs.benchmark.differences import differences
from training_jobs.benchmark.marks import letters_of
from training_jobs.benchmark.plan import Present, choose_source, missing_corpora, plan
from training_jobs.benchmark.splitting import split_corpora
from training_jobs.corpora.reading import read_corpus
from training_jobs.jobs.options import BenchmarkOptions
from training_jobs.jobs.run_folder import RunFolder, Spec, create_run
from training_jobs.jobs.state import CANCELLED, DONE
from training_jobs.outcome import OUTCOMES

Humpcat = Callable[..., subprocess.CompletedProcess[str]]
BRIEF = replace(QUICK, epochs=2)
TABLES = ("III", "IV", "V", "VI", "VII")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A source corpus and a target corpus."""
    place = tmp_path_factory.mktemp("corpora")
    return ravdess_like(place / "english", (1, 2, 3)), emodb_like(place / "german", (3, 8, 9), each=1)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, made: tuple[Path, Path], tiny_hubert: Path) -> RunFolder:
    """A benchmark of all tables that nothing disturbed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUMPCAT_HOME", str(tmp_path_factory.mktemp("whole")))
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
        present_encoder(tiny_hubert)
        run = job(made, tables=TABLES)
        assert worker(run).wait() == 0, run.log.read_text()
    return run


def job(corpora: tuple[Path, ...], **options: object) -> RunFolder:
    chosen: dict[str, Any] = {
        "corpora": corpora,
        "encoders": ("tiny",),
        "draws": 2,
        "folds": 2,
        "recipe": BRIEF,
        "tuning": BRIEF,
        "device": "cpu",
        **options,
    }
    return create_run(Spec("benchmark", "small", BenchmarkOptions(**chosen).to_json()))


def found(run: RunFolder) -> dict[str, Any]:
    return json.loads((run.report / "benchmark.json").read_text(encoding="utf-8"))


def scores(told: dict[str, Any]) -> list[Any]:
    return [row["ours"] for table in told["tables"] for row in table["rows"]]


def test_a_benchmark_measures_every_table_once(whole: RunFolder) -> None:
    told = found(whole)
    tables = {table["number"]: table["rows"] for table in told["tables"]}
    assert tuple(tables) == TABLES
    assert told["source"] == "RAVDESS" and told["encoders"] == ["tiny"] and told["brand"] == ""
    assert told["missing"] == ["IEMOCAP", "TESS", "SAVEE", "EMOVO", "MESD", "ESD"]

    within = next(row for row in tables["III"] if row["ours"])
    assert within["label"] == "tiny" and within["aside"] and within["paper"]["ua"] == 0.7826
    assert within["ours"]["tests"] == 2 and within["ours"]["count"] == 12
    assert within["ours"]["validation"] is not None
    assert next(row["why"] for row in tables["III"] if not row["ours"]).startswith("missing: fetch it")
    assert [bool(row["ours"]) for row in tables["IV"]] == [True, False, False, False, False, False]
    assert tables["V"][0]["paper"]["wa"] == 0.8127 and tables["V"][0]["ours"]

    emodb, ravdess, *others = tables["VI"]
    assert emodb["label"] == "EMODB" and emodb["paper"]["ua"] == 0.8869
    assert emodb["ours"]["by_draws"] and emodb["ours"]["tests"] == 2 and emodb["ours"]["before"]
    assert emodb["ours"]["ua"]["low"] <= emodb["ours"]["ua"]["value"] <= emodb["ours"]["ua"]["high"]
    assert ravdess["why"] == "it is the source corpus here"
    assert {row["why"] for row in others} == {"missing"} and not any(row["ours"] for row in others)
    differs = "\n".join(emodb["differs"])
    assert "encoder: tiny, blocks 1 and 2 (paper: HuBERT-base, blocks 1 and 9)" in differs
    assert "source corpus: RAVDESS, 12 utterances (paper: IEMOCAP, 5,531)" in differs
    assert (
        "1 of 3 speakers for tuning (33 % of the utterances), mean of 2 draws (paper: 20 % of the speakers"
        in differs
    )
    acoustic = next(row["differs"] for row in tables["IV"] if row["ours"])
    assert acoustic[0].startswith('no speech encoder (paper: "we run the HuBERT base model')
    shares = [sentence for sentence in within["differs"] + emodb["differs"] if "shortcut" in sentence]
    assert [f"{100 * BRIEF.shortcut_share:g} % of the say" in each for each in shares] == [True, True]
    assert not any("labels" in sentence for sentence in emodb["differs"])
    branches = [row["features"] for row in tables["VII"] if row["ours"]]
    assert branches == ["encoder + MFCC", "encoder + prosody", "encoder + MFCC + prosody"]
    same = next(row for row in tables["VII"] if row["features"] == branches[-1] and row["ours"])
    assert same["ours"] == emodb["ours"]  # one measurement serves both tables
    units = {path.stem for path in (whole.checkpoint / OUTCOMES).glob("*.safetensors")}
    assert len(units) == 3 * 2 + 3 * 2  # folds of three networks, draws of three


def test_a_benchmark_goes_on_where_it_was_cancelled_or_killed(
    whole: RunFolder, made: tuple[Path, Path], tiny_hubert: Path
) -> None:
    present_encoder(tiny_hubert)
    run = job(made, tables=TABLES)
    process = worker(run)
    wait_for_event(run, "epoch", "tiny 1+2 hubert ravdess fold 2")
    run.ask_cancel()
    process.wait()
    assert run.state().status == CANCELLED
    run.take_back_cancel()
    process = worker(run)
    wait_for_event(run, "epoch", "hubert+prosody emodb draw 1")
    process.kill()
    process.wait()
    assert worker(run).wait() == 0, run.log.read_text()
    assert (run.state().status, run.state().attempt) == (DONE, 3)
    assert scores(found(run)) == scores(found(whole))
    trained = [
        epoch["split"]
        for epoch, _ in run.events()
        if epoch["event"] == "epoch" and epoch["epoch"]["number"] == 1
    ]
    assert len(trained) - len(set(trained)) <= 2  # at most what was under way began anew


def test_the_page_and_the_tables_show_both_and_say_whose_is_which(whole: RunFolder) -> None:
    page = (whole.report / "report.html").read_text(encoding="utf-8")
    assert '<td class="n theirs">88.69' in page and "<strong>88.69" not in page
    assert "missing corpora" in page and "IEMOCAP, TESS" in page
    assert "http" not in page  # nothing is fetched
    with (whole.report / "table-VI.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["row"]: row for row in csv.DictReader(stream)}
    assert rows["EMODB"]["paper_ua"] == "0.886900" and rows["EMODB"]["paper_table"] == "Table VI"
    assert 0 <= float(rows["EMODB"]["our_ua"]) <= 1 and "source corpus: RAVDESS" in rows["EMODB"]["differs"]
    assert rows["TESS"]["our_ua"] == "" and rows["TESS"]["why_not"] == "missing"


def test_notes_stand_where_the_paper_contradicts_itself_and_beside_the_probe(whole: RunFolder) -> None:
    notes = {table["number"]: "\n".join(table["notes"]) for table in found(whole)["tables"]}
    assert "74.58 in its Table IV and 74.26 in its text" in notes["IV"] and not notes["III"] + notes["V"]
    page = (whole.report / "report.html").read_text(encoding="utf-8")
    for number in ("VI", "VII"):
        assert "EMOVO 79.48 in its Table VI and 75.48" in notes[number]
        assert "The probe learned from the tuning part alone" in notes[number]
        section = page[page.index(f'id="table-{number}"') :].split("</section>")[0]
        assert all(note.split(";")[0] in section for note in notes[number].splitlines())


def test_the_command_prints_ours_beside_the_papers_and_what_is_missing(
    humpcat: Humpcat, here: Humpcat, made: tuple[Path, Path], tiny_hubert: Path
) -> None:
    present_encoder(tiny_hubert)
    words = ("--tables", "IV,VI", "--encoders", "tiny", "--draws", 1, "--folds", 2)
    ended = humpcat("benchmark", *made, *words, "--epochs", 1, "--tuning-epochs", 1)
    assert ended.returncode == 0, ended.stderr
    emodb = next(line for line in ended.stdout.splitlines() if "EMODB" in line)
    assert "88.69" in emodb and "a b c" in emodb
    assert "  a  encoder: tiny, blocks 1 and 2 (paper: HuBERT-base, blocks 1 and 9)" in ended.stdout
    assert "missing: IEMOCAP, TESS, SAVEE, EMOVO, MESD, ESD" in ended.stdout.splitlines()
    assert "not a feature of this program" in ended.stdout
    assert "  The probe learned from the tuning part alone" in ended.stdout
    assert "Table VI: Target corpora" in here("jobs", "show", "last").stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--tables", "II"), "Table II is not measured here."),
        (("--encoders", "nobody"), "The encoder nobody is not present."),
    ],
)
def test_what_is_not_there_is_told_in_a_sentence(
    here: Humpcat, made: tuple[Path, Path], words: tuple[str, ...], told: str
) -> None:
    ended = here("benchmark", *made, *words)
    assert ended.returncode == 1 and told in ended.stderr


def test_speakers_that_nobody_knows_are_measured_only_if_leaks_are_allowed(
    made: tuple[Path, Path], tmp_path: Path, tiny_hubert: Path
) -> None:
    english, german = made
    table = tmp_path / "nobody.csv"
    rows = [f"{path},{label}," for path, label in _labelled(german)]
    table.write_text("file,emotion,speaker\n" + "\n".join(rows) + "\n", encoding="utf-8")
    utterances = [*read_corpus(english), *read_corpus(table)]
    careful = split_corpora(utterances, "ravdess", BenchmarkOptions(corpora=made, draws=1))
    assert "who speaks is not known" in careful.unusable["nobody"] and not careful.targets

    present_encoder(tiny_hubert)
    run = job((english, table), tables=("VI",), draws=1, allow_leaks=True)
    assert worker(run).wait() == 0, run.log.read_text()
    told = found(run)
    assert (
        told["brand"].startswith("SPEAKERS UNKNOWN")
        and any(scores(told))
        and "drawn at random" in str(told["tables"])
    )
    assert "SPEAKERS UNKNOWN" in (run.report / "report.html").read_text(encoding="utf-8")
    assert "SPEAKERS UNKNOWN" in (run.report / "table-VI.csv").read_text(encoding="utf-8")


def test_the_source_is_the_papers_or_the_first_english_one() -> None:
    assert choose_source("", ("emodb", "tess", "iemocap")) == "iemocap"
    assert choose_source("", ("emodb", "tess", "ravdess")) == "tess"
    assert choose_source("emodb", ("emodb", "tess")) == "emodb"
    with pytest.raises(HumpcatError, match="tess is not among the corpora"):
        choose_source("tess", ("emodb",))
    with pytest.raises(HumpcatError, match="known to be English"):
        choose_source("", ("emodb",))


def test_without_an_encoder_the_acoustic_table_alone_is_measured() -> None:
    present = Present("ravdess", "", ("emodb",), {}, ())
    tables = plan(present, ("III", "IV", "VI"))
    measured = {table.number: [row for row in table.rows if row.measurement] for table in tables}
    assert [len(measured[number]) for number in ("III", "IV", "VI")] == [0, 1, 0]
    assert "no encoder is present" in {row.why for row in tables[2].rows}
    assert "EMODB" not in missing_corpora(present) and "ESD" in missing_corpora(present)


def test_the_papers_figures_are_those_of_its_tables() -> None:
    figures = [figure.ua for figure in paper.TABLE_VI.values()]
    assert round(100 * sum(figures) / len(figures), 2) == 78.33
    assert paper.TABLE_VII["emovo"]["MFCC & Prosody"].ua == 0.7548  # not its Table VI's 79.48
    for name, row in paper.TABLE_VII.items():
        assert row["MFCC & Prosody"].ua == paper.TABLE_VI[name].ua or name == "emovo"


def test_the_papers_esd_is_told_in_both_ways(made: tuple[Path, Path]) -> None:
    english, german = made
    chinese = [replace(each, corpus="esd-zh") for each in read_corpus(german)]
    utterances = [*read_corpus(english), *chinese]
    options = BenchmarkOptions(corpora=made, draws=1)
    splits = split_corpora(utterances, "ravdess", options)
    present = Present("ravdess", "", ("esd-zh",), {}, (list_encoders()[0],))
    (planned,) = plan(present, ("VI",))
    row = next(row for row in planned.rows if row.measurement)
    assert row.figure is not None and row.figure.ua == 0.6035
    told = differences(row, present, splits, utterances, options)
    assert (
        "ESD: its Chinese part (paper: Chinese, 420 utterances by its Table II; 10 native English"
        in "".join(told)
    )


def test_letters_are_told_once_each() -> None:
    assert letters_of([("x", "y"), ("y", "z")]) == {"x": "a", "y": "b", "z": "c"}
    assert list(letters_of([[str(number) for number in range(28)]]).values())[25:] == ["z", "aa", "ab"]


def _labelled(folder: Path) -> list[tuple[Path, str]]:
    labels = {"W": "angry", "F": "happy", "N": "neutral", "T": "sad"}
    return [(path, labels[path.stem[5]]) for path in sorted(folder.glob("*.wav"))]
