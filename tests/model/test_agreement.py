"""Agreement between raters: which segments are one unit, and coefficients against published examples."""

import time
from collections.abc import Callable
from typing import get_args

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import cohen_kappa_score
from sklearn.metrics import confusion_matrix as sklearn_confusion

from core_model.agreement import (
    Agreement,
    Dispute,
    Level,
    RatedSegment,
    Weights,
    cohen_kappa,
    confusion,
    disputes,
    fleiss_kappa,
    in_words,
    krippendorff_alpha,
    label_table,
    match,
    percentage_agreement,
    rating_table,
)
from core_model.errors import HumpcatError

Table = npt.NDArray[np.float64]
Measure = Callable[..., Agreement]
NO = np.nan

# Krippendorff 2011, "Computing Krippendorff's alpha-reliability": 4 observers (rows), 12 units.
KRIPPENDORFF = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NO, NO, NO],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NO, 3],
        [NO, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NO],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NO],
    ]
).T

# Fleiss 1971, table 1: 30 patients, 6 psychiatrists; how many of them chose each of five diagnoses.
FLEISS = """00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031
            00501 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006"""

# The example of Wikipedia's article on Fleiss' kappa: 10 subjects, 14 raters.
WIKIPEDIA = [
    [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
]  # fmt: skip


def ratings_of(counts: list[list[int]]) -> Table:
    """A table in which so many raters chose each label; who, is of no account."""
    return np.array([np.repeat(np.arange(len(row)), row) for row in counts], dtype=float)


def ratings_from(cells: list[list[int]]) -> Table:
    """Two raters with this confusion between them."""
    pairs = [
        (row, column) for row, line in enumerate(cells) for column, n in enumerate(line) for _ in range(n)
    ]
    return np.array(pairs, dtype=float)


def random_table(units: int, raters: int, values: int, missing: float = 0.0, seed: int = 0) -> Table:
    """Ratings that lean towards a common truth."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(values, size=(units, 1))
    own = generator.integers(values, size=(units, raters))
    table = np.where(generator.random(own.shape) < 0.5, truth, own).astype(float)
    table[generator.random(own.shape) < missing] = np.nan
    return table


# Units


def test_segments_drawn_apart_are_one_unit_where_half_is_shared() -> None:
    first: list[RatedSegment] = [("a", 0, 100, "sad"), ("a", 200, 300, None)]
    second: list[RatedSegment] = [("a", 210, 310, "sad"), ("a", 34, 134, "sad"), ("b", 0, 100, "sad")]
    assert match([first, second]) == [(0, None), (None, 1), (1, 0), (None, 2)]  # 66 of 134 is less than half
    second[1] = ("a", 33, 133, "sad")
    assert match([first, second]) == [(0, 1), (1, 0), (None, 2)]
    assert match([first, second], overlap=0.9) == [(0, None), (None, 1), (1, None), (None, 0), (None, 2)]


def test_half_the_union_exactly_is_enough() -> None:
    assert match([[("a", 0, 100, None)], [("a", 0, 50, None)]]) == [(0, 0)]
    assert match([[("a", 50, 100, None)], [("a", 0, 100, None)]]) == [(0, 0)]
    assert match([[("a", 0, 100, None)], [("a", 0, 49, None)]]) == [(None, 0), (0, None)]


def test_the_best_pair_is_joined_first_and_a_segment_only_once() -> None:
    first: list[RatedSegment] = [("a", 0, 100, None)]
    second: list[RatedSegment] = [("a", 0, 60, None), ("a", 30, 110, None)]
    assert match([first, second]) == [(None, 0), (0, 1)]  # 60 of 100 is less than 70 of 110


def test_three_raters_share_a_unit_only_where_each_two_overlap() -> None:
    chain: list[list[RatedSegment]] = [[("a", 0, 100, None)], [("a", 25, 125, None)], [("a", 50, 150, None)]]
    assert match(chain) == [(0, 0, None), (None, None, 0)]
    chain[2] = [("a", 30, 130, None)]
    assert match(chain) == [(0, 0, 0)]


def test_every_segment_is_in_one_unit_and_no_rater_twice() -> None:
    generator = np.random.default_rng(1)
    raters: list[list[RatedSegment]] = []
    for _ in range(3):
        edges = np.unique(generator.integers(0, 5_000, size=200))
        raters.append([("a", int(s), int(e), None) for s, e in zip(edges[::2], edges[1::2], strict=False)])
    units = match(raters, overlap=0.3)
    for rater, segments in enumerate(raters):
        assert sorted(unit[rater] for unit in units if unit[rater] is not None) == list(range(len(segments)))
    for unit in units:
        spans = [raters[rater][index][1:3] for rater, index in enumerate(unit) if index is not None]
        for one in spans:
            for other in spans:
                shared = min(one[1], other[1]) - max(one[0], other[0])
                assert shared / (max(one[1], other[1]) - min(one[0], other[0])) >= 0.3
    starts = [min(raters[r][i][1] for r, i in enumerate(unit) if i is not None) for unit in units]
    assert starts == sorted(starts)


def test_nothing_matches_where_there_is_nothing() -> None:
    assert match([]) == [] and match([[], []]) == []
    assert match([[("a", 0, 10, None)], []]) == [(0, None)]
    assert match([[("a", 5, 5, None)], [("a", 5, 5, None)]]) == [(0, None), (None, 0)]
    for overlap in (0.0, -1.0, 1.1, NO):
        with pytest.raises(HumpcatError, match="above 0"):
            match([[], []], overlap=overlap)


def test_ten_thousand_segments_of_four_raters_are_matched_in_seconds() -> None:
    generator = np.random.default_rng(2)
    starts = np.arange(10_000) * 48_000
    raters: list[list[RatedSegment]] = [
        [
            (int(start) // 48_000_000, int(start + a), int(start + 40_000 + b), "sad")
            for start, (a, b) in zip(starts, generator.integers(0, 4_000, size=(10_000, 2)), strict=True)
        ]
        for _ in range(4)
    ]
    began = time.perf_counter()
    units = match(raters)
    assert time.perf_counter() - began < 5
    assert units == [(index,) * 4 for index in range(10_000)]


# Tables


def test_labels_become_positions_in_the_scheme_and_strays_follow() -> None:
    first: list[RatedSegment] = [("a", 0, 9, "sad"), ("a", 10, 19, "bored"), ("a", 20, 29, None)]
    second: list[RatedSegment] = [("a", 0, 9, "angry"), ("a", 20, 29, "sad")]
    units = match([first, second])
    labels, table = label_table(units, [first, second], ("angry", "happy", "sad"))
    assert labels == ("angry", "happy", "sad", "bored")
    np.testing.assert_array_equal(table, [[2, 0], [3, NO], [NO, 2]])
    np.testing.assert_array_equal(rating_table(units, [[7, None, 1], [2, 5]]), [[7, 2], [NO, NO], [1, 5]])


def test_the_confusion_counts_what_both_labelled() -> None:
    table = random_table(500, 2, 4, missing=0.2)
    both = table[~np.isnan(table).any(axis=1)].astype(int)
    np.testing.assert_array_equal(
        confusion(table, 5), sklearn_confusion(both[:, 0], both[:, 1], labels=list(range(5)))
    )
    assert confusion(np.zeros((0, 2)), 3).tolist() == [[0, 0, 0]] * 3


def test_disputes_come_with_the_most_disputed_first() -> None:
    table = np.array(
        [
            [0, 0, 0, 0],
            [0, 0, 0, 1],
            [0, 1, NO, NO],
            [0, 1, 2, 3],
            [0, 0, 1, 1],
            [1, NO, NO, NO],
            [2, 0, NO, NO],
        ]
    )
    assert [each.unit for each in disputes(table)] == [3, 2, 6, 4, 1]
    assert disputes(table)[-1] == Dispute(1, 0.5)
    assert disputes(table)[3].share == pytest.approx(2 / 3)
    assert disputes(np.zeros((0, 2))) == [] and disputes(np.full((3, 2), NO)) == []


# Coefficients


def test_fleiss_kappa_is_that_of_fleiss_1971() -> None:
    counts = [[int(sign) for sign in row] for row in FLEISS.split()]
    found = fleiss_kappa(ratings_of(counts))
    assert found.value == pytest.approx(0.430, abs=5e-4)
    assert found.units == 30


def test_fleiss_kappa_is_that_of_the_textbook_example() -> None:
    assert fleiss_kappa(ratings_of(WIKIPEDIA)).value == pytest.approx(0.210, abs=5e-4)


def test_fleiss_kappa_takes_only_units_that_all_labelled() -> None:
    table = random_table(60, 3, 3)
    gaps = np.vstack([table, [[0, 1, NO], [NO, NO, NO], [2, NO, 2]]])
    assert fleiss_kappa(gaps) == fleiss_kappa(table)


@pytest.mark.parametrize(("level", "expected"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_is_that_of_krippendorff_2011(level: Level, expected: float) -> None:
    found = krippendorff_alpha(KRIPPENDORFF, level)
    assert found.value == pytest.approx(expected, abs=5e-4)
    assert found.units == 11  # the twelfth has one rating only


def test_alpha_knows_the_values_not_their_positions() -> None:
    near = krippendorff_alpha(np.array([[1, 2], [2, 1], [7, 7], [1, 1.0]]), "interval").value
    far = krippendorff_alpha(np.array([[1, 6], [6, 1], [7, 7], [1, 1.0]]), "interval").value
    assert near is not None and far is not None and near > 0.9 > 0.5 > far


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([[88, 10, 2], [14, 40, 6], [18, 10, 12]], 0.492),  # Cohen 1960, table 1, of 200
        ([[20, 20], [10, 50]], 0.348),  # Artstein and Poesio 2008, table 1
        ([[20, 5], [10, 15]], 0.4),  # the example of Wikipedia's article
    ],
)
def test_cohens_kappa_is_that_of_published_examples(cells: list[list[int]], expected: float) -> None:
    assert cohen_kappa(ratings_from(cells)).value == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize("weights", ["none", "linear", "quadratic"])
@pytest.mark.parametrize("seed", range(5))
def test_cohens_kappa_is_that_of_scikit_learn(weights: Weights, seed: int) -> None:
    table = random_table(200, 2, 7, seed=seed) + 1
    table[table == 4] = 5  # a value that nobody uses stays a step on the scale
    expected = cohen_kappa_score(
        *table.astype(int).T, labels=list(range(1, 8)), weights=None if weights == "none" else weights
    )
    assert cohen_kappa(table, weights).value == pytest.approx(expected, abs=1e-12)


def test_percentage_agreement_averages_over_units_with_two_ratings() -> None:
    table = np.array([[0, 0, 0], [0, 0, 1], [0, 1, NO], [NO, 2, 2], [2, NO, NO]])
    assert percentage_agreement(table).value == pytest.approx((1 + 1 / 3 + 0 + 1) / 4)
    assert percentage_agreement(table).units == 4


@pytest.mark.parametrize("measure", [percentage_agreement, cohen_kappa, fleiss_kappa, krippendorff_alpha])
def test_what_is_undefined_is_none(measure: Measure) -> None:
    for table in (np.zeros((0, 2)), np.full((3, 2), NO), np.array([[0, NO], [NO, 1]])):
        assert measure(table) == Agreement(None, None, None, 0)
    one_category = measure(np.zeros((9, 2)))
    if measure is percentage_agreement:
        assert one_category == Agreement(1.0, 1.0, 1.0, 9)
    else:
        assert one_category == Agreement(None, None, None, 9)


@pytest.mark.parametrize("measure", [percentage_agreement, cohen_kappa, fleiss_kappa, krippendorff_alpha])
def test_whole_agreement_is_one_and_a_single_unit_has_no_interval(measure: Measure) -> None:
    assert measure(np.array([[0, 0], [1, 1], [2, 2.0]] * 4)) == Agreement(1.0, 1.0, 1.0, 12)
    single = measure(np.array([[0, 1.0]]))
    assert single.value in (0.0, -1.0) and single.low is None and single.high is None
    assert measure(np.array([[0, 1], [1, 1], [0, 0.0]]), resamples=0).low is None


def test_intervals_are_those_of_resampling_one_unit_at_a_time() -> None:
    table = random_table(150, 2, 4, seed=3)
    generator = np.random.default_rng(4)
    drawn = [cohen_kappa_score(*table[generator.integers(150, size=150)].astype(int).T) for _ in range(1_000)]
    found = cohen_kappa(table, resamples=4_000)
    assert found.low == pytest.approx(np.percentile(drawn, 2.5), abs=0.02)
    assert found.high == pytest.approx(np.percentile(drawn, 97.5), abs=0.02)
    assert found == cohen_kappa(table, resamples=4_000) != cohen_kappa(table, resamples=4_000, seed=1)


def test_intervals_cover_the_true_value_about_as_often_as_they_say() -> None:
    everyone = random_table(100_000, 3, 4, seed=5)
    truth = krippendorff_alpha(everyone, resamples=0).value
    assert truth is not None
    hits = 0
    for part in everyone[:40_000].reshape(200, 200, 3):
        found = krippendorff_alpha(part, resamples=200)
        assert found.low is not None and found.high is not None
        hits += found.low <= truth <= found.high
    assert 0.88 <= hits / 200 <= 0.99


def test_ten_thousand_units_with_a_thousand_resamples_take_seconds() -> None:
    table = random_table(10_000, 4, 9, missing=0.1)
    began = time.perf_counter()
    for level in get_args(Level):
        assert krippendorff_alpha(table, level).value is not None
    assert fleiss_kappa(table).value is not None and cohen_kappa(table[:, :2]).value is not None
    assert time.perf_counter() - began < 10


def test_words_are_those_of_landis_and_koch() -> None:
    assert [in_words(value) for value in (-0.1, 0.0, 0.2, 0.21, 0.5, 0.8, 0.81, 1.0)] == [
        "poor", "slight", "slight", "fair", "moderate", "substantial", "almost perfect", "almost perfect",
    ]  # fmt: skip
