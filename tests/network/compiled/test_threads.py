"""How many threads may work, which number is the fastest, and several of Python's at once."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from pellucid.network.engines import compiled

if compiled.missing():
    pytest.skip(compiled.missing(), allow_module_level=True)

from pellucid.network.engines.compiled import threads
from pellucid.network.engines.compiled.threads import (
    LIMITS,
    TRY_AGAIN_AFTER,
    ThreadChoice,
    available,
    run_all,
)
from tests.network.compiled.cases import a_work, bits, trained, with_threads

# How many


@pytest.fixture
def processors(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Say how many processors there are, and what the environment asks for."""
    for name in LIMITS:
        monkeypatch.delenv(name, raising=False)

    def say(count: int, **asked: str) -> None:
        monkeypatch.setattr(threads.os, "sched_getaffinity", lambda pid: set(range(count)), raising=False)
        for name, text in asked.items():
            monkeypatch.setenv(name, text)

    return say


def test_as_many_as_the_process_may_use(processors: Any) -> None:
    processors(6)
    assert available() == 6


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity here")
def test_the_affinity_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LIMITS:
        monkeypatch.delenv(name, raising=False)
    mine = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(mine)})
        assert available() == 1
    finally:
        os.sched_setaffinity(0, mine)
    assert available() == len(mine)


def test_where_there_is_no_affinity(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LIMITS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delattr(threads.os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(threads.os, "cpu_count", lambda: 5)
    assert available() == 5
    monkeypatch.setattr(threads.os, "cpu_count", lambda: None)
    assert available() == 1


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"OMP_NUM_THREADS": "2"}, 2),
        ({"NUMBA_NUM_THREADS": "3"}, 3),
        ({"NUMBA_NUM_THREADS": "3", "OMP_NUM_THREADS": "1"}, 1),
        ({"OMP_NUM_THREADS": "4,2"}, 4),
        ({"OMP_NUM_THREADS": "16"}, 8),
        ({"OMP_NUM_THREADS": "0"}, 8),
        ({"OMP_NUM_THREADS": "many"}, 8),
        ({"OMP_NUM_THREADS": ""}, 8),
    ],
)
def test_never_more_than_a_worker_s_share(asked: dict[str, str], count: int, processors: Any) -> None:
    processors(8, **asked)
    assert available() == count


# Which number is the fastest


STEPS = 1000


def played(choice: ThreadChoice, seconds: dict[int, float], calls: int) -> list[int]:
    """The numbers chosen for whole calls, where a step takes so long with each; what is only tried is left out."""
    chosen = []
    for _ in range(calls):
        left = STEPS
        while left:
            number, count = choice.next(left)
            assert 0 < count <= left
            choice.note(number, seconds[number])
            if count > STEPS // 2:
                chosen.append(number)
            left -= count
    return chosen


@pytest.mark.parametrize(
    ("count", "candidates"),
    [(1, [1]), (2, [1, 2]), (3, [1, 2, 3]), (8, [1, 2, 4, 8]), (12, [1, 2, 4, 8, 12])],
)
def test_candidates(count: int, candidates: list[int], processors: Any) -> None:
    processors(count)
    assert ThreadChoice().candidates == candidates


@pytest.mark.parametrize("fastest", [1, 2, 4])
def test_all_are_tried_and_the_fastest_is_kept(fastest: int, processors: Any) -> None:
    processors(4)
    choice = ThreadChoice()
    chosen = played(choice, {number: 1.0 if number == fastest else 2.0 for number in (1, 2, 4)}, 100)
    assert set(choice.seconds) == {1, 2, 4}
    assert chosen == [fastest] * 100


def test_others_get_another_chance(processors: Any) -> None:
    """The machine was busy, and no longer is: then more threads are worth it."""
    processors(2)
    choice = ThreadChoice()
    assert set(played(choice, {1: 1.0, 2: 3.0}, 10)) == {1}
    assert played(choice, {1: 1.0, 2: 0.6}, 3 * TRY_AGAIN_AFTER)[-5:] == [2] * 5
    assert played(choice, {1: 0.5, 2: 0.6}, 3 * TRY_AGAIN_AFTER)[-5:] == [1] * 5


