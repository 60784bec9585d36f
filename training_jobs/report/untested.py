"""Labels that the tests lack, in sentences: UA is then a mean over fewer labels, and no figure of theirs is true."""

from collections.abc import Sequence

import numpy as np

from ..outcome import Outcome


def untested_labels(outcomes: Sequence[Outcome], pooled: bool) -> tuple[str, ...]:
    """What to warn of; nothing where every test has all labels.

    Args:
        outcomes: of one job, with the same labels.
        pooled: whether they are folds, whose predictions count together: a label may be in one fold alone.
    """
    tested = [outcome for outcome in outcomes if len(outcome.truth)]
    if not tested:
        return ()
    labels = tested[0].labels
    there = [{labels[k] for k in np.unique(outcome.truth)} for outcome in tested]
    somewhere = set().union(*there)
    told = []
    if missing := [label for label in labels if label not in somewhere]:
        found = [label for label in labels if label in somewhere]
        told.append(
            f"The model knows {' and '.join(missing)}, but no utterance of the test is labelled so: UA is the "
            f"mean over fewer labels ({', '.join(found)})."
        )
    fewer = [(o.name, somewhere - own) for o, own in zip(tested, there, strict=True) if own < somewhere]
    if fewer and not pooled:
        name, lacking = fewer[0]
        told.append(
            f"{len(fewer)} of {len(tested)} tests lack a label that others have "
            f"({name}: {', '.join(sorted(lacking))}): their UA is a mean over fewer labels."
        )
    return tuple(told)
