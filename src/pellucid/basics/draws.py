"""Random draws without a generator's state: (seed, stream, epoch, step, index) → a number.

Every draw of Pellucid comes from Threefry-4x32-20 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as
easy as 1, 2, 3"), a block function of 32-bit additions, rotations and exclusive-ors: the same bits in NumPy, in a
compiled kernel and in a browser. Nothing has to be saved to resume, and no two places can disturb each other.

The key is (seed low, seed high, stream, epoch), the counter (step, block, part, 0); block `b` gives the four words
of the indices 4b … 4b+3, and `part` tells layers (or whatever else a purpose has several of) apart.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from pellucid.basics.arrays import Array
from pellucid.basics.errors import OptionError

_ROTATIONS = ((10, 26), (11, 21), (13, 27), (23, 5), (6, 20), (17, 11), (25, 10), (18, 20))
_PARITY = 0x1BD11BDA
_ROUNDS = 20


class Stream(IntEnum):
    """What a draw is for; two purposes never share a number."""

    INITIAL_WEIGHTS = 1
    SHUFFLE = 2
    DROPOUT = 3
    SPLIT = 4
    TOY_DATA = 5
    AUGMENTATION = 6
    INITIAL_BIASES = 7
    EMBEDDINGS = 8


def check_seed(seed: int) -> int:
    """Return the seed if it is a whole number from 0 to 2⁶⁴ − 1, else raise OptionError."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= int(seed) < 2**64:
        raise OptionError(f"seed is {seed!r}; expected a whole number from 0 to 2**64 - 1.")
    return int(seed)


def threefry(key: tuple[int, int, int, int], counter: tuple[Array, Array, Array, Array]) -> tuple[Array, ...]:
    """Threefry-4x32 with 20 rounds: four uint32 words for each counter.

    Parameters
    ----------
    key : four ints below 2³²
        What the sequence belongs to.
    counter : four (m,) arrays of uint32
        Where in the sequence.

    Returns
    -------
    four (m,) arrays of uint32
        Uniform over all 32-bit words.

    References
    ----------
    Salmon et al. (2011), SC11, section 4.2; known answers in the Random123 distribution.
    """
    words = [np.uint32(k & 0xFFFFFFFF) for k in key]
    words.append(np.uint32(_PARITY) ^ words[0] ^ words[1] ^ words[2] ^ words[3])
    x0, x1, x2, x3 = (np.asarray(c, dtype=np.uint32) + words[i] for i, c in enumerate(counter))
    for round_ in range(_ROUNDS):
        left, right = _ROTATIONS[round_ % 8]
        if round_ % 2 == 0:
            x0, x1 = _mix(x0, x1, left)
            x2, x3 = _mix(x2, x3, right)
        else:
            x0, x3 = _mix(x0, x3, left)
            x2, x1 = _mix(x2, x1, right)
        if round_ % 4 == 3:  # after every fourth round the key comes in again, turned by one word
            turn = round_ // 4 + 1
            x0 = x0 + words[turn % 5]
            x1 = x1 + words[(turn + 1) % 5]
            x2 = x2 + words[(turn + 2) % 5]
            x3 = x3 + words[(turn + 3) % 5] + np.uint32(turn)
    return x0, x1, x2, x3


def _mix(a: Array, b: Array, rotation: int) -> tuple[Array, Array]:
    a = a + b
    return a, ((b << np.uint32(rotation)) | (b >> np.uint32(32 - rotation))) ^ a


def words(
    count: int,
    *,
    seed: int,
    stream: Stream | int,
    epoch: int = 0,
    step: int = 0,
    part: int = 0,
    first: int = 0,
) -> npt.NDArray[np.uint32]:
    """Return `count` uniform 32-bit words: those of the indices first … first + count − 1.

    Parameters
    ----------
    count : int
        How many; none if it is not above 0.
    seed : int
        0 … 2**64 − 1.
    stream : Stream
        What they are for.
    epoch, step, part : int
        The draw's address, each 0 … 2**32 − 1.
    first : int
        Index of the first; ``first + count`` is at most 2**34.

    Returns
    -------
    (count,)

    Examples
    --------
    >>> words(2, seed=0, stream=Stream.SHUFFLE, first=5).tolist() == words(7, seed=0, stream=2)[5:].tolist()
    True
    """
    if count <= 0:
        return np.empty(0, dtype=np.uint32)
    first_block, last_block = first // 4, (first + count - 1) // 4
    block = np.arange(first_block, last_block + 1, dtype=np.uint32)
    at_step = np.array([step], dtype=np.uint32)
    start = first - 4 * first_block
    return _blocks(at_step, block, seed=seed, stream=stream, epoch=epoch, part=part)[0, start : start + count]


