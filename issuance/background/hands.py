"""One thread that does one thing after another and keeps no process alive: what hangs in it ends with the process."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
Work = SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]


class Hands(Executor):
    """An executor of one daemon thread of this name, which a signer that belongs to its thread can rely on."""

    def __init__(self, name: str) -> None:
        self._work: Work = SimpleQueue()
        self._thread = threading.Thread(target=_do, args=(self._work,), name=name, daemon=True)
        weakref.finalize(self, self._work.put, None)

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Do it when all before it is done."""
        if self._thread.ident is None:
            self._thread.start()
        future: Future[T] = Future()
        self._work.put((future, partial(fn, *args, **kwargs)))
        return future


def _do(work: Work) -> None:
    while (item := work.get()) is not None:
        future, call = item
        if not future.set_running_or_notify_cancel():
            continue
        try:
            future.set_result(call())
        except BaseException as error:  # whoever waits for it gets it
            future.set_exception(error)
        del item, future, call
