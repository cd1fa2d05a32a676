"""Draws: published known answers, independence of everything in the key, and the moments of the distributions."""

import numpy as np
import pytest
from scipy import stats

from pellucid.basics.draws import (
    Stream,
    check_seed,
    normal,
    permutation,
    threefry,
    uniform,
    uniform_rows,
    words,
)
from pellucid.basics.errors import OptionError

# Random123 (Salmon et al. 2011), kat_vectors: threefry4x32, 20 rounds; counter, key, answer.
KNOWN_ANSWERS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000 00000000 00000000",
     "9c6ca96a e17eae66 fc10ecd4 5256a7d8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff ffffffff ffffffff",
     "2a881696 57012287 f6c7446e a16a6732"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0 082efa98 ec4e6c89",
     "59cd1dbb b8879579 86b5d00c ac8b6d84"),
]  # fmt: skip


def parsed(text: str) -> tuple[int, ...]:
    return tuple(int(word, 16) for word in text.split())


@pytest.mark.filterwarnings("ignore:overflow encountered")  # arithmetic modulo 2³² is the method
@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN_ANSWERS)
def test_threefry_gives_the_published_words(counter, key, answer):
    got = threefry(parsed(key), tuple(np.array([word], dtype=np.uint32) for word in parsed(counter)))
    assert [int(word[0]) for word in got] == list(parsed(answer))
    assert {word.dtype for word in got} == {np.dtype(np.uint32)}


def test_words_are_threefry_of_the_documented_key_and_counter():
    seed, stream, epoch, step, part = 0x0123456789ABCDEF, Stream.DROPOUT, 7, 11, 13
    got = words(8, seed=seed, stream=stream, epoch=epoch, step=step, part=part)
    with np.errstate(over="ignore"):
        for block in range(2):
            counter = tuple(np.array([c], dtype=np.uint32) for c in (step, block, part, 0))
            expected = threefry((0x89ABCDEF, 0x01234567, int(stream), epoch), counter)
            assert got[4 * block : 4 * block + 4].tolist() == [int(word[0]) for word in expected]


@pytest.mark.parametrize("first", [0, 1, 2, 3, 4, 5, 17, 4001])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 30])
def test_first_is_a_window_on_one_sequence(count, first):
    whole = words(first + count, seed=5, stream=Stream.SHUFFLE, epoch=2)
    part = words(count, seed=5, stream=Stream.SHUFFLE, epoch=2, first=first)
    assert part.tolist() == whole[first:].tolist()
    assert uniform(count, seed=5, stream=2, epoch=2, first=first).tolist() == (part / 2.0**32).tolist()


def test_every_part_of_the_key_matters_and_nothing_else_does():
    place = {"seed": 3, "stream": Stream.SPLIT, "epoch": 4, "step": 5, "part": 6}
    others = [{**place, name: value} for name in place for value in (0, 1, 2)]
    others += [{**place, "seed": 3 + 2**32}, {**place, "seed": 2**64 - 1}]
    sequences = {tuple(words(8, **other).tolist()) for other in [place, *others]}
    assert len(sequences) == 1 + len(others)
    state = np.random.get_state()[1].tolist()  # noqa: NPY002 - that nobody touches it is the test
    assert words(8, **place).tolist() == words(8, **place).tolist()
    assert np.random.get_state()[1].tolist() == state  # noqa: NPY002


@pytest.mark.parametrize("name", ["seed", "stream", "epoch", "step", "part"])
def test_neighbors_are_not_correlated(name):
    place = {"seed": 1, "stream": 1, "epoch": 1, "step": 1, "part": 1}
    n = 100_000
    u, v = uniform(n, **place), uniform(n, **{**place, name: 2})
    assert abs(np.corrcoef(u, v)[0, 1]) < 4 / np.sqrt(n)
    assert abs(np.corrcoef(u[1:], v[:-1])[0, 1]) < 4 / np.sqrt(n)


