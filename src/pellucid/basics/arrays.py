"""The type of an array of numbers, as annotations name it, and the check that one is what it should be."""

from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.basics.errors import DataError

Array = npt.NDArray[Any]


def finite_numbers(values: npt.ArrayLike, name: str, dtype: npt.DTypeLike | None = None) -> Array:
    """An array of finite real numbers; yes and no become 1 and 0.

    Parameters
    ----------
    values : array_like
    name : str
        What messages call it ("X").
    dtype : dtype, optional
        What the numbers have to fit into.

    Raises
    ------
    DataError
        If it holds text or other things, NaN or infinity, or numbers too large for `dtype`.

    Examples
    --------
    >>> finite_numbers([[True, False]], "X").tolist()
    [[1, 0]]
    """
    array = np.asarray(values)
    kind = array.dtype.kind
    if kind == "b":
        return array.astype(np.uint8)
    if kind not in "iuf":
        raise DataError(f"{name} has dtype {array.dtype}; expected real numbers.")
    if kind == "f":
        finite = _finite(array, dtype)
        if np.count_nonzero(finite) != finite.size:
            place = tuple(int(i) for i in np.argwhere(~finite)[0])
            value = array[place]
            what = f"{value:g}, too large for {dtype}" if np.isfinite(value) else "NaN or infinity"
            raise DataError(
                f"{name} holds {what}, first in example {place[0] if place else 0}; remove or fill it."
            )
    return array


def _finite(array: Array, dtype: npt.DTypeLike | None) -> Array:
    """Which numbers are finite, also when they are converted."""
    if dtype is None or array.dtype == dtype:
        return np.isfinite(array)
    with np.errstate(over="ignore"):
        return np.isfinite(array.astype(dtype))
