"""What a person should know before training a multi-layer perceptron on these pictures."""

from __future__ import annotations

import numpy as np

from pellucid.basics.arrays import Array
from pellucid.basics.percent import percent
from pellucid.data.dataset import Dataset

LARGE_SIDE = 64
LARGE_FEATURES = 4096
SMALLER_SIDE = 32
MOST_LOOKED_AT = 1000
SPREAD = (
    0.08  # of a side: MNIST's digits vary by 0.015, framed clothes by 0.05, digits with play by 0.1 and more
)


def picture_advice(dataset: Dataset) -> list[str]:
    """Advice about pictures that are large, unaligned, dark, or gray with three channels; none for any other data.

    At most 1,000 pictures, evenly taken, are looked at.

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    list of str
        A sentence or two for each thing; empty if there is nothing to say.

    Examples
    --------
    >>> from pellucid.data.dataset import Input
    >>> large = np.zeros((2, 96, 128), dtype=np.uint8)
    >>> for advice in picture_advice(Dataset(large, [0, 1], Input.picture(96, 128), classes="ab")):
    ...     print(advice[:71])
    The pictures have 96 × 128 pixels: 12,288 weights for each neuron of th
    """
    if not dataset.input.is_picture or not len(dataset):
        return []
    step = -(-len(dataset) // MOST_LOOKED_AT)
    pictures = dataset.pictures[::step]
    pictures = pictures if pictures.ndim == 4 else pictures[..., None]
    told = (
        _about_size(dataset),
        _about_channels(pictures),
        _about_range(dataset, pictures),
        _about_places(pictures, dataset.y[::step] if dataset.is_classification else None),
    )
    return [advice for advice in told if advice]


def spread_of_places(pictures: Array, y: Array | None = None) -> float:
    """How far apart pictures show their things: the spread of the centers of mass, as a share of a side.

    What differs from the median of a picture's border has mass |p − border|, channels added up; its center is
    measured in sides, and the spread is the root of the mean squared distance from the mean center, which is taken
    for each class if there are classes, as a class may have its place. A busy background pulls each center to the
    middle, so a small number proves nothing; a large one does.

    Parameters
    ----------
    pictures : (n, rows, columns, channels)
    y : (n,), optional
        Their classes.

    Returns
    -------
    float
        0 for things at one place; about 0.4 for points anywhere.

    Examples
    --------
    >>> corners = np.zeros((2, 2, 2, 1))
    >>> corners[0, 0, 0], corners[1, 1, 1] = 1, 1
    >>> round(spread_of_places(np.pad(corners, ((0, 0), (1, 1), (1, 1), (0, 0)))), 3)
    0.177
    """
    rows, columns = pictures.shape[1:3]
    centers, kinds = [], []
    for number, picture in enumerate(pictures):
        edge = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
        mass = np.abs(picture - np.median(edge, axis=0)).sum(axis=2)
        whole = mass.sum()
        if whole > 0:
            down, right = mass.sum(axis=1) @ np.arange(rows), mass.sum(axis=0) @ np.arange(columns)
            centers.append((down / whole / rows, right / whole / columns))
            kinds.append(0 if y is None else y[number])
    if not centers:
        return 0.0
    places, kind = np.array(centers), np.array(kinds)
    for each in np.unique(kind):
        places[kind == each] -= places[kind == each].mean(axis=0)
    return float(np.sqrt((places**2).sum(axis=1).mean()))


def _about_size(dataset: Dataset) -> str:
    rows, columns = dataset.input.shape[:2]
    d, channels = dataset.input.size, dataset.input.channels
    if rows * columns <= LARGE_SIDE**2 and d <= LARGE_FEATURES:
        return ""
    shrink = SMALLER_SIDE / max(rows, columns)
    small = max(1, round(rows * shrink)), max(1, round(columns * shrink))
    smaller = small[0] * small[1] * channels
    each = f" of {channels} channels" if channels > 1 else ""
    advice = f"The pictures have {rows} × {columns} pixels{each}: {d:,} weights for each neuron of the first layer."
    if smaller < d:
        advice += f" Resized to {small[0]} × {small[1]} it would be {smaller:,}, and training as much faster."
    return advice


def _about_channels(pictures: Array) -> str:
    if pictures.shape[3] != 3 or (pictures != pictures[..., :1]).any():
        return ""
    return "The three channels are the same in every picture: channels=1 needs a third of the weights."


def _about_range(dataset: Dataset, pictures: Array) -> str:
    black, white = dataset.input.shades
    most = float(pictures.max())
    if black != 0 or not 0 < most < white / 4:
        return ""
    bits = next((bits for bits in (1, 8, 10, 12, 14, 16) if most < 2**bits), 16)
    is_whole = pictures.dtype.kind in "iu"
    camera = f", as shades=(0, {2**bits - 1})" if is_whole and 2**bits - 1 < white else " in shades"
    return (
        f"The largest pixel seen is {most:,.6g}, but white is {white:,.6g}, so all features are small. "
        f"If the camera had fewer bits, say so{camera}."
    )


def _about_places(pictures: Array, y: Array | None) -> str:
    spread = spread_of_places(pictures, y)
    if spread <= SPREAD:
        return ""
    return (
        f"What the pictures show lies at different places: its center varies by {percent(spread, 0)} of a side. "
        "An MLP sees pixels at fixed places, while a convolutional network would find things wherever they are; "
        "crop or center them first, or train with augmentation."
    )
