"""Garbage collections stay short however much a project holds."""

import gc
from collections.abc import Iterator

import pytest

from app import garbage


@pytest.fixture(autouse=True)
def kept_short() -> Iterator[None]:
    garbage.keep_short()
    yield
    garbage.end()


class Ring:
    def __init__(self) -> None:
        self.itself = self


def rings() -> int:
    """How many there are, those that collections leave alone among them."""
    gc.unfreeze()
    return sum(type(each) is Ring for each in gc.get_objects())


def test_what_survived_a_full_collection_is_not_looked_at_again() -> None:
    held = [[number] for number in range(10_000)]
    gc.collect()
    assert gc.get_freeze_count() >= len(held)
    assert len(gc.get_objects()) < len(held)
    garbage.look_at_all()
    assert len(gc.get_objects()) >= len(held)


def test_garbage_that_is_new_or_of_the_project_before_is_collected() -> None:
    Ring()
    kept = Ring()
    gc.collect()
    assert rings() == 1
    gc.collect()  # leaves it alone from here on
    del kept
    gc.collect()
    assert rings() == 1  # not looked at
    garbage.look_at_all()
    gc.collect()
    assert rings() == 0


def test_the_default_comes_back() -> None:
    gc.collect()
    garbage.end()
    try:
        gc.collect()
        assert gc.get_freeze_count() == 0
    finally:
        garbage.keep_short()
