"""The report of a job: what is in it, that it needs nothing else, and that it is never half written."""

import csv
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.figure import Figure
from tiny_models import tiny_bundle
from voices import emodb_like

from core_model.errors import HumpcatError
from training_jobs.epoch import Epoch
from training_jobs.jobs.run_folder import find_run
from training_jobs.manifest import Utterance
from training_jobs.metrics import mean_interval, measure
from training_jobs.outcome import BEFORE, KINDS, NETWORK, PROBE, Outcome
from training_jobs.report.context import LeakVerdict, ReportContext, by_reason, versions
from training_jobs.report.results import Estimate, mean_of, results_of
from training_jobs.report.tuning import TuningPoint, tuning_points
from training_jobs.report.untested import untested_labels
from training_jobs.report.writing import write_report

Humpcat = Callable[..., subprocess.CompletedProcess[str]]
LABELS = ("angry", "happy", "neutral", "sad")
BRAND = "LEAKING: one speaker is in both parts"
CONTEXT = ReportContext(
    kind="fine-tune",
    title="German from English",
    protocol="Two draws of one speaker.",
    notes=("One file was left out.",),
    configuration={"recipe": {"epochs": 3, "speeds": (0.9, 1.1), "network": {"width": 32}}},
    versions=versions(),
    data={"own": {"utterances": 48, "speakers": 3, "labels": dict.fromkeys(LABELS, 12)}},
    skipped={"holds no samples": ["own/empty.wav"]},
    leaks=LeakVerdict("No leak: nothing is shared.", False),
)


class Page(HTMLParser):
    """What a page holds: its tags with their attributes, its text by the section it stands in."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.sections: dict[str, str] = {"": ""}
        self._section = ""
        self.source = path.read_text(encoding="utf-8")
        self.feed(self.source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "section":
            self._section = dict(attrs)["id"] or ""
            self.sections[self._section] = ""
        self.sections[self._section] += " "  # between cells

    def handle_data(self, data: str) -> None:
        self.sections[self._section] += data

    def text(self, section: str) -> str:
        """A section's text, its spaces made single."""
        return " ".join(self.sections[section].split())


def outcome(
    name: str,
    seed: int,
    labels: Sequence[str] = LABELS,
    kinds: Sequence[str] = KINDS,
    corpora: Sequence[str] = ("own",),
    validated: bool = True,
) -> Outcome:
    """An outcome of three speakers a corpus who say each label four times; noise decides what is right."""
    random = np.random.default_rng(seed)
    spoken = tuple(
        Utterance(
            Path(corpus, f"{speaker}-{label}-{k}.wav"), label, speaker, corpus, 0.5 if k else None, None
        )
        for corpus in corpora
        for speaker in ("anna", "bert", "cleo")
        for label in labels
        for k in range(4)
    )
    truth = np.array([labels.index(each.emotion) for each in spoken])
    said = {
        k: random.dirichlet(np.ones(len(labels)), len(spoken)) + np.eye(len(labels))[truth] for k in kinds
    }
    said = {kind: array / array.sum(axis=1, keepdims=True) for kind, array in said.items()}
    chosen = measure(labels, truth, said[kinds[0]]) if validated else None
    epochs = tuple(Epoch(number, 1 / number, chosen) for number in (1, 2, 3))
    part = spoken[:16] if validated else ()
    told = {each.speaker_id: "speaker" for each in spoken}
    told[spoken[0].speaker_id] = "corpus: too few utterances (2)"
    return Outcome(name, spoken[:16], part, spoken, tuple(labels), truth, said, epochs, 3, told)


DRAWS = [outcome("draw 1", 1), outcome("draw 2", 2)]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a report with all that there can be."""
    points = tuple(
        TuningPoint(series, share, used, 48 * used, 2, Estimate(0.8 + used / 4, 0.7, 0.99))
        for share, used in ((0.0, 0.0), (0.1, 5 / 48), (0.33, 0.5))
        for series in (NETWORK, PROBE)
    )
    return write_report(
        tmp_path_factory.mktemp("job") / "report", replace(CONTEXT, tuning=points), DRAWS
    ).parent


@pytest.fixture(scope="module")
def branded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a report whose training and test leak into one another."""
    leak = {"kind": "speaker", "train": "own/anna", "test": "own/anna", "detail": "16 and 16 utterances"}
    context = replace(CONTEXT, brand=BRAND, leaks=LeakVerdict("LEAK: 1 speaker.", True, (leak,)))
    return write_report(tmp_path_factory.mktemp("job") / "report", context, DRAWS).parent


