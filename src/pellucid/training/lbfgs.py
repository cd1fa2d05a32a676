"""L-BFGS: all examples at once, along directions that remember how the gradient has changed.

SciPy's routine calls for the loss wherever it wants to know it, and returns when it is through; training is asked for
one epoch at a time, and may be left at any. So the routine runs in a thread of its own, which does nothing but wait:
each point that it asks about is handed over, and the loss there is computed by whoever asks for the next epoch.
"""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import replace
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Literal, NamedTuple

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DivergedError
from pellucid.formulas.penalties import add_penalty_slopes, penalty
from pellucid.network import outputs
from pellucid.network.scores import scores
from pellucid.training.run import Run
from pellucid.training.state import State, Tally
from pellucid.training.steps import Attention, Moved, Watch

SECONDS_TO_END = 5.0  # more than enough for a thread that waits for us
Answer = tuple[float, Array] | Literal["on", "enough"]


class _Enough(Exception):  # noqa: N818 - no error: nobody wants to know more
    """Leaves SciPy's routine from within."""


class _News(NamedTuple):
    """What the routine says: where it wants to know the loss, where an iteration has led, or that it is through."""

    kind: Literal["where", "there", "end"]
    x: Array
    error: BaseException | None = None


class _Routine:
    """SciPy's L-BFGS-B as a partner in a conversation: `tell` gives it an answer, and returns what it says next."""

    def __init__(self, x: Array, history: int) -> None:
        self._news: SimpleQueue[_News] = SimpleQueue()
        self._answers: SimpleQueue[Answer] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, args=(x, history), name="L-BFGS", daemon=True)

    def tell(self, answer: Answer) -> _News:
        """Loss and gradient after "where"; "on" after "there", and in the beginning."""
        if self._thread.ident is None:
            self._thread.start()
        else:
            self._answers.put(answer)
        news = self._news.get()
        if news.error is not None:
            raise news.error
        return news

    def close(self) -> None:
        """End the thread."""
        if self._thread.ident is not None:
            self._answers.put("enough")
            if not sys.is_finalizing():  # where Python itself ends, its threads have stopped for good
                self._thread.join(SECONDS_TO_END)

    def _run(self, x: Array, history: int) -> None:
        from scipy.optimize import minimize

        never = {
            "maxiter": sys.maxsize,
            "maxfun": sys.maxsize,
            "ftol": 0.0,
            "gtol": 0.0,
        }  # our own rules end it
        options = {"maxcor": history, **never}
        try:
            minimize(  # type: ignore[call-overload]
                self._where, x, jac=True, method="L-BFGS-B", callback=self._there, options=options
            )
            self._news.put(_News("end", x))
        except _Enough:
            pass
        except BaseException as error:  # noqa: BLE001 - raised again where somebody waits for it
            self._news.put(_News("end", x, error))

    def _where(self, x: Array) -> tuple[float, Array]:
        self._news.put(_News("where", x.copy()))
        answer = self._answers.get()
        if isinstance(answer, str):
            raise _Enough
        return answer

    def _there(self, intermediate_result: Any) -> None:
        self._news.put(_News("there", intermediate_result.x.copy()))
        if self._answers.get() == "enough":
            raise _Enough


class _Point(NamedTuple):
    """A place, and what was found there: the loss without penalties, with them, and the gradient of the latter."""

    x: Array
    loss: float
    value: float
    gradient: Array