@pytest.mark.parametrize("count", [0, 1, 4, 5, 50])
@pytest.mark.parametrize("rows", [[], [9], [3, 0, 3, 2**32 - 1]])
def test_uniform_rows_are_uniform_row_by_row(rows, count):
    place = {"seed": 2**40 + 1, "stream": Stream.AUGMENTATION, "epoch": 4, "part": 2}
    drawn = uniform_rows(rows, count, **place)
    assert drawn.shape == (len(rows), count)
    for row, values in zip(rows, drawn, strict=True):
        assert values.tolist() == uniform(count, step=row, **place).tolist()


@pytest.mark.parametrize("seed", [0, 1, 2**32, 2**64 - 1])
def test_uniform_numbers_are_uniform(seed):
    u = uniform(100_000, seed=seed, stream=Stream.TOY_DATA)
    assert u.min() >= 0
    assert u.max() < 1
    assert stats.kstest(u, "uniform").pvalue > 1e-4
    pairs = np.histogram2d(u[::2], u[1::2], bins=16)[0].ravel()
    assert stats.chisquare(pairs).pvalue > 1e-4


def test_every_bit_is_set_half_of_the_time():
    n = 100_000
    bits = np.unpackbits(words(n, seed=9, stream=Stream.DROPOUT).view(np.uint8).reshape(n, 4), axis=1)
    assert np.abs(bits.mean(axis=0) - 0.5).max() < 5 / (2 * np.sqrt(n))


@pytest.mark.parametrize("seed", [0, 7, 2**63])
def test_normal_numbers_have_the_normal_moments(seed):
    n = 200_000
    x = normal(n, seed=seed, stream=Stream.INITIAL_WEIGHTS)
    for power, expected, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs((x**power).mean() - expected) < 5 * np.sqrt(variance / n)
    assert stats.kstest(x, "norm").pvalue > 1e-4
    assert abs(np.corrcoef(x[::2], x[1::2])[0, 1]) < 5 / np.sqrt(n / 2)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5])
def test_normal_gives_as_many_as_asked_for_and_a_prefix_of_more(count):
    x = normal(count, seed=1, stream=1)
    assert x.shape == (count,)
    assert np.isfinite(x).all()
    assert x.tolist() == normal(6, seed=1, stream=1)[:count].tolist()


@pytest.mark.parametrize("count", [0, 1, 2, 5, 1000])
def test_a_permutation_holds_each_index_once(count):
    order = permutation(count, seed=4, stream=Stream.SHUFFLE, epoch=3)
    assert sorted(order.tolist()) == list(range(count))
    assert order.dtype == np.int64


def test_all_permutations_are_equally_likely():
    counts = np.zeros((4, 4))
    for epoch in range(4000):
        counts[np.arange(4), permutation(4, seed=0, stream=Stream.SHUFFLE, epoch=epoch)] += 1
    assert stats.chisquare(counts.ravel()).pvalue > 1e-4


def test_ties_are_broken_by_index(monkeypatch):
    monkeypatch.setattr(
        "pellucid.basics.draws.words", lambda count, **place: np.array([5, 1, 5, 1], np.uint32)
    )
    assert permutation(4, seed=0, stream=1).tolist() == [1, 3, 0, 2]


@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1, np.int64(7), np.uint64(2**64 - 1)])
def test_a_sound_seed_comes_back_as_an_int(seed):
    assert check_seed(seed) == int(seed)
    assert type(check_seed(seed)) is int


@pytest.mark.parametrize("seed", [-1, 2**64, 1.0, "1", None, True, np.bool_(True), np.float64(1), [1]])
def test_anything_else_is_no_seed(seed):
    with pytest.raises(OptionError, match=r"^seed is .*expected a whole number from 0 to 2\*\*64 - 1\.$"):
        check_seed(seed)


def test_streams_have_different_numbers():
    assert len({int(stream) for stream in Stream}) == len(list(Stream.__members__))