def test_the_headline_of_draws_is_their_mean_with_students_interval(whole: Path) -> None:
    told = json.loads((whole / "report.json").read_text(encoding="utf-8"))["results"]
    ua = [each.metrics().ua for each in DRAWS]
    mean, low, high = mean_interval(ua)
    found = told["kinds"][NETWORK]["ua"]
    assert (found["value"], found["low"], found["high"]) == pytest.approx((mean, max(0, low), min(1, high)))
    ahead = [each.metrics().ua - each.metrics(PROBE).ua for each in DRAWS]
    assert told["network_ahead_of"][PROBE]["value"] == pytest.approx(np.mean(ahead))
    page = Page(whole / "report.html").text("result")
    assert f"{100 * mean:.1f}" in page and "Student’s t" in page and "Against the model before" in page


def test_folds_are_pooled_and_their_interval_is_a_bootstrap() -> None:
    found = results_of(DRAWS, pooled=True)
    assert found is not None and not found.by_draws
    together = measure(
        LABELS,
        np.concatenate([each.truth for each in DRAWS]),
        np.concatenate([each.predictions[NETWORK] for each in DRAWS]),
    )
    network = found.kinds[0]
    assert (network.ua.value, network.ua.low, network.ua.high) == (together.ua, *together.ua_interval)
    assert network.confusion.tolist() == [list(row) for row in together.confusion]


def test_the_page_needs_nothing_but_itself(whole: Path) -> None:
    page = Page(whole / "report.html")
    assert not {"script", "link", "iframe", "img", "object", "base"} & {tag for tag, _ in page.tags}
    for _, attributes in page.tags:
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in ("src", "href", "xlink:href"):
                assert value is not None and value.startswith("#")
    assert not re.search(r"@import|url\((?!#)", page.source)
    assert "prefers-color-scheme: dark" in page.source and "@media print" in page.source


def test_no_two_things_on_the_page_have_the_same_id_and_every_reference_has_its_target(whole: Path) -> None:
    page = Page(whole / "report.html")
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids)) > 100
    targets = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', page.source)
    assert targets and {a or b for a, b in targets} <= set(ids)


def test_every_section_is_there(whole: Path) -> None:
    page = Page(whole / "report.html")
    assert list(page.sections)[1:] == [
        "result", "leaks", "confusion", "labels", "speakers", "calibration", "learning", "tuning", "tests", "splits",
        "standardisation", "data", "configuration",
    ]  # fmt: skip
    assert "nothing is shared" in page.text("leaks")
    assert "anna" in page.text("speakers") and "own/anna" not in page.text("speakers")
    assert "draw 2 train 16" in page.text("splits")
    assert "fell back to the corpus’ unlabelled statistics: too few utterances (2)" in page.text(
        "standardisation"
    )
    assert "Left out: 1 reason files for one holds no samples 1 empty.wav" in page.text("data")
    assert "network.width 32" in page.text("configuration") and "numpy" in page.text("configuration")
    assert "One file was left out." in page.text("result")


def test_every_figure_is_an_svg_with_its_caption_and_on_the_page(whole: Path) -> None:
    names = {path.stem for path in whole.glob("*.svg")}
    assert names == {
        "ua", "confusion-network", "confusion-before", "confusion-probe", "labels", "speakers", "reliability",
        "learning", "tuning",
    }  # fmt: skip
    page = Page(whole / "report.html")
    assert sum(tag == "svg" for tag, _ in page.tags) == len(names)
    for name in names:
        root = ElementTree.parse(whole / f"{name}.svg").getroot()
        title = root.find("{http://www.w3.org/2000/svg}title")
        assert title is not None and title.text
        assert title.text.split()[0] in {text for node in root.iter() for text in (node.text or "").split()}
        assert f"{name}.svg" in page.source


def test_a_point_of_the_learning_curve_tells_the_share_that_tuned(whole: Path) -> None:
    page = Page(whole / "report.html").text("tuning")
    assert "Network 33 50.0 24 2 92.5 70.0 to 99.0" in page and "Network 10 10.4 5 2 82.6" in page
    last = rows(whole / "tuning.csv")[-1]
    assert (last["share"], last["share_used"], last["utterances"]) == ("0.330000", "0.500000", "24.000000")
    told = json.loads((whole / "report.json").read_text(encoding="utf-8"))["tuning"][-1]
    assert told["used"] == 0.5 and told["ua"] == {"value": 0.925, "low": 0.7, "high": 0.99}
    drawn = {node.text for node in ElementTree.parse(whole / "tuning.svg").getroot().iter() if node.text}
    assert {"33", "50", "24"} <= drawn