class LineSearches:
    """A way to move: each call is one iteration of L-BFGS, to a place that is lower along its direction.

    It computes in float64, whatever the network's precision. It ends where the gradient's largest number is at most
    `gtol`, or an iteration lowers the loss by no more than the share `ftol`, or the loss was asked for more than
    `max_fun` times. What it remembers of the way does not stand in the state: going on from one, it begins to learn
    anew how the gradient changes.

    Parameters
    ----------
    run : Run
    state : State
        Where to begin.
    watch : callable or None

    References
    ----------
    Liu, Nocedal (1989), On the limited memory BFGS method for large scale optimization.
    Byrd, Lu, Nocedal, Zhu (1995), A limited memory algorithm for bound constrained optimization, section 6: when to
    end.
    """

    def __init__(self, run: Run, state: State, watch: Watch | None) -> None:
        self._run, self._watch = run, watch
        X, y = run.work.X, run.work.y
        if np.issubdtype(X.dtype, np.floating):
            X = X.astype(np.float64, copy=False)  # once, not in each evaluation
        if np.issubdtype(y.dtype, np.floating):
            y = y.astype(np.float64, copy=False)
        self._work = replace(run.work, X=X, y=y)
        rates = run.work.architecture.rates(np.float64)
        self._frozen = None if rates is None else rates == 0
        self._routine = _Routine(state.theta.astype(np.float64), int(run.plan.settings["history"]))
        self._answer: Answer = "on"  # what the routine waits for
        self._at: _Point | None = None  # where the last iteration has led
        self._last: _Point | None = None  # where the loss was asked for last
        self._evaluations = 0

    def __enter__(self) -> LineSearches:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._routine.close()

    def __call__(self, state: State) -> Moved:
        """State → what an iteration makes of it; the state's arrays stay as they are."""
        began = time.perf_counter()
        attention = Attention(self._run, self._watch, state, began)
        before, after, reason = self._at, None, ""
        if before is None:
            before = self._at = self._next(state, attention, "where")
            reason = "" if before is None else self._flat(before)
        if before is not None and not reason:
            after = self._next(state, attention, "there")
            if after is not None:
                self._at, reason = after, self._reason(before, after)
            elif not (attention.interrupted or attention.late):
                reason = "the line search finds no lower loss"
        tally = (
            Tally() if self._at is None else self._tally(self._at, state, began, steps=int(after is not None))
        )
        attention.tally = tally
        attention.stop()
        theta = state.theta.copy() if after is None else after.x.astype(state.theta.dtype)
        return Moved(
            theta,
            memory=(),
            buffers=state.buffers.copy(),
            t=state.t + tally.steps,
            tally=tally,
            learning_rate=1.0,
            began=began,
            done=after is not None,
            interrupted=attention.interrupted,
            reason=reason,
        )

    def _next(self, state: State, attention: Attention, kind: str) -> _Point | None:
        """The next point where the routine asks or has arrived; None if it can't go on, or somebody says stop."""
        number = 0
        while True:
            news = self._routine.tell(self._answer)
            if news.kind == "there":
                self._answer = "on"
                same = self._last is not None and np.array_equal(self._last.x, news.x)
                return self._last if same else self._evaluate(news.x, state, number)
            if news.kind == "end" or attention.stop():
                return None
            number += 1
            self._last = self._evaluate(news.x, state, number)
            self._answer = self._last.value, self._last.gradient
            if kind == "where":
                return self._last

    def _evaluate(self, x: Array, state: State, number: int) -> _Point:
        """Loss and gradient at a place."""
        work = self._work
        self._evaluations += 1
        with np.errstate(over="ignore", invalid="ignore"):  # looked for below, and named
            losses, gradient = self._run.engine.gradient(
                work.architecture, x, work.X, work.y, work.sample_weight, state.buffers
            )
            loss = value = float(np.average(losses.astype(np.float64), weights=work.sample_weight))
            if self._run.is_penalized:
                value += penalty(work.layout.weights(x), work.penalties)
                add_penalty_slopes(work.layout.weights(gradient), work.layout.weights(x), work.penalties)
        if self._frozen is not None:
            gradient[self._frozen] = 0
        if not (np.isfinite(value) and np.isfinite(gradient).all()):
            raise DivergedError(state.epoch + 1, number, *self._not_finite(value, gradient))
        return _Point(x, loss, value, gradient)

    def _not_finite(self, value: float, gradient: Array) -> tuple[str, str]:
        """Layer and quantity, of the layers the last."""
        if not np.isfinite(value):
            return f"layer {self._work.architecture.n_layers}", "loss on the scores"
        for name, tensor in reversed(self._work.layout.tensors(gradient).items()):
            if not np.isfinite(tensor).all():
                number = name.lstrip("Wbgainofset")
                return f"layer {number}" if number.isdigit() else "the features", f"gradient of {name}"
        raise AssertionError("called although all is finite")

    def _flat(self, point: _Point) -> str:
        """Whether there is no way down from here, in words."""
        steepest, gtol = float(np.abs(point.gradient).max(initial=0)), self._run.plan.settings["gtol"]
        return f"no slope is steeper than {gtol:g}" if steepest <= gtol else ""

    def _reason(self, before: _Point, after: _Point) -> str:
        """Why there should be no further iteration; empty if there should."""
        settings, size = self._run.plan.settings, max(abs(before.value), abs(after.value), 1.0)
        if self._evaluations > settings["max_fun"]:  # first, as in SciPy's own driver
            return f"the loss was asked for more than {settings['max_fun']:g} times"
        if flat := self._flat(after):
            return flat
        if before.value - after.value <= settings["ftol"] * size:
            return f"the loss falls by no more than the share {settings['ftol']:g}"
        return ""

    def _tally(self, point: _Point, state: State, began: float, *, steps: int) -> Tally:
        """What the network is worth at a place, on all examples."""
        run, correct = self._run, None
        n, weights = run.n, run.work.sample_weight
        weight = float(n) if weights is None else float(weights.sum())
        if run.classifies:
            theta = point.x.astype(state.theta.dtype)
            z = scores(
                run.engine, run.work.architecture, theta, run.work.X, run.work.n_threads, state.buffers
            )
            right = outputs.right(run.work.architecture, z, run.work.y)
            correct = float(np.count_nonzero(right)) if weights is None else float(weights @ right)
        seconds = time.perf_counter() - began
        return Tally(point.loss * weight, weight, correct, n, steps, seconds)
