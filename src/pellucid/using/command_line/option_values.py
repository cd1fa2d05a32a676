"""What is written after an option, as the values that it stands for."""

from __future__ import annotations

from collections.abc import Iterable

from pellucid.basics.errors import OptionError, UnknownNameError
from pellucid.data.class_weights import ClassWeight
from pellucid.formulas.augmentation import LARGEST, Augmentation


def hidden_sizes(text: str) -> list[int]:
    """Turn "64,64" into [64, 64]; "none" into [].

    Raises
    ------
    OptionError
        If it is anything else.

    Examples
    --------
    >>> hidden_sizes("16,16"), hidden_sizes("none")
    ([16, 16], [])
    """
    if text.strip().lower() in ("none", "", "0"):
        return []
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise OptionError(f"--hidden is {text!r}; expected whole numbers like 64,64, or none.") from None


def augmentation(text: str | None) -> Augmentation | None:
    """Turn "shift=2,rotation=10" into the changes of pictures that it says; "on" into moderate ones.

    Raises
    ------
    OptionError
        If it is anything else, or a strength is out of range; UnknownNameError for an unknown kind of change.

    Examples
    --------
    >>> print(augmentation("shift=2,rotation=10"), augmentation("off"))
    shift=2,rotation=10 None
    """
    if text is None or text.strip().lower() in ("off", "none"):
        return None
    if text.strip().lower() == "on":
        return Augmentation.moderate()
    strengths = named_numbers("--augment", [text], "strengths like shift=2,rotation=10, each once, or on")
    for name in strengths:
        if name not in LARGEST:
            raise UnknownNameError("change of pictures", name, LARGEST)
    return Augmentation(**{name: float(strength) for name, strength in strengths.items()})


def named_numbers(option: str, texts: Iterable[str], expected: str) -> dict[str, float]:
    """Turn "beta1=0.8,beta2=0.99" into {"beta1": 0.8, "beta2": 0.99}; whole numbers stay whole.

    Parameters
    ----------
    option : str
        Who says it, for the message.
    texts : iterable of str
        Such lists; together they name everything once.
    expected : str
        What the message asks for.

    Raises
    ------
    OptionError
        If it is anything else.

    Examples
    --------
    >>> named_numbers("--setting", ["every=5,factor=0.5"], "NAME=VALUE")
    {'every': 5, 'factor': 0.5}
    """
    numbers: dict[str, float] = {}
    for text in texts:
        for part in text.split(","):
            name, equals, number = part.rpartition("=")  # the name of a class may have an = in it
            try:
                value = _number(number)
            except ValueError:
                equals = ""
            if not equals or not name.strip() or name.strip() in numbers:
                raise OptionError(f"{option} is {text!r}; expected {expected}.")
            numbers[name.strip()] = value
    return numbers


def _number(text: str) -> float:
    try:
        return int(text)
    except ValueError:
        return float(text)


def class_weight(text: str | None) -> ClassWeight:
    """Turn "ill=5,well=1" into weights by name; "balanced" and None stay as they are.

    Raises
    ------
    OptionError
        If it is anything else.

    Examples
    --------
    >>> class_weight("ill=5"), class_weight("balanced"), class_weight("none")
    ({'ill': 5}, 'balanced', None)
    """
    if text is None or text.strip().lower() == "none":
        return None
    if text.strip().lower() == "balanced":
        return "balanced"
    return named_numbers("--class-weight", [text], "balanced, or a weight for each class like ill=5,well=1")


def column_names(text: str | None) -> list[str]:
    """Turn "id,name" into ["id", "name"].

    Examples
    --------
    >>> column_names("id, name"), column_names(None)
    (['id', 'name'], [])
    """
    return [name.strip() for name in text.split(",")] if text else []


def two_numbers(option: str, text: str, example: str) -> tuple[float, float]:
    """Turn "-0.5,0.5" into two numbers.

    Raises
    ------
    OptionError
        If it is anything else.

    Examples
    --------
    >>> two_numbers("--pixel-range", "-0.5,0.5", "0,1")
    (-0.5, 0.5)
    """
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        raise OptionError(f"{option} is {text!r}; expected two numbers like {example}.") from None
    return low, high


def picture_size(text: str | None) -> int | tuple[int, int] | None:
    """Turn "28" into 28 and "28,32" into rows and columns.

    Raises
    ------
    OptionError
        If it is anything else.

    Examples
    --------
    >>> picture_size("28"), picture_size("28,32"), picture_size(None)
    (28, (28, 32), None)
    """
    if text is None:
        return None
    try:
        sides = [int(part) for part in text.split(",")]
    except ValueError:
        sides = []
    if len(sides) not in (1, 2):
        raise OptionError(f"--size is {text!r}; expected pixels like 28, or rows and columns like 28,32.")
    return sides[0] if len(sides) == 1 else (sides[0], sides[1])
