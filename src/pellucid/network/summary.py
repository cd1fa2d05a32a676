"""A network's layers, shapes and parameters as text."""

from __future__ import annotations

from collections.abc import Iterator

from pellucid.data.preparation import Preparation
from pellucid.network.architecture import Architecture


def summary(architecture: Architecture, preparation: Preparation | None = None) -> str:
    """A table's columns, where there is one, then layers, shapes and parameters, with the sum written out.

    Parameters
    ----------
    architecture : Architecture
    preparation : Preparation, optional

    Examples
    --------
    >>> from pellucid.data.dataset import Input
    >>> print(summary(Architecture.mlp(Input.picture(28, 28), hidden=[16, 16], n_outputs=10)))
    784-16-16-10, a multi-layer perceptron with 3 layers
    <BLANKLINE>
    layer     neurons  activation  weights  biases  parameters
    input         784
    hidden 1       16  relu          12544      16       12560
    hidden 2       16  relu            256      16         272
    readout        10  identity        160      10         170
    <BLANKLINE>
    pictures: 28 × 28 pixels, 0 … 255 become 0 … 1
    784·16+16 + 16·16+16 + 16·10+10 = 13,002 parameters
    loss: cross_entropy, −log softmax(z)[y]
    """
    rows: list[tuple[str, ...]] = [("layer", "neurons", "activation", "weights", "biases", "parameters")]
    drops = f"dropout {architecture.input_dropout:g}" if architecture.input_dropout else ""
    rows.append(("input", str(architecture.input.size), drops, "", "", ""))
    for embedding in architecture.embeddings:
        shape = f"{embedding.levels} levels, {embedding.size} numbers each"
        rows.append(("embedding", "", shape, "", "", str(embedding.levels * embedding.size)))
    if architecture.feature_gains:
        rows.append(("feature gains", str(architecture.n_features), "", "", "", str(architecture.n_features)))
    for number, (layer, (n_in, n_out)) in enumerate(
        zip(architecture.layers, architecture.layout.shapes, strict=True), start=1
    ):
        name = f"hidden {number}" if number < architecture.n_layers else "readout"
        dropout = f", dropout {layer.dropout:g}" if layer.dropout else ""
        kind = f", {layer.normalization} norm" if layer.is_normalized else ""
        frozen = ", frozen" if layer.frozen else ""
        counts = (n_in * n_out, n_out, n_in * n_out + n_out * (3 if layer.is_normalized else 1))
        rows.append((name, str(n_out), layer.activation + kind + dropout + frozen, *map(str, counts)))
    terms = " + ".join(_terms(architecture))
    return "\n".join(
        [
            *([] if preparation is None else [preparation.summary(), ""]),
            _headline(architecture),
            "",
            *_aligned(rows),
            "",
            *([f"pictures: {architecture.input}"] if architecture.input.is_picture else []),
            f"{terms} = {architecture.n_parameters:,} parameters",
            f"loss: {architecture.loss}, {architecture.loss_function.formula}",
        ]
    )


def _terms(architecture: Architecture) -> Iterator[str]:
    """How many parameters each part has, written out: W and b, and gain and offset where there are any."""
    for embedding in architecture.embeddings:
        yield f"{embedding.levels}·{embedding.size}"
    if architecture.feature_gains:
        yield str(architecture.n_features)
    for layer, (n_in, n_out) in zip(architecture.layers, architecture.layout.shapes, strict=True):
        yield f"{n_in}·{n_out}+{n_out}" + (f"+2·{n_out}" if layer.is_normalized else "")


def _headline(architecture: Architecture) -> str:
    if architecture.n_layers == 1:
        return f"{architecture}, a linear model: no hidden layer, so no more than one weighted sum per output"
    return f"{architecture}, a multi-layer perceptron with {architecture.n_layers} layers"


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """Columns of equal width: words to the left, numbers to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    left = (0, 2)
    return [
        "  ".join(
            cell.ljust(width) if column in left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
