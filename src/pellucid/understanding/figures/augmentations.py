"""What training sees of an example: the stored picture, and how each epoch changes it."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from pellucid.basics.errors import OptionError, ShapeError
from pellucid.data.dataset import Dataset
from pellucid.formulas.augmentation import Augmentation, augmented_examples
from pellucid.understanding.figures.boards import (
    drawable_pictures,
    frame_board,
    gray_range,
    place_picture,
    told_channels,
)
from pellucid.understanding.figures.paper import drawable, headline, lettering, new_figure

APART = 0.3  # between the stored picture and the first epoch's, in columns


def augmentations_figure(
    dataset: Dataset, augmentation: Augmentation, *, examples: int = 5, epochs: int = 8, seed: int = 0
) -> Figure:
    """The first examples, a row for each: as stored, then as each of the first epochs shows it.

    Pictures of three channels are drawn in colors; of another number, as the mean of the channels.

    Parameters
    ----------
    dataset : Dataset
        Of pictures; the very pictures are shown that training on this data set with this seed would use.
    augmentation : Augmentation
    examples : int
        How many at most.
    epochs : int
    seed : int
        Of the training plan.

    Returns
    -------
    Figure

    Raises
    ------
    ShapeError
        If the examples are not pictures.
    OptionError
        If there is no example, or none or no epoch is asked for.

    Examples
    --------
    >>> from pellucid.data.dataset import Input
    >>> dots = Dataset(np.eye(9), np.arange(9), input=Input.picture(3, 3), classes="abcdefghi")
    >>> len(augmentations_figure(dots, Augmentation(shift=1), examples=2, epochs=3).axes[0].images)
    8
    """
    if not dataset.input.is_picture:
        raise ShapeError(
            f"The examples are rows of {dataset.input.size} numbers; expected pictures to change."
        )
    shown = min(examples, len(dataset))
    if shown < 1 or epochs < 1:
        raise OptionError(
            f"{shown} examples in {epochs} epochs were to be shown; expected at least one of each."
        )
    shape, stored = dataset.input.shape, dataset.X[:shown]
    columns = [
        augmented_examples(
            stored, shape, augmentation, seed=seed, epoch=epoch, rows=np.arange(shown), dtype="float32"
        )
        for epoch in range(epochs)
    ]
    aspect = shape[0] / shape[1]
    lefts = [0.0, *(1 + APART + np.arange(epochs))]
    width, height = lefts[-1] + 1, shown * aspect
    figure = new_figure(0.62 * max(width, 7) + 0.3, 0.62 * height + 0.95)
    axes = figure.add_subplot()
    norm = gray_range(stored, dataset.input)
    for left, examples_then in zip(lefts, [stored, *columns], strict=True):
        for row, picture in enumerate(drawable_pictures(examples_then.reshape(-1, *shape), norm)):
            place_picture(axes, picture, (left, row * aspect), norm, "gray", gap=0.06)
    for left, name in zip(lefts, ["stored", *(f"epoch {epoch + 1}" for epoch in range(epochs))], strict=True):
        axes.text(left + 0.47, height + 0.1, name, ha="center", va="top", **lettering(7.5))
    frame_board(axes, width, height + 0.35)
    strengths = str(augmentation).replace(",", ", ") + told_channels(dataset.input)
    headline(axes, f"What training sees: {drawable(dataset.title, 40)}", strengths)
    return figure