def test_a_single_step_is_enough_to_try(processors: Any) -> None:
    processors(2)
    choice = ThreadChoice()
    for _ in range(5):
        number, count = choice.next(1)
        assert count == 1
        choice.note(number, {1: 2.0, 2: 1.0}[number])
    assert number == 2


def test_a_wish_is_a_command(processors: Any) -> None:
    processors(4)
    assert played(ThreadChoice(3), {3: 9.0}, 100) == [3] * 100
    assert ThreadChoice(3).expected(3, 0.5) == 0.5


# Running them


def test_each_thread_has_its_part_and_the_first_one_s_result_counts() -> None:
    seen: dict[int, int] = {}

    def run(job: int, thread: int) -> int:
        seen[thread] = threading.get_ident()
        return 10 * job + thread

    flag = np.zeros(1, np.int64)
    assert run_all(run, 7, 3, None, flag, short=False) == 70
    assert sorted(seen) == [0, 1, 2]
    assert threading.get_ident() not in seen.values()  # which waits, and can hear Ctrl-C
    for number in (1, 3):
        assert run_all(run, 7, number, lambda: True, flag, short=True) == 70
        assert seen[0] == threading.get_ident()
    assert flag[0] == 0


def test_who_waits_asks_whether_to_stop() -> None:
    flag, seen = np.zeros(1, np.int64), []

    def run(job: int, thread: int) -> int:
        while not flag[0]:
            threading.Event().wait(0.001)
        seen.append(thread)
        return thread

    assert run_all(run, 0, 2, lambda: True, flag, short=False) == 0
    assert sorted(seen) == [0, 1]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_who_is_interrupted_while_waiting_leaves_nobody_at_work(error: type[BaseException]) -> None:
    flag, ended = np.zeros(1, np.int64), []

    def run(job: int, thread: int) -> int:
        while not flag[0]:
            threading.Event().wait(0.001)
        ended.append(thread)
        return thread

    def interrupted() -> bool:
        raise error

    with pytest.raises(error):
        run_all(run, 0, 3, interrupted, flag, short=False)
    assert sorted(ended) == [0, 1, 2]


# Several at once, and other processes


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_several_of_python_s_threads_train_at_once(dtype: str) -> None:
    works = [with_threads(a_work((40, 33), dtype=dtype, dropout=0.2, seed=seed), 2) for seed in (0, 1, 2)]
    alone = [bits(trained(work, dtype)) for work in works]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(2):
            assert [bits(one) for one in pool.map(lambda w: trained(w, dtype), works * 2)] == alone * 2


def a_run() -> list[bytes]:
    return bits(trained(with_threads(a_work((40, 33)), 2)))


def _answer(sender: Any) -> None:
    sender.send(a_run())


@pytest.mark.skipif(sys.platform == "win32" or sys.platform == "darwin", reason="nobody forks here")
@pytest.mark.filterwarnings(
    "ignore::DeprecationWarning"
)  # from 3.12 on Python warns of every fork with threads
def test_after_a_fork() -> None:
    here = a_run()  # with threads, before
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_answer, args=(sender,))
    child.start()
    assert receiver.poll(60)
    assert receiver.recv() == here
    child.join(60)
    assert child.exitcode == 0


def test_in_a_worker_of_joblib() -> None:
    joblib = pytest.importorskip("joblib")
    import pellucid

    def in_worker(data: Any) -> tuple[bytes, int, str]:
        net = pellucid.Network.for_data(data, hidden=[40, 33])
        history = pellucid.fit(net, data, epochs=2, show=False)
        return net.theta.tobytes(), available(), history.engine

    points = pellucid.Dataset(np.random.default_rng(0).normal(size=(200, 5)), np.arange(200) % 3)
    here = in_worker(points)
    with joblib.parallel_config(backend="loky", inner_max_num_threads=1):
        results = joblib.Parallel(n_jobs=2)(joblib.delayed(in_worker)(points) for _ in range(2))
    joblib.externals.loky.get_reusable_executor().shutdown(wait=True)
    for theta, share, engine in results:
        assert theta == here[0]
        assert (share, engine) == (1, "compiled")
