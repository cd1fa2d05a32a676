"""X on its way in: what kind of thing it is, and the array that the network takes. X itself is never changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn.utils.validation import validate_data

from pellucid.basics.arrays import Array
from pellucid.basics.errors import DataError, ShapeError
from pellucid.data.dataset import Input
from pellucid.data.frames import as_table
from pellucid.data.picture_arrays import from_pictures, stack_pictures
from pellucid.data.tables import Words
from pellucid.network.network import Network

NUMBERS, TABLE, PICTURES = "numbers", "table", "pictures"
ROWS_AT_A_TIME = 4096  # of a sparse matrix, made dense to predict


def kind_of(X: Any, scale: str | None) -> str:
    """What X is: numbers as scikit-learn takes them, a table to be prepared, or pictures.

    Parameters
    ----------
    X : anything
    scale : str or None
        Where columns are to be scaled, everything but pictures is a table.

    Examples
    --------
    >>> kind_of(np.zeros((5, 28, 28), np.uint8), None), kind_of([[0.5, 1.0]], None)
    ('pictures', 'numbers')
    """
    if _are_pictures(X):
        return PICTURES
    if scale is not None:
        if hasattr(X, "toarray"):
            raise DataError("X is sparse, which scale= can't prepare; leave scale=None, or give X.toarray().")
        return TABLE
    return TABLE if is_frame(X) and _has_gaps_or_words(X) else NUMBERS


def _are_pictures(X: Any) -> bool:
    if isinstance(X, np.ndarray):
        return X.ndim in (3, 4)
    return isinstance(X, list | tuple) and len(X) > 0 and hasattr(X[0], "getbands")  # PIL's


def is_frame(X: Any) -> bool:
    """Whether X has named columns of their own dtypes, as pandas and polars have."""
    return hasattr(X, "columns") and hasattr(X, "dtypes")


def _has_gaps_or_words(X: Any) -> bool:
    """Whether a frame holds what scikit-learn refuses: categories, text, missing values. Yes and no are numbers."""
    if X.shape[0] == 0 or X.shape[1] == 0:
        return False
    columns = as_table(X)
    for name in columns.names:
        column = columns.stored(name)
        if isinstance(column, Words):
            if column.origin != "yes or no" or bool(column.missing.any()):
                return True
        elif column.dtype.kind == "f" and np.isnan(column).any():
            return True
    return False


def kept_dtype(X: Any) -> np.dtype[Any]:
    """The dtype in which X is learnt: float64 where there is any, else float32, which holds bytes and small integers.

    Examples
    --------
    >>> kept_dtype(np.zeros((1, 1), np.uint8)), kept_dtype([[0.5]])
    (dtype('float32'), dtype('float64'))
    """
    if is_frame(X):
        wide = any(str(dtype).lower() in ("float64", "object") for dtype in X.dtypes)
        return np.dtype(np.float64 if wide else np.float32)
    dtype = getattr(X, "dtype", None)
    if not isinstance(dtype, np.dtype):
        dtype = np.asarray(X).dtype
    small = dtype.kind in "bui" or dtype in (np.float16, np.float32)
    return np.dtype(np.float32 if small else np.float64)


def checked_numbers(estimator: Any, X: Any, *, reset: bool) -> Any:
    """X as a finite array or sparse matrix of real numbers, checked against what was fitted.

    Parameters
    ----------
    estimator : estimator
        It learns how many features there are, and their names, if `reset`.
    X : array_like, frame or sparse matrix
    reset : bool

    Raises
    ------
    ValueError
        By scikit-learn's own checks, in the words that its users know.
    """
    dtype = [np.float64, np.float32] if kept_dtype(X) == np.float64 else np.float32
    try:
        return validate_data(estimator, X, accept_sparse=["csr", "csc"], dtype=dtype, reset=reset)
    except ValueError as error:
        if "NaN" not in str(error):
            raise
        advice = "missing values are filled and marked with scale='standard' (or 'robust', 'quantile')"
        raise DataError(f"{str(error).splitlines()[0]} Here {advice}, and in frames always.") from error


def checked_table(estimator: Any, X: Any, *, reset: bool) -> Any:
    """A table's columns, checked for their number and names only: what they hold is the preparation's business."""
    if not is_frame(X):
        X = np.asarray(X)
        if X.ndim != 2:
            raise ShapeError(
                f"X has shape {X.shape}; expected 2D array instead: (n, d), a row for each example."
            )
    validate_data(estimator, X, skip_check_array=True, reset=reset)
    return X


def checked_pictures(estimator: Any, X: Any, input: Input | None) -> tuple[Array, Input]:
    """Pictures as rows ``(n, d)``, and how their pixels become features.

    Bytes and 16 bits become 0 … 1; other arrays are numbers as they are.

    Parameters
    ----------
    estimator : estimator
        It learns how many features there are.
    X : (n, rows, columns) or (n, rows, columns, channels) array, or list of PIL images
    input : Input or None
        That of the fitted network.
    """
    if input is not None and input.is_picture and input.scale == 1.0:
        X = np.asarray(X)
        if X.shape[1:] != input.shape:
            raise ShapeError(f"X has shape {X.shape}; expected (n, {', '.join(map(str, input.shape))}).")
        return X.reshape(len(X), -1), input
    if input is not None:
        return stack_pictures(X, input), input
    if isinstance(X, np.ndarray) and X.dtype not in (np.uint8, np.uint16, np.bool_):
        rows, input = X.reshape(len(X), -1), Input(X.shape[1:])
    else:
        data = from_pictures(X, np.zeros(len(X)))
        rows, input = data.X, data.input
    estimator.n_features_in_ = input.size
    if hasattr(estimator, "feature_names_in_"):
        del estimator.feature_names_in_
    return rows, input


def rows_for(estimator: Any, X: Any, net: Network) -> Any:
    """X as rows that a fitted network takes: an array, or a sparse matrix.

    Parameters
    ----------
    estimator : estimator
    X : anything that was fitted
    net : Network
    """
    if net.preparation is not None:
        return net.preparation.features(checked_table(estimator, X, reset=False)).astype(net.dtype)
    if _are_pictures(X):
        return checked_pictures(estimator, X, net.architecture.input)[0]
    return checked_numbers(estimator, X, reset=False)


def dense(X: Any) -> Array:
    """X as a dense array: training needs all of it at once.

    Raises
    ------
    DataError
        If a sparse X is too large for that.
    """
    if isinstance(X, np.ndarray):
        return X
    try:
        return X.toarray()
    except MemoryError:
        gigabytes = X.shape[0] * X.shape[1] * X.dtype.itemsize / 1e9
        raise DataError(
            f"X is sparse, of shape {X.shape}, and would take {gigabytes:,.0f} GB of memory as the dense array that "
            "training needs; reduce it first, by sklearn.decomposition.TruncatedSVD, say."
        ) from None


def in_slices(X: Any, answer: Callable[[Array], Array]) -> Array:
    """What `answer` says to X, asked once, or slice by slice where X is sparse, so that it is never dense as a whole.

    Parameters
    ----------
    X : array or sparse matrix
    answer : callable
        From some rows to one answer for each.
    """
    if isinstance(X, np.ndarray):
        return answer(X)
    return np.concatenate([answer(part.toarray()) for part in _slices(X.tocsr())])


def _slices(X: Any) -> Iterator[Any]:
    for start in range(0, X.shape[0], ROWS_AT_A_TIME):
        yield X[start : start + ROWS_AT_A_TIME]
