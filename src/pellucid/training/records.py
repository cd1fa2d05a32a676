"""What training tells: one frozen record for each epoch, and the history of all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import overload

from pellucid.training.state import State


@dataclass(frozen=True, slots=True, eq=False)
class Epoch:
    """How one epoch went.

    Parameters
    ----------
    number : int
        Counted from 1.
    loss : float
        (Weighted) mean over the training examples, each judged just before the step that learnt from it; without
        penalty. Of an epoch that was interrupted: over those used so far. Of "lbfgs": after the iteration.
    accuracy : float or None
        Likewise; None for regression.
    penalty : float
        What the weights cost at the end of the epoch, l1 and l2 together.
    validation_loss, validation_accuracy : float or None
        After the epoch, on examples that training does not see; None without such.
    learning_rate : float
        Of its last step.
    steps, examples : int
        How many of each it took.
    seconds : float
        Training alone, without validation.
    stopped : str
        Why training ends with this epoch; empty while it goes on.
    weights_of : int
        The epoch whose weights the network has now: this one, or the best one once training is over.
    state : State or None
        Where training stands: give it to `epochs` to go on from here.
    engine : str
        The name of the engine that computed it.
    validation_score : float or None
        After the epoch, by the function that was given for it; higher is better.
    """

    number: int
    loss: float
    accuracy: float | None
    penalty: float
    validation_loss: float | None
    validation_accuracy: float | None
    learning_rate: float
    steps: int
    examples: int
    seconds: float
    stopped: str
    weights_of: int
    state: State | None = field(repr=False)
    engine: str = ""
    validation_score: float | None = None

    @property
    def examples_per_second(self) -> float:
        """Training speed."""
        return self.examples / self.seconds if self.seconds > 0 else float("inf")


@dataclass(frozen=True, slots=True, eq=False)
class Progress:
    """Where training stands within an epoch; what a display shows.

    Parameters
    ----------
    epoch, epochs : int
        The epoch under way, counted from 1, and how many are planned.
    examples, examples_in_epoch : int
        Used in this epoch so far, and in all of it.
    loss : float
        Mean over the examples used so far.
    accuracy : float or None
    seconds : float
        Since the epoch began.
    """

    epoch: int
    epochs: int
    examples: int
    examples_in_epoch: int
    loss: float
    accuracy: float | None
    seconds: float


class History(Sequence[Epoch]):
    """The epochs of a training run; only the last keeps its state, for going on.

    Parameters
    ----------
    records : sequence of Epoch

    Examples
    --------
    >>> len(History([])), History([]).stopped
    (0, '')
    """

    def __init__(self, records: Sequence[Epoch]) -> None:
        self._records = tuple(
            record if record.state is None or record is records[-1] else replace(record, state=None)
            for record in records
        )

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Epoch]:
        return iter(self._records)

    @overload
    def __getitem__(self, index: int) -> Epoch: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Epoch]: ...
    def __getitem__(self, index: int | slice) -> Epoch | Sequence[Epoch]:
        return self._records[index]

    @property
    def losses(self) -> list[float]:
        """Training loss of each epoch."""
        return [record.loss for record in self]

    @property
    def accuracies(self) -> list[float | None]:
        """Training accuracy of each epoch."""
        return [record.accuracy for record in self]

    @property
    def validation_losses(self) -> list[float | None]:
        """Validation loss after each epoch."""
        return [record.validation_loss for record in self]

    @property
    def validation_accuracies(self) -> list[float | None]:
        """Validation accuracy after each epoch."""
        return [record.validation_accuracy for record in self]

    @property
    def validation_scores(self) -> list[float | None]:
        """Validation score after each epoch."""
        return [record.validation_score for record in self]

    @property
    def learning_rates(self) -> list[float]:
        """Learning rate of each epoch's last step."""
        return [record.learning_rate for record in self]

    @property
    def seconds(self) -> float:
        """Training time of all epochs."""
        return sum(record.seconds for record in self)

    @property
    def stopped(self) -> str:
        """Why training ended."""
        return self._records[-1].stopped if self._records else ""

    @property
    def engine(self) -> str:
        """The name of the engine that computed it."""
        return self._records[-1].engine if self._records else ""

    @property
    def state(self) -> State | None:
        """Where training stands at the end: give it to `epochs` or `fit` to go on."""
        return self._records[-1].state if self._records else None

    def __repr__(self) -> str:
        if not self._records:
            return "<History: no epoch yet>"
        last = self._records[-1]
        return f"<History: {len(self)} epochs, loss {last.loss:.4f}, {self.seconds:.1f} s; {last.stopped}>"
