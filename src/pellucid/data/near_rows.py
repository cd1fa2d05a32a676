"""Rows of one array that are equal to rows of another, or lie next to them: by hashes, and by a tree of neighbors."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.data.dataset import Dataset

Rows = npt.NDArray[np.int64]
FEWEST = 3  # rows that tell how far apart rows are
_BY_CHANCE = 0.001  # the share of rows for which a neighbor that near may be chance
_SAMPLE = 1024  # rows that tell the typical distance, and the directions in which examples differ most
_DIRECTIONS = 12  # a tree of neighbors gets slow with more
_NEIGHBORS = 16
_AT_A_TIME = 4096


def equal_rows(A: Array, B: Array) -> Rows:
    """The first row of A that is equal to each row of B, ``(n,)``, or −1.

    Parameters
    ----------
    A, B : (m, d), (n, d)

    Examples
    --------
    >>> equal_rows(np.array([[1, 2], [3, 4]]), np.array([[3.0, 4.0], [1.0, 0.0]])).tolist()
    [1, -1]
    """
    dtype = np.result_type(A, B)
    first: dict[bytes, int] = {}
    for i, digest in enumerate(_digests(A, dtype)):
        first.setdefault(digest, i)
    return np.array([first.get(digest, -1) for digest in _digests(B, dtype)], dtype=np.int64)


def _digests(X: Array, dtype: np.dtype[np.generic]) -> list[bytes]:
    """128 bits for each row: different rows never share them in practice."""
    found = []
    for start in range(0, len(X), _AT_A_TIME):
        block = np.ascontiguousarray(X[start : start + _AT_A_TIME], dtype=dtype)
        if block.dtype.kind == "f":
            block = block + 0  # −0 becomes 0
        found += [hashlib.blake2b(row.data, digest_size=16).digest() for row in block]
    return found


def near_rows(first: Dataset, second: Dataset, tolerance: float) -> Rows:
    """The row of `first` that is nearest to each row of `second`, ``(n,)``, or −1 where none is near enough.

    Parameters
    ----------
    first, second : Dataset
    tolerance : float
        How near is near, as a share of the median distance of two rows of `first`; less in few dimensions.

    Examples
    --------
    >>> X = np.arange(60.0).reshape(20, 3) ** 2
    >>> near_rows(Dataset(X, np.zeros(20)), Dataset(X[[4, 8]] + [[1e-6], [300]], np.zeros(2)), 0.05).tolist()
    [4, -1]
    """
    from scipy.spatial import KDTree

    nearest = np.full(len(second), -1, dtype=np.int64)
    sample = first.X[_spread(len(first))].astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):  # absurd numbers are compared for equality only
        center, scale = _scaling(sample, pictures=first.input.is_picture)
        sample = (sample - center) * scale
        radius = _radius(sample, len(first), tolerance)
    if not radius > 0:
        return nearest
    directions = _directions(sample)
    points = [_projected(part.X, center, scale, directions) for part in (first, second)]
    ranks = list(range(1, min(_NEIGHBORS, len(first)) + 1))
    limit = radius * (1 + 1e-6)  # distances of projections are rounded
    found = KDTree(points[0]).query(points[1], k=ranks, distance_upper_bound=limit)
    distances, neighbors = map(np.asarray, found)
    i, rank = np.nonzero(np.isfinite(distances))
    j = neighbors[i, rank]
    true = _distances(first.X, second.X, j, i, scale)
    for pair in np.argsort(-true, kind="stable"):  # the nearest is written last
        if true[pair] <= radius:
            nearest[i[pair]] = j[pair]
    return nearest


def _spread(n: int) -> Rows:
    """Up to so many row numbers, evenly over all."""
    return np.linspace(0, n - 1, min(n, _SAMPLE)).round().astype(np.int64)


def _scaling(sample: Array, *, pictures: bool) -> tuple[Array, Array]:
    """What is subtracted from each feature, and what it is multiplied by then."""
    if pictures:
        return sample.mean(axis=0), np.ones(sample.shape[1])
    std = sample.std(axis=0)
    return sample.mean(axis=0), 1 / np.where(std > 0, std, 1.0)


def _radius(sample: Array, n: int, tolerance: float) -> float:
    """How far apart nearly equal rows may be; 0 where distances tell nothing.

    The share of pairs within a distance r grows like rᵛ; v comes from its quantiles at 1 % and 10 %. A row then has
    n · 1 % · (r / q₁)ᵛ neighbors within r by chance, n being the rows of the first part.
    """
    if not np.isfinite(sample).all():
        return 0.0
    squares = np.einsum("ij,ij->i", sample, sample)
    pairs = np.triu_indices(len(sample), 1)
    distances = np.sqrt(np.maximum(0, squares[:, None] + squares - 2 * (sample @ sample.T))[pairs])
    q1, q10, typical = np.quantile(distances, (0.01, 0.1, 0.5))
    if not 1e-6 * typical < q1 < np.inf:  # so many pairs are equal that rows repeat by nature
        return 0.0
    power = np.log(q10 / q1) / np.log(10)  # 1 / v
    return float(min(tolerance * typical, q1 * (_BY_CHANCE / (0.01 * n)) ** power))


def _directions(sample: Array) -> Array:
    """Orthonormal columns ``(d, p)``, about those in which the sample varies most: one step of subspace iteration."""
    start = sample[:: max(1, len(sample) // (2 * _DIRECTIONS))]
    _, _, axes = np.linalg.svd((start @ sample.T) @ sample, full_matrices=False)
    return axes[:_DIRECTIONS].T


def _projected(X: Array, center: Array, scale: Array, directions: Array) -> Array:
    points = np.empty((len(X), directions.shape[1]))
    for start in range(0, len(X), _AT_A_TIME):
        block = X[start : start + _AT_A_TIME]
        points[start : start + len(block)] = (block - center) @ (scale[:, None] * directions)
    return points


def _distances(A: Array, B: Array, i: Rows, j: Rows, scale: Array) -> npt.NDArray[np.float64]:
    """The distance of each pair of rows (i of A, j of B) in all features."""
    found = np.empty(len(i))
    for start in range(0, len(i), _AT_A_TIME):
        some = slice(start, start + _AT_A_TIME)
        difference = (A[i[some]].astype(np.float64) - B[j[some]]) * scale
        found[some] = np.sqrt(np.einsum("ij,ij->i", difference, difference))
    return found