def _blocks(
    step: Array, block: Array, *, seed: int, stream: Stream | int, epoch: int, part: int
) -> npt.NDArray[np.uint32]:
    """The four words of every block at every step, in a row for each step: ``(steps, 4 · blocks)``."""
    key = (seed & 0xFFFFFFFF, seed >> 32, int(stream), epoch)
    zero = np.zeros((len(step), len(block)), dtype=np.uint32)
    with np.errstate(over="ignore"):  # arithmetic modulo 2³² is the method
        four = threefry(key, (zero + step[:, None], zero + block, zero + np.uint32(part), zero))
    return np.stack(four, axis=2).reshape(len(step), 4 * len(block))


def uniform(
    count: int,
    *,
    seed: int,
    stream: Stream | int,
    epoch: int = 0,
    step: int = 0,
    part: int = 0,
    first: int = 0,
) -> npt.NDArray[np.float64]:
    """Return `count` numbers uniform on [0, 1): the words times 2⁻³².

    Parameters
    ----------
    count : int
        How many.
    seed : int
        0 … 2**64 − 1.
    stream : Stream
        What they are for.
    epoch, step, part : int
        The draw's address, each 0 … 2**32 − 1.
    first : int
        Index of the first; ``first + count`` is at most 2**34.

    Returns
    -------
    (count,)

    Examples
    --------
    >>> uniform(3, seed=0, stream=Stream.TOY_DATA).round(4).tolist()
    [0.0176, 0.8198, 0.3402]
    """
    return words(
        count, seed=seed, stream=stream, epoch=epoch, step=step, part=part, first=first
    ) * np.float64(2.0**-32)


def uniform_rows(
    rows: npt.ArrayLike, count: int, *, seed: int, stream: Stream | int, epoch: int = 0, part: int = 0
) -> npt.NDArray[np.float64]:
    """Return `count` numbers uniform on [0, 1) for each row, a row's number being its draws' step.

    What a row gets depends on its number alone, not on the rows beside it.

    Parameters
    ----------
    rows : (n,)
        Numbers 0 … 2**32 − 1.
    count : int
        How many for each.
    seed : int
        0 … 2**64 − 1.
    stream : Stream
        What they are for.
    epoch, part : int
        The rest of the draws' address, each 0 … 2**32 − 1.

    Returns
    -------
    (n, count)

    Examples
    --------
    >>> u = uniform_rows([7, 3], 5, seed=0, stream=Stream.AUGMENTATION)
    >>> u[1].tolist() == uniform(5, seed=0, stream=Stream.AUGMENTATION, step=3).tolist()
    True
    """
    steps = np.asarray(rows, dtype=np.uint32)
    blocks = np.arange((count + 3) // 4, dtype=np.uint32)
    drawn = _blocks(steps, blocks, seed=seed, stream=stream, epoch=epoch, part=part)
    return drawn[:, :count] * np.float64(2.0**-32)


def normal(
    count: int, *, seed: int, stream: Stream | int, epoch: int = 0, step: int = 0, part: int = 0
) -> npt.NDArray[np.float64]:
    """Return `count` standard normal numbers, by the Box-Muller transform of pairs of words.

    A pair (u, v) gives √(−2 ln u) cos 2πv and √(−2 ln u) sin 2πv; u is shifted by half a word, so that it is
    never 0.

    Parameters
    ----------
    count : int
        How many.
    seed : int
        0 … 2**64 − 1.
    stream : Stream
        What they are for.
    epoch, step, part : int
        The draw's address, each 0 … 2**32 − 1.

    Returns
    -------
    (count,)
    """
    pairs = (count + 1) // 2
    both = words(2 * pairs, seed=seed, stream=stream, epoch=epoch, step=step, part=part).reshape(pairs, 2)
    radius = np.sqrt(-2.0 * np.log((both[:, 0] + 0.5) * 2.0**-32))
    angle = 2.0 * np.pi * both[:, 1] * 2.0**-32
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).reshape(-1)[:count]


def permutation(
    count: int, *, seed: int, stream: Stream | int, epoch: int = 0, step: int = 0, part: int = 0
) -> npt.NDArray[np.int64]:
    """Return 0 … count − 1 in random order: the indices sorted by their words, ties by index.

    Parameters
    ----------
    count : int
        How many.
    seed : int
        0 … 2**64 − 1.
    stream : Stream
        What they are for.
    epoch, step, part : int
        The draw's address, each 0 … 2**32 − 1.

    Returns
    -------
    (count,)

    Examples
    --------
    >>> sorted(permutation(5, seed=1, stream=Stream.SHUFFLE).tolist())
    [0, 1, 2, 3, 4]
    """
    return np.argsort(
        words(count, seed=seed, stream=stream, epoch=epoch, step=step, part=part), kind="stable"
    )