def test_points_are_means_over_draws_and_one_draw_has_no_interval(tmp_path: Path) -> None:
    untuned = [replace(each, train=(), predictions={NETWORK: each.predictions[NETWORK]}) for each in DRAWS]
    tests = [(share, each) for share, drawn in ((0.0, untuned), (0.33, DRAWS)) for each in drawn]
    zero, most, probe = tuning_points(tests, 64)
    assert (zero.series, zero.used, most.used, most.utterances, probe.series) == (NETWORK, 0, 0.25, 16, PROBE)
    assert most.ua == mean_of([each.metrics().ua for each in DRAWS]) and most.draws == 2

    alone = tuning_points([(0.33, DRAWS[0])], 64)
    assert alone[0].ua == Estimate(DRAWS[0].metrics().ua, None, None)
    folder = write_report(tmp_path / "report", replace(CONTEXT, tuning=alone), DRAWS[:1]).parent
    assert f"33 25.0 16 1 {100 * alone[0].ua.value:.1f} –" in Page(folder / "report.html").text("tuning")
    assert {row["ua_low"] + row["ua_high"] for row in rows(folder / "tuning.csv")} == {""}
    assert "without intervals" in (folder / "tuning.svg").read_text(encoding="utf-8")


def test_an_interval_over_draws_stays_where_shares_can_be() -> None:
    assert mean_of([0.70, 0.95]) == Estimate(pytest.approx(0.825), 0.0, 1.0)
    assert mean_of([0.872]) == Estimate(0.872, None, None)
    assert mean_of([0.80, 0.82, 0.84]).span == pytest.approx((0.7703, 0.8697), abs=1e-4)


def test_predictions_tell_of_every_utterance_what_every_kind_said(whole: Path) -> None:
    table = rows(whole / "predictions.csv")
    assert len(table) == len(KINDS) * sum(len(each.truth) for each in DRAWS)
    assert list(table[0])[:9] == [
        "file", "start", "end", "speaker", "corpus", "emotion", "split", "kind", "predicted",
    ]  # fmt: skip
    row = next(row for row in table if row["split"] == "draw 2" and row["kind"] == BEFORE)
    said = DRAWS[1].predictions[BEFORE][0]
    assert [float(row[f"p_{label}"]) for label in LABELS] == pytest.approx(said.tolist(), abs=1e-6)
    assert (row["file"], row["start"], row["end"]) == ("own/anna-angry-0.wav", "", "")
    assert row["predicted"] == LABELS[said.argmax()]
    assert table[1]["start"] == "0.500000"


def test_the_tables_hold_what_the_figures_show(whole: Path) -> None:
    confusion = rows(whole / "confusion-probe.csv")
    counts = [[int(row[label]) for label in LABELS] for row in confusion]
    expected = sum(np.array(each.metrics(PROBE).confusion) for each in DRAWS)
    np.testing.assert_array_equal(counts, expected)
    splits = [row for row in rows(whole / "splits.csv") if row["split"] == "draw 1"]
    assert sum(int(row["count"]) for row in splits if row["part"] == "test") == len(DRAWS[0].test)
    assert {row["emotion"] for row in rows(whole / "labels.csv")} == set(LABELS)
    assert {row["validation_ua"] for row in rows(whole / "learning.csv")} != {""}
    assert len(rows(whole / "speakers.csv")) == 3 * len(KINDS)
    assert len(rows(whole / "tuning.csv")) == 6
    assert {row["standardised_by"] for row in rows(whole / "standardisation.csv")} == {
        "speaker",
        "corpus: too few utterances (2)",
    }


