"""Work over many files in threads, with progress, and stopped at once when nobody wants it any more."""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
Progress = Callable[[int, int], None]  # done, of

_CHUNKS = 400  # so many steps of progress; a future for each of 100 000 files would cost seconds
_LARGEST = 64
_TICK = 0.2  # s between calls of progress while nothing gets done, so that a cancel is heard


class Stopped(Exception):
    """Raised in a thread whose work is no longer wanted."""


def in_threads(
    work: Callable[[T, threading.Event], R],
    items: Sequence[T],
    on_progress: Progress | None = None,
    threads: int | None = None,
) -> list[R]:
    """The results of `work` for each item, in their order.

    Args:
        work: called in a thread with an item and an event; when the event is set it may raise `Stopped`.
        items: what to work on.
        on_progress: called in the caller's thread at least every 0.2 s; what it raises ends all work.
        threads: how many; None takes two for each core, for some will wait for the disk.
    """
    stop = threading.Event()
    size = max(1, min(_LARGEST, len(items) // _CHUNKS))
    chunks = [items[at : at + size] for at in range(0, len(items), size)]

    def run(chunk: Sequence[T]) -> list[R]:
        results = []
        for item in chunk:
            if stop.is_set():
                raise Stopped
            results.append(work(item, stop))
        return results

    pool = ThreadPoolExecutor(threads or 2 * (os.cpu_count() or 1))
    try:
        futures = [pool.submit(run, chunk) for chunk in chunks]
        _wait(futures, len(items), on_progress)
        return [result for future in futures for result in future.result()]
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def _wait(futures: Sequence[Future[list[R]]], of: int, on_progress: Progress | None) -> None:
    open_futures, done = set(futures), 0
    while open_futures:
        finished, open_futures = wait(open_futures, _TICK, FIRST_COMPLETED)
        done += sum(len(future.result()) for future in finished)
        if on_progress:
            on_progress(done, of)
