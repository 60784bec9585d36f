"""What the protocols promise: speakers apart, everybody tested once, the same draw for the same seed."""

import itertools
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from core_model.errors import HumpcatError
from training_jobs import protocols
from training_jobs.manifest import Utterance
from training_jobs.splits import RANDOM, SPEAKER_DISJOINT, Split


def corpus(name: str = "own", speakers: int = 10, each: int = 9) -> list[Utterance]:
    return [
        Utterance(
            Path(f"{name}-{speaker}-{take}.wav"), ("angry", "happy", "sad")[take % 3], f"s{speaker}", name
        )
        for speaker in range(speakers)
        for take in range(each)
    ]


def speakers(utterances: list[Utterance], rows: tuple[int, ...]) -> set[str]:
    return {utterances[row].speaker_id for row in rows}


def test_folds_test_every_utterance_once_and_keep_speakers_apart() -> None:
    utterances = [*corpus(), *corpus("other", 7)]
    protocol = protocols.folds(utterances, 5, 0.1, seed=3)
    tested = Counter(row for named in protocol.splits for row in named.split.test)
    assert protocol.pooled and tested == Counter(range(len(utterances)))
    for named in protocol.splits:
        train, validation, test = (
            speakers(utterances, part)
            for part in (named.split.train, named.split.validation, named.split.test)
        )
        assert train and validation and not (train & validation or train & test or validation & test)


def test_every_speaker_and_every_corpus_is_left_out_in_turn() -> None:
    utterances = [*corpus(speakers=3), *corpus("other", 2)]
    by_speaker = protocols.leave_one_speaker_out(utterances, 0.0, seed=0)
    assert [speakers(utterances, each.split.test) for each in by_speaker.splits] == [
        {"other/s0"}, {"other/s1"}, {"own/s0"}, {"own/s1"}, {"own/s2"},
    ]  # fmt: skip
    by_corpus = protocols.leave_one_corpus_out(utterances, 0.0, seed=0)
    assert [{utterances[row].corpus for row in each.split.train} for each in by_corpus.splits] == [
        {"own"},
        {"other"},
    ]


def test_one_corpus_or_one_speaker_cannot_be_left_out() -> None:
    with pytest.raises(HumpcatError, match="at least two; there is own only"):
        protocols.leave_one_corpus_out(corpus(), 0.0, 0)
    with pytest.raises(HumpcatError, match="at least two; there is one"):
        protocols.leave_one_speaker_out(corpus(speakers=1), 0.0, 0)


def test_few_shot_follows_the_papers_presets_and_says_so() -> None:
    utterances = corpus("emodb")
    protocol = protocols.few_shot(utterances, None, SPEAKER_DISJOINT, 10, seed=0)
    assert len(protocol.splits) == 10 and not protocol.pooled
    assert "20 % of the speakers" in protocol.sentence and "10 draws" in protocol.sentence
    for named in protocol.splits:
        assert len(speakers(utterances, named.split.train)) == 2
        assert len(named.split.train) + len(named.split.test) == len(utterances)
    assert protocol == protocols.few_shot(utterances, None, SPEAKER_DISJOINT, 10, seed=0)
    assert protocol != protocols.few_shot(utterances, None, SPEAKER_DISJOINT, 10, seed=1)
    assert "their speakers are in the test" in protocols.few_shot(utterances, 0.1, RANDOM, 1, 0).sentence


def test_a_share_of_nothing_tests_everything() -> None:
    utterances = corpus()
    (named,) = protocols.few_shot(utterances, 0.0, SPEAKER_DISJOINT, 10, 0).splits
    assert not named.split.train and len(named.split.test) == len(utterances)


def test_a_learning_curve_grows_and_keeps_its_test() -> None:
    utterances = corpus(speakers=12, each=30)
    splits = protocols.learning_curve(utterances, draws=2, seed=0)
    assert [each.share for each in splits] == [*protocols.CURVE_SHARES] * 2
    for draw in (splits[:7], splits[7:]):
        sizes = [len(each.split.train) for each in draw]
        assert sizes == [0, 4, 7, 18, 36, 72, 120]
        assert len({each.split.test for each in draw}) == 1
        for smaller, larger in itertools.pairwise(draw):
            assert set(smaller.split.train) <= set(larger.split.train)
        # Even at 1 % every label has its share.
        assert len({utterances[row].emotion for row in draw[1].split.train}) == 3
        assert not speakers(utterances, draw[-1].split.train) & speakers(utterances, draw[0].split.test)


def test_a_share_of_no_speakers_for_the_test_or_the_epoch_is_none() -> None:
    utterances = corpus()
    for test, validation, expected in ((0.2, 0.0, (8, 0, 2)), (0.0, 0.2, (8, 2, 0)), (0.0, 0.0, (10, 0, 0))):
        (named,) = protocols.hold_out(utterances, test, validation, 0).splits
        parts = (named.split.train, named.split.validation, named.split.test)
        assert tuple(len(speakers(utterances, part)) for part in parts) == expected
    sentence = protocols.hold_out(utterances, 0.0, 0.0, 0).sentence
    assert (
        sentence
        == "Speaker-disjoint: 90 utterances for training, none for choosing the epoch, none for the test."
    )


def test_unknown_speakers_train_but_are_never_held_out() -> None:
    unknown = [replace(each, speaker="") for each in corpus(speakers=2)]
    (named,) = protocols.hold_out(unknown, 0.0, 0.0, 0).splits
    assert len(named.split.train) == 18
    for refused in (
        lambda: protocols.hold_out(unknown, 0.2, 0.0, 0),
        lambda: protocols.leave_one_speaker_out([*unknown, *corpus("other")], 0.0, 0),
    ):
        with pytest.raises(HumpcatError, match="Who speaks in own is not known") as told:
            refused()
        assert "--test 0 --validation 0" in told.value.hint


def test_corpora_of_different_presets_need_a_share() -> None:
    both = [*corpus("emodb"), *corpus("other")]
    with pytest.raises(HumpcatError, match=r"20 % of emodb, 10 % of other.*no share in common") as told:
        protocols.few_shot(both, None, SPEAKER_DISJOINT, 1, 0)
    assert "--share" in told.value.hint
    assert "20 % of the speakers (4 of 20)" in protocols.few_shot(both, 0.2, SPEAKER_DISJOINT, 1, 0).sentence
    # Of two speakers a tenth is one: the sentence tells what was done.
    few = protocols.few_shot(corpus("tess", 2), None, SPEAKER_DISJOINT, 1, 0)
    assert "10 % of the speakers (1 of 2)" in few.sentence


def test_one_fold_is_none() -> None:
    with pytest.raises(HumpcatError, match="no speaker to train on"):
        protocols.folds(corpus(), 1, 0.0, 0)


def test_splits_of_different_names_have_different_files_on_every_system() -> None:
    names = [
        "draw 1",
        "draw-1",
        "speaker dc/1",
        "speaker DC/1",
        "speaker c/S 1",
        "speaker c/S-1",
        "a-b/c",
        "a/b-c",
    ]
    names += ["curve 5 % draw 1", "fold 3", 'speaker x/<>:"?*']
    files = [protocols.NamedSplit(name, Split((), (), ())).file_name.lower() for name in names]
    assert len(set(files)) == len(names)
    assert files[0] == "draw-1" and files[-3:-1] == ["curve-5-percent-draw-1", "fold-3"]
    assert all(re.fullmatch(r"[a-z0-9.+-]+", file) for file in files)