def test_a_brand_is_on_everything(branded: Path) -> None:
    page = Page(branded / "report.html")
    assert re.search(rf"<title>{BRAND}.*</title>", page.source)
    assert page.source.index('class="brand"') < page.source.index("<main>")
    assert page.source.count(BRAND) > len(list(branded.glob("*.svg")))
    assert json.loads((branded / "report.json").read_text(encoding="utf-8"))["brand"] == BRAND
    assert "16 and 16 utterances" in page.text("leaks")
    for path in branded.glob("*.csv"):
        assert {row["warning"] for row in rows(path)} == {BRAND}, path.name
    for path in branded.glob("*.svg"):
        drawn = " ".join(
            node.text or "" for node in ElementTree.parse(path).getroot().iter() if "text" in node.tag
        )
        assert "LEAKING" in drawn, path.name


def test_without_leaks_nothing_is_branded(whole: Path) -> None:
    assert 'class="brand"' not in (whole / "report.html").read_text(encoding="utf-8")
    assert not [path for path in whole.glob("*.csv") if "warning" in rows(path)[0]]


def test_names_cannot_become_markup(tmp_path: Path) -> None:
    evil = "<script>alert('x')</script>\"&$a$\n"
    labels = (evil, "情绪", "x" * 80)
    harmful = outcome(evil, 3, labels, corpora=(evil, "own"))
    context = replace(
        CONTEXT, title=evil, kind=evil, protocol=evil, notes=(evil,), skipped={evil: [evil]}, brand=evil,
        configuration={evil: {evil: evil}}, versions={evil: evil}, data={evil: {"labels": {evil: 1}}},
        leaks=LeakVerdict(evil, True, ({evil: evil},)),
        tuning=(TuningPoint(evil, 0.1, 0.1, 5, 2, Estimate(0.5, 0.4, 0.6)),),
    )  # fmt: skip
    folder = write_report(tmp_path / "report", context, [harmful]).parent
    page = Page(folder / "report.html")
    assert "script" not in {tag for tag, _ in page.tags}
    assert "alert('x')" in page.text("labels")
    for path in folder.glob("*.svg"):
        assert not [node for node in ElementTree.parse(path).getroot().iter() if node.tag.endswith("script")]
    assert rows(folder / "labels.csv")[0]["emotion"] == evil
    assert json.loads((folder / "report.json").read_text(encoding="utf-8"))["results"]["labels"] == list(
        labels
    )


def test_a_file_name_that_is_no_utf_8_is_written_escaped(tmp_path: Path) -> None:
    spoken = tuple(replace(each, file=Path("a\udce9.wav")) for each in DRAWS[0].test)
    context = replace(CONTEXT, skipped={"empty": ["b\udce9.wav"]})
    folder = write_report(tmp_path / "report", context, [replace(DRAWS[0], test=spoken)]).parent
    assert rows(folder / "predictions.csv")[0]["file"] == "a\\udce9.wav"
    assert "empty 1 b\N{REPLACEMENT CHARACTER}.wav" in Page(folder / "report.html").text("data")


def test_what_was_left_out_is_told_by_reason_and_named_in_the_record(tmp_path: Path) -> None:
    copies = [(f"own/{k}.wav", f"the same recording as {k + 50}.wav") for k in range(14)]
    foreign = [(f"own/{k}.wav", "its label, bored, is not asked for") for k in range(100, 297)]
    skipped = by_reason((*copies, *foreign))
    folder = write_report(tmp_path / "report", replace(CONTEXT, skipped=skipped), DRAWS[:1]).parent
    data = Page(folder / "report.html").text("data")
    assert "Left out: 211" in data and "is not asked for 197 100.wav" in data
    assert "4 other reasons 4 10.wav: the same recording as 60.wav" in data and "111.wav" not in data
    told = json.loads((folder / "report.json").read_text(encoding="utf-8"))["skipped"]
    assert sum(map(len, told.values())) == 211 and told["the same recording as 63.wav"] == ["own/13.wav"]


def without(spoken: Outcome, *labels: str) -> Outcome:
    """An outcome whose test has no utterance of these labels."""
    kept = [row for row, each in enumerate(spoken.test) if each.emotion not in labels]
    said = {kind: array[kept] for kind, array in spoken.predictions.items()}
    test = tuple(spoken.test[row] for row in kept)
    return replace(spoken, test=test, truth=spoken.truth[kept], predictions=said)


def test_labels_that_a_test_lacks_are_told() -> None:
    assert untested_labels(DRAWS, pooled=False) == ()
    (told,) = untested_labels([without(each, "happy", "sad") for each in DRAWS], pooled=False)
    assert told.startswith("The model knows happy and sad, but") and "labels (angry, neutral)" in told
    (told,) = untested_labels([DRAWS[0], without(DRAWS[1], "sad")], pooled=False)
    assert told.startswith("1 of 2 tests lack a label that others have (draw 2: sad)")
    assert untested_labels([without(DRAWS[0], "angry"), without(DRAWS[1], "sad")], pooled=True) == ()
    assert untested_labels([without(DRAWS[0], *LABELS)], pooled=False) == ()


