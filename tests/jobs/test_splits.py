"""Splits keep speakers apart unless told otherwise, and come out the same for the same seed."""

from collections import Counter
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from core_model.errors import HumpcatError
from training_jobs.manifest import Utterance
from training_jobs.splits import RANDOM, few_shot_draws, hold_out_speakers, preset_share, speaker_folds

EMOTIONS = ("angry", "happy", "neutral", "sad")


def corpus(name: str, speakers: int, each: int = 8) -> list[Utterance]:
    return [
        Utterance(Path(f"{name}/{speaker}-{number}.wav"), EMOTIONS[number % 4], f"{speaker:02d}", name)
        for speaker in range(speakers)
        for number in range(each)
    ]


def speakers_of(utterances: list[Utterance], rows: tuple[int, ...]) -> set[str]:
    return {utterances[row].speaker_id for row in rows}


def test_folds_hold_every_row_once_and_no_speaker_twice() -> None:
    utterances = corpus("a", 7) + corpus("b", 5)
    folds = speaker_folds(utterances, 4)
    assert sorted(row for fold in folds for row in fold) == list(range(len(utterances)))
    for one, other in combinations(folds, 2):
        assert not speakers_of(utterances, one) & speakers_of(utterances, other)


def test_folds_share_out_the_speakers_of_every_corpus() -> None:
    utterances = corpus("a", 8) + corpus("b", 4)
    for fold in speaker_folds(utterances, 4):
        per_corpus = Counter(speaker.partition("/")[0] for speaker in speakers_of(utterances, fold))
        assert per_corpus == {"a": 2, "b": 1}


def test_speakers_of_one_name_in_two_corpora_are_two_speakers() -> None:
    utterances = corpus("a", 2) + corpus("b", 2)
    assert len(speaker_folds(utterances, 4)) == 4


def test_more_folds_than_speakers_are_refused() -> None:
    with pytest.raises(HumpcatError, match="at least 4 speakers; there are 3"):
        speaker_folds(corpus("a", 3), 4)


def test_seeds_repeat_and_differ() -> None:
    utterances, rows = corpus("a", 12), range(96)
    for split in (
        lambda seed: speaker_folds(utterances, 4, seed),
        lambda seed: hold_out_speakers(utterances, rows, 0.25, seed),
        lambda seed: few_shot_draws(utterances, 0.25, draws=3, seed=seed),
        lambda seed: few_shot_draws(utterances, 0.25, RANDOM, draws=3, seed=seed),
    ):
        assert split(3) == split(3)
        assert split(3) != split(4)


def test_held_out_speakers_are_whole_and_from_every_corpus() -> None:
    utterances = corpus("a", 10) + corpus("b", 3)
    kept, held = hold_out_speakers(utterances, range(len(utterances)), 0.2)
    assert sorted(kept + held) == list(range(len(utterances)))
    assert not speakers_of(utterances, kept) & speakers_of(utterances, held)
    assert Counter(name.partition("/")[0] for name in speakers_of(utterances, held)) == {"a": 2, "b": 1}


def test_an_only_speaker_is_never_held_out() -> None:
    utterances = corpus("a", 1) + corpus("b", 2)
    kept, held = hold_out_speakers(utterances, range(len(utterances)), 0.9)
    assert "a/00" in speakers_of(utterances, kept) and len(speakers_of(utterances, held)) == 1
    assert hold_out_speakers(corpus("a", 1), range(8), 0.5) == (tuple(range(8)), ())


def test_only_the_rows_given_are_parted() -> None:
    utterances = corpus("a", 4)
    kept, held = hold_out_speakers(utterances, range(16), 0.5)
    assert sorted(kept + held) == list(range(16))


def test_few_speakers_give_every_choice_of_tuning_speakers() -> None:
    utterances = corpus("a", 5)
    draws = few_shot_draws(utterances, 0.4, draws=10)
    chosen = {frozenset(speakers_of(utterances, tuning)) for tuning, _test in draws}
    assert chosen == {frozenset(pair) for pair in combinations([f"a/{n:02d}" for n in range(5)], 2)}
    for tuning, test in draws:
        assert sorted(tuning + test) == list(range(len(utterances)))
        assert not speakers_of(utterances, tuning) & speakers_of(utterances, test)


@pytest.mark.parametrize(("speakers", "share", "draws"), [(10, 0.2, 10), (34, 0.1, 12), (24, 0.1, 10)])
def test_many_speakers_give_different_seeded_choices(speakers: int, share: float, draws: int) -> None:
    utterances = corpus("a", speakers, 2)
    found = few_shot_draws(utterances, share, draws=draws)
    choices = {frozenset(speakers_of(utterances, tuning)) for tuning, _test in found}
    assert len(choices) == len(found) == draws
    assert {len(choice) for choice in choices} == {round(share * speakers)}


def test_more_draws_than_choices_give_each_choice_once() -> None:
    utterances = corpus("a", 24, 1)
    draws = few_shot_draws(utterances, 0.04, draws=100)
    assert sorted(tuning for tuning, _test in draws) == [(row,) for row in range(24)]


def test_random_parts_keep_every_label_and_mix_speakers() -> None:
    utterances = corpus("a", 10, 40)
    for tuning, test in few_shot_draws(utterances, 0.1, RANDOM, draws=5):
        assert sorted(tuning + test) == list(range(len(utterances)))
        assert Counter(utterances[row].emotion for row in tuning) == dict.fromkeys(EMOTIONS, 10)
        assert speakers_of(utterances, tuning) & speakers_of(utterances, test)


def test_one_speaker_cannot_be_split_by_speaker() -> None:
    with pytest.raises(HumpcatError, match="at least two speakers") as error:
        few_shot_draws(corpus("a", 1), 0.5)
    assert "random" in error.value.hint
    with pytest.raises(HumpcatError, match="no way to split"):
        few_shot_draws(corpus("a", 2), 0.5, "by-moon")


def test_the_papers_shares() -> None:
    assert (preset_share("emodb"), preset_share("emovo"), preset_share("ravdess")) == (0.2, 1 / 3, 0.1)


def test_what_nobody_knows_the_speakers_of_is_not_split_by_speaker() -> None:
    known, unknown = corpus("a", 3), [replace(each, speaker="") for each in corpus("b", 1)]
    both = [*known, *unknown]
    with pytest.raises(HumpcatError, match="Who speaks in b is not known") as told:
        speaker_folds(both, 2)
    assert "--mode random" in told.value.hint
    with pytest.raises(HumpcatError, match="Who speaks in b is not known"):
        few_shot_draws(both, 0.5)
    assert few_shot_draws(both, 0.5, RANDOM, 1)


def test_unknown_speakers_are_not_held_out_and_not_beside_known_ones() -> None:
    known, unknown = corpus("a", 3), [replace(each, speaker="") for each in corpus("b", 1)]
    both = [*known, *unknown]
    _, held = hold_out_speakers(both, range(len(both)), 0.5)
    assert {both[row].corpus for row in held} == {"a"}
    mixed = [*known, replace(known[0], speaker="")]
    with pytest.raises(HumpcatError, match="Who speaks in a is not known"):
        hold_out_speakers(mixed, range(len(mixed)), 0.5)
