"""Letters for what differs: each sentence is told once below a table, and every row carries its letters."""

from collections.abc import Iterable, Sequence
from string import ascii_lowercase


def letters_of(rows: Iterable[Sequence[str]]) -> dict[str, str]:
    """By sentence its letter (a to z, then aa, ab ...), in the order in which the rows' sentences come."""
    sentences = list(dict.fromkeys(sentence for row in rows for sentence in row))
    return {sentence: _letter(number) for number, sentence in enumerate(sentences)}


def _letter(number: int) -> str:
    before, rest = divmod(number, len(ascii_lowercase))
    return (_letter(before - 1) if before else "") + ascii_lowercase[rest]