def test_a_job_warns_of_a_label_that_its_test_lacks(here: Humpcat, home: Path, tmp_path: Path) -> None:
    corpus = emodb_like(tmp_path / "corpus", speakers=(3, 8), each=1)
    for file in corpus.glob("*T*.wav"):  # sad
        file.unlink()
    tiny_bundle(home / "data" / "models" / "tiny")
    ended = here("evaluate", corpus, "--model", "tiny")
    assert ended.returncode == 0, ended.stderr
    assert "The model knows sad, but no utterance of the test is labelled so" in ended.stderr
    report = find_run("last").report
    assert "The model knows sad" in Page(report / "report.html").text("result")
    notes = json.loads((report / "report.json").read_text(encoding="utf-8"))["notes"]
    assert sum("The model knows sad" in note for note in notes) == 1


def test_one_test_of_two_labels_without_probe_or_validation(tmp_path: Path) -> None:
    single = outcome("test", 4, ("angry", "sad"), (NETWORK,), validated=False)
    folder = write_report(tmp_path / "report", replace(CONTEXT, leaks=None), [single]).parent
    page = Page(folder / "report.html")
    assert "No linear probe was fitted." in page.text("result") and "bootstrap" in page.text("result")
    assert page.text("leaks").endswith("Not checked.")
    assert "Without a validation part the last epoch is kept." in page.text("learning")
    assert "tests" not in page.sections and "corpora" not in page.sections
    assert not (folder / "confusion-probe.svg").exists()


def test_several_corpora_are_told_apart(tmp_path: Path) -> None:
    both = outcome("test", 5, corpora=("german", "polish"))
    page = Page(write_report(tmp_path / "report", CONTEXT, [both]))
    assert "german 48" in page.text("corpora") and "polish 48" in page.text("corpora")
    assert "german/anna" in page.text("speakers")


def test_a_training_that_tested_nothing_says_so(tmp_path: Path) -> None:
    untested = replace(DRAWS[0], test=(), truth=np.zeros(0, np.int64), predictions={})
    folder = write_report(tmp_path / "report", CONTEXT, [untested]).parent
    page = Page(folder / "report.html")
    assert "Nothing was tested" in page.text("result")
    assert "learning" in page.sections and "confusion" not in page.sections
    assert not (folder / "predictions.csv").exists()
    assert json.loads((folder / "report.json").read_text(encoding="utf-8"))["results"] is None


def test_the_same_outcomes_give_the_same_files(whole: Path, branded: Path, tmp_path: Path) -> None:
    leak = {"kind": "speaker", "train": "own/anna", "test": "own/anna", "detail": "16 and 16 utterances"}
    context = replace(CONTEXT, brand=BRAND, leaks=LeakVerdict("LEAK: 1 speaker.", True, (leak,)))
    again = write_report(tmp_path / "report", context, DRAWS).parent
    names = {path.name for path in again.iterdir()}
    assert names == {path.name for path in branded.iterdir()}
    assert not [name for name in names if (again / name).read_bytes() != (branded / name).read_bytes()]


def test_an_interrupted_report_leaves_the_old_one(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "report"
    shutil.copytree(whole, folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Figure, "savefig", stopped)
    with pytest.raises(KeyboardInterrupt):
        write_report(folder, CONTEXT, DRAWS[:1])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir() if "report" in path.name] == ["report"]


def test_a_new_report_takes_all_of_the_olds_place(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "report"
    shutil.copytree(whole, folder)
    write_report(folder, CONTEXT, [outcome("test", 6, kinds=(NETWORK,))])
    assert not (folder / "tuning.svg").exists() and not (folder / "confusion-probe.csv").exists()


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(HumpcatError, match="cannot be written"):
        write_report(tmp_path / "file" / "report", CONTEXT, DRAWS[:1])


def test_outcomes_of_different_labels_are_no_one_job() -> None:
    with pytest.raises(ValueError, match="same labels"):
        results_of([DRAWS[0], outcome("draw 2", 1, ("angry", "sad"))], pooled=False)
