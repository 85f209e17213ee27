"""What every Runtime must do: one function per promise, each given a Runtime."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import time
import weakref
from collections.abc import Callable

from webapp.infra.runtime import Runtime

PATIENCE = 60.0


class Receiver:
    """Somebody to hand over to."""

    def receive(self, _item: object) -> None:
        """Nothing comes."""


def wait(condition: Callable[[], object]) -> None:
    """Lets others work until `condition` holds (a green sleep under eventlet)."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def runs_a_coroutine(runtime: Runtime) -> None:
    async def work() -> int:
        await asyncio.sleep(0.001)
        return 5

    assert runtime.run(work(), 5) == 5


def raises_what_the_coroutine_raises(runtime: Runtime) -> None:
    async def fail() -> None:
        raise KeyError("x")

    try:
        runtime.run(fail(), 5)
    except KeyError:
        return
    raise AssertionError("nothing was raised")


def gives_up_in_time_and_cancels(runtime: Runtime) -> None:
    cancelled: list[bool] = []

    async def slow() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(True)

    try:
        runtime.run(slow(), 0.01)
    except TimeoutError:
        wait(lambda: cancelled)
        return
    raise AssertionError("it did not give up")


def waiting_holds_up_nobody(runtime: Runtime) -> None:
    """While one waits for a coroutine, others come in and finish."""
    done: list[str] = []
    gate: list[asyncio.Event] = []

    async def slow() -> None:
        gate.append(asyncio.Event())
        await gate[0].wait()

    async def open_it() -> None:
        gate[0].set()

    def first() -> None:
        runtime.run(slow(), PATIENCE)
        done.append("first")

    runtime.spawn(first)
    wait(lambda: gate)
    assert done == []
    runtime.run(open_it(), 5)
    wait(lambda: done)


def spawns_and_survives_failures(runtime: Runtime) -> None:
    done: list[str] = []
    runtime.spawn(lambda: 1 / 0)
    runtime.spawn(done.append, "after it")
    wait(lambda: done)


def later_comes_and_can_be_called_off(runtime: Runtime) -> None:
    done: list[str] = []
    called_off = runtime.later(0.01, lambda: done.append("called off"))
    called_off()
    runtime.later(0.02, lambda: done.append("came"))
    wait(lambda: done)
    assert done == ["came"]
    called_off()


def hands_over_in_order_and_survives_failures(runtime: Runtime) -> None:
    """Also when each takes a while, and one of them fails."""
    taken: list[int] = []

    def take(number: int) -> None:
        time.sleep(0.001 * (5 - number % 5))
        taken.append(number)
        assert number != 3

    hand = runtime.handing_over(take)

    async def tell() -> None:
        for number in range(20):
            hand(number)

    runtime.run(tell(), 5)
    wait(lambda: len(taken) == 20)
    assert taken == list(range(20))


def what_is_handed_over_may_wait_for_the_loop(runtime: Runtime) -> None:
    """The reason why it does not run on the loop: it asks Janus, and waits."""
    answers: list[int] = []

    async def ask() -> int:
        await asyncio.sleep(0)
        return 7

    hand = runtime.handing_over(lambda _item: answers.append(runtime.run(ask(), 5)))

    async def tell() -> None:
        hand(None)

    runtime.run(tell(), 5)
    wait(lambda: answers == [7])


def holds_nobody_up_beside(runtime: Runtime) -> None:
    """What is done there may wait for something that greenlets know nothing of, until somebody
    else has had their turn."""
    library, (come, go), rounds = ctypes.CDLL(None), os.pipe(), list[str]()

    def work() -> None:
        rounds.append("begun")
        library.read(come, ctypes.create_string_buffer(1), 1)
        rounds.append("done")

    runtime.beside(0.001, work)
    for number in range(1, 3):
        wait(lambda number=number: len(rounds) == 2 * number - 1)  # type: ignore[misc]
        os.write(go, b"x")
    wait(lambda: rounds[:4] == ["begun", "done"] * 2)
    os.close(go)


def repeats_until_stopped_and_survives_failures(runtime: Runtime) -> None:
    """The last promise: stops the runtime, which then refers to nothing of what it was given."""
    times, beside = list[int](), list[int]()
    receiver = Receiver()
    released = weakref.ref(receiver)
    runtime.handing_over(receiver.receive)
    del receiver

    def work() -> None:
        times.append(1)
        assert len(times) != 2

    runtime.every(0.002, work)
    runtime.beside(0.002, lambda: beside.append(1))
    wait(lambda: len(times) > 4 and len(beside) > 4)
    runtime.stop()
    counts = len(times), len(beside)
    time.sleep(0.02)
    assert len(times) <= counts[0] + 1
    assert len(beside) <= counts[1] + 1
    wait(lambda: gc.collect() >= 0 and released() is None)


PROMISES: tuple[Callable[[Runtime], None], ...] = (
    runs_a_coroutine,
    raises_what_the_coroutine_raises,
    gives_up_in_time_and_cancels,
    waiting_holds_up_nobody,
    spawns_and_survives_failures,
    later_comes_and_can_be_called_off,
    hands_over_in_order_and_survives_failures,
    what_is_handed_over_may_wait_for_the_loop,
    holds_nobody_up_beside,
    repeats_until_stopped_and_survives_failures,
)


def keep_all(runtime: Runtime) -> None:
    for promise in PROMISES:
        promise(runtime)
        print(promise.__name__, flush=True)  # noqa: T201
