"""The settings that `pellucid tune` searches: one place to add a thing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pellucid.basics.registers import register

Value = int | float | str


@dataclass(frozen=True, slots=True)
class Dimension:
    """One setting and its range.

    Parameters
    ----------
    name : str
    option : str
        The parameter of `pellucid train` that it decides; where somebody gives that, it is not searched.
    usual : int, float or str
        Where the search begins: what `pellucid train` does by itself.
    low, high : float
        The range of a number.
    log : bool
        Whether ratios count, not differences.
    step : float or None
        Only multiples of it, from `low` on.
    choices : tuple
        In place of a range.
    classes_only : bool
        Whether it has a meaning only where classes are learnt, by a cross-entropy.
    short : str
        How a value is told among others.
    """

    name: str
    option: str
    usual: Value
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    step: float | None = None
    choices: tuple[Value, ...] = ()
    classes_only: bool = False
    short: str = "{}"

    @property
    def is_whole(self) -> bool:
        """Whether it takes whole numbers only."""
        return isinstance(self.usual, int)

    @property
    def told(self) -> str:
        """The range in words."""
        if self.choices:
            return f"{self.name} {', '.join(map(str, self.choices))}"
        how = ", log" if self.log else f", by {self.step:g}" if self.step else ""
        return f"{self.name} {self.low:g} … {self.high:g}{how}"

    def rounded(self, value: Value) -> Value:
        """A value with three digits, which can be written and read again."""
        return float(f"{value:.3g}") if isinstance(value, float) else value


DIMENSIONS = register(
    "setting to search",
    Dimension("layers", "hidden", 2, 1, 3, short="{} ×"),
    Dimension("width", "hidden", 64, 16, 512, log=True),
    Dimension("learning_rate", "learning_rate", 0.001, 1e-4, 3e-2, log=True, short="rate {}"),
    Dimension("dropout", "dropout", 0.0, 0.0, 0.5, step=0.1, short="dropout {}"),
    Dimension("l2", "l2", 1e-7, 1e-7, 1e-2, log=True, short="l2 {}"),
    Dimension("batch_size", "batch_size", 32, choices=(16, 32, 64, 128, 256), short="batch {}"),
    Dimension("activation", "activation", "relu", choices=("relu", "gelu", "selu", "tanh")),
    Dimension(
        "label_smoothing",
        "label_smoothing",
        0.0,
        0.0,
        0.2,
        step=0.05,
        classes_only=True,
        short="smoothing {}",
    ),
    Dimension(
        "normalization", "normalization", "none", choices=("none", "batch", "layer"), short="{} normalization"
    ),
    Dimension("schedule", "schedule", "constant", choices=("constant", "cosine", "one_cycle")),
)
LEFT_OUT = ("none", "constant", 0.0)
SPACES = {
    "small": ("layers", "width", "learning_rate", "dropout", "l2"),
    "full": tuple(DIMENSIONS),
}


def dimensions(space: str, given: Iterable[str] = (), *, classes: bool = True) -> tuple[Dimension, ...]:
    """The settings to search, less those that somebody has decided.

    Parameters
    ----------
    space : str
        A name of `SPACES`.
    given : iterable of str
        Options that were given.
    classes : bool
        Whether classes are learnt, by a cross-entropy.

    Examples
    --------
    >>> [dimension.name for dimension in dimensions("small", ["hidden"])]
    ['learning_rate', 'dropout', 'l2']
    """
    decided = set(given)
    found = (DIMENSIONS[name] for name in SPACES[space])
    return tuple(d for d in found if d.option not in decided and (classes or not d.classes_only))


def told(value: Value) -> str:
    """A setting as people read it."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def in_short(settings: Mapping[str, Value]) -> str:
    """Settings in one line; what does nothing is left out.

    Parameters
    ----------
    settings : mapping of str to value
        By the names of dimensions.

    Examples
    --------
    >>> in_short({"layers": 2, "width": 64, "learning_rate": 0.001, "normalization": "none"})
    '2 × 64, rate 0.001'
    """
    texts = [
        DIMENSIONS[name].short.format(told(value))
        for name, value in settings.items()
        if value not in LEFT_OUT
    ]
    return ", ".join(texts).replace("×, ", "× ")


def as_options(settings: Mapping[str, Value]) -> dict[str, Value]:
    """The parameters of `pellucid train` that settings stand for.

    Parameters
    ----------
    settings : mapping of str to value
        By the names of dimensions.

    Examples
    --------
    >>> as_options({"layers": 2, "width": 96, "dropout": 0.1})
    {'dropout': 0.1, 'hidden': '96,96'}
    """
    options = {name: value for name, value in settings.items() if name not in ("layers", "width")}
    if "layers" in settings:
        options["hidden"] = ",".join([str(settings["width"])] * int(settings["layers"]))
    return options
