"""An edit: which rows it replaces by which, under which words. Undoing one is applying it the other way round."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Self

from .rows import ROWS, Row, columns

_NAMES = {kind: columns(kind) for kind in ROWS}


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row before and after; None where it is not there.

    Attributes:
        columns: what an update changes; none where a row is added or removed.
    """

    before: Row | None
    after: Row | None
    columns: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.before is None and self.after is None:
            raise ValueError("a change of nothing")
        if self.before is not None and self.after is not None and self.before.id != self.after.id:
            raise ValueError("a change of one row into another")
        object.__setattr__(self, "columns", _columns(self.before, self.after))

    @property
    def row(self) -> Row:
        """The row as it is at last, or as it was."""
        row = self.after if self.after is not None else self.before
        assert row is not None  # __post_init__ saw to it
        return row


def _columns(before: Row | None, after: Row | None) -> tuple[str, ...]:
    if before is None or after is None:
        return ()
    return tuple(name for name in _NAMES[type(after)] if getattr(before, name) != getattr(after, name))


@dataclass(frozen=True, slots=True)
class Edit:
    """What changes together, in one transaction.

    Attributes:
        text: as the Edit menu names it after "Undo", for example `label 'angry'`.
        recording: where it happens, for showing it; None where it is not about one.
        span: where in it, in samples.
    """

    text: str
    changes: tuple[RowChange, ...]
    recording: int | None = None
    span: tuple[int, int] | None = None

    @property
    def empty(self) -> bool:
        """Whether it changes nothing."""
        return all(change.before == change.after for change in self.changes)

    def followed_by(self, later: Self) -> Self | None:
        """One edit for this one and one right after it that goes on with the same rows; None if it does something else.

        Decision: a note is written to the project every second while it is typed, and is one step to whoever undoes it.
        """
        if self.text != later.text or len(self.changes) != len(later.changes):
            return None
        pairs = tuple(zip(self.changes, later.changes, strict=True))
        if any(first.after is None or first.after != second.before for first, second in pairs):
            return None
        changes = tuple(RowChange(first.before, second.after) for first, second in pairs)
        return replace(later, changes=changes)

    def reversed(self) -> Self:
        """The edit that undoes this one."""
        changes = tuple(RowChange(change.after, change.before) for change in reversed(self.changes))
        return replace(self, changes=changes)


def added(rows: Iterable[Row]) -> tuple[RowChange, ...]:
    """Changes that add rows."""
    return tuple(RowChange(None, row) for row in rows)


def removed(rows: Iterable[Row]) -> tuple[RowChange, ...]:
    """Changes that remove rows."""
    return tuple(RowChange(row, None) for row in rows)
