"""Tasks: progress, partial results, one end, and nothing after a cancel."""

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot

from app.tasks import Report, TaskPool
from core_model.errors import HumpcatError


@pytest.fixture
def pool(qapp: QObject) -> Iterator[TaskPool]:
    made = TaskPool()
    yield made
    made.close()


def test_results_arrive_on_the_gui_thread_in_order(qtbot: QtBot, pool: TaskPool) -> None:
    got: list[object] = []

    def work(report: Report) -> str:
        report.progress(1, 2, "half")
        report.partial("a")
        report.partial("b")
        return "end"

    def take(value: object) -> None:
        assert QThread.currentThread() is pool.thread()
        got.append(value)

    pool.start(work, take, pytest.fail, take, lambda *progress: got.append(progress))
    qtbot.waitUntil(lambda: "end" in got)
    assert got == [(1, 2, "half"), "a", "b", "end"]


@pytest.mark.parametrize("error", [HumpcatError("no"), ValueError("a defect")])
def test_a_failure_arrives_as_the_exception_that_it_was(
    qtbot: QtBot, pool: TaskPool, error: Exception
) -> None:
    got: list[Exception] = []

    def work(_: Report) -> None:
        raise error

    pool.start(work, pytest.fail, got.append)
    qtbot.waitUntil(lambda: bool(got))
    assert got == [error]


def test_nothing_arrives_after_a_cancel_not_even_what_was_under_way(qtbot: QtBot, pool: TaskPool) -> None:
    sent, stopped, got = threading.Event(), threading.Event(), []

    def work(report: Report) -> None:
        report.partial("too late")
        sent.set()
        try:
            while True:
                report.check()
        finally:
            stopped.set()

    task = pool.start(work, got.append, got.append, got.append)
    assert sent.wait(5)  # on its way to the GUI thread, which has not looked yet
    task.cancel()
    qtbot.waitUntil(stopped.is_set)
    after: list[object] = []
    pool.start(lambda _: "next", after.append, pytest.fail)
    qtbot.waitUntil(lambda: after == ["next"])
    assert got == []
