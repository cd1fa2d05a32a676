"""What a model file says about its network besides the numbers, and the doubt with which it is read.

Every word in a manifest is looked up in a register or a short list; nothing in it is ever imported, called,
formatted, or taken for a path. Limits hold for the writer as well: it refuses what the reader would refuse.
"""

from __future__ import annotations

import math
import re
from collections.abc import Container, Sized
from typing import TYPE_CHECKING, Any, NamedTuple

from pellucid.basics.errors import ModelFileError, OptionError
from pellucid.data.dataset import FRAMINGS, Input
from pellucid.data.preparation import Preparation
from pellucid.formulas.activations import ACTIVATIONS
from pellucid.formulas.initializers import INITIALIZERS
from pellucid.formulas.losses import LOSSES
from pellucid.formulas.normalization import NORMALIZATIONS
from pellucid.network.architecture import MAX_LAYERS, MAX_UNITS, Architecture, Dense, Embedding
from pellucid.network.container import DTYPES, damaged, quoted
from pellucid.network.fits import checked_classes
from pellucid.version import __version__

if TYPE_CHECKING:
    from pellucid.network.network import Network

FORMAT = "pellucid-model"
VERSION = (1, 0)  # the second number grows with what older readers may skip, the first with everything else
KNOWN_REQUIREMENTS: frozenset[str] = frozenset()  # what later writers may demand of a reader
MAX_CLASSES = 65_536
MAX_NOTES = 1_000
MAX_TEXT = 4_096
MAX_EMBEDDINGS = 10_000

_FIELDS = (
    *("format", "version", "min_reader", "required"),
    *("architecture", "dtype", "seed", "classes", "preparation", "info", "sha256"),
)
_OF_ARCHITECTURE = (
    *("input", "layers", "loss", "input_dropout"),
    *("embeddings", "feature_gains", "feature_gain_rate", "embedding_rate"),
)
_OF_LAYER = (
    *("units", "activation", "initializer", "dropout", "normalization"),
    *("frozen", "weight_rate", "bias_rate", "bias_spread"),
)
_UNWANTED = re.compile(  # control characters, line ends, changes of direction, halves of characters
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


class Description(NamedTuple):
    """What a manifest tells: the arguments of `Network` besides theta."""

    architecture: Architecture
    seed: int
    dtype: str
    classes: tuple[str, ...] | None
    preparation: Preparation | None
    info: dict[str, str]


def manifest_of(net: Network | Description) -> dict[str, Any]:
    """The manifest of a network, its SHA-256 still empty.

    Raises
    ------
    ModelFileError
        If classes or info hold anything but text; the rest is found when the file is read back.
    """
    for where, texts in (("classes", net.classes or ()), ("info", (*net.info, *net.info.values()))):
        for text in texts:
            _text(text, where)
    return {
        "format": FORMAT,
        "version": list(VERSION),
        "min_reader": list(VERSION),
        "required": [],
        "architecture": _architecture_to_json(net.architecture),
        "dtype": str(net.dtype),
        "seed": str(net.seed),  # as text: JavaScript and others round whole numbers beyond 2⁵³
        "classes": None if net.classes is None else list(net.classes),
        "preparation": None if net.preparation is None else net.preparation.to_json(),
        "info": net.info,
        "sha256": "",
    }


def read_manifest(manifest: dict[str, Any]) -> Description:
    """The description in a manifest.

    Raises
    ------
    ModelFileError
        If it is newer than this reader, or anything in it is not as it has to be.
    """
    version = _check_version(manifest)
    _check_texts(manifest, "")
    skippable = () if version == VERSION else manifest.keys() - set(_FIELDS)
    record = _fields({key: manifest[key] for key in manifest if key not in skippable}, "manifest", _FIELDS)
    architecture = _architecture(record["architecture"], version)
    classes = None if record["classes"] is None else _classes(record["classes"], architecture)
    preparation = None if record["preparation"] is None else Preparation.from_json(record["preparation"])
    try:
        checked_classes(architecture, classes, preparation)
    except OptionError as error:
        raise damaged(str(error).rstrip(".")) from None
    return Description(
        architecture,
        _seed(record["seed"]),
        _word(record["dtype"], "dtype", DTYPES, version),
        classes,
        preparation,
        _info(record["info"]),
    )


def _check_version(manifest: dict[str, Any]) -> tuple[int, int]:
    if manifest.get("format") != FORMAT:
        raise damaged(f"the file's format is {quoted(manifest.get('format'))}; expected {FORMAT!r}")
    version, oldest = (_pair(manifest.get(key), key) for key in ("version", "min_reader"))
    required = _list(manifest.get("required"), "required", MAX_NOTES)
    unknown = [word for word in required if _text(word, "required") not in KNOWN_REQUIREMENTS]
    if version[0] < VERSION[0] or oldest > version:
        raise damaged(f"the file claims format {_dotted(version)}, readable from {_dotted(oldest)} on")
    if version[0] > VERSION[0] or oldest > VERSION or unknown:
        why = (
            f"understands {quoted(unknown[0])}"
            if unknown
            else f"reads format {_dotted(max(version, oldest))}"
        )
        raise _newer(f"the file needs a Pellucid that {why}", version)
    return version


def _newer(what: str, version: tuple[int, int]) -> ModelFileError:
    return ModelFileError(
        f"{what}; the file's format is {_dotted(version)}, and Pellucid {__version__} reads {_dotted(VERSION)}. "
        "Update with: pip install --upgrade pellucid."
    )


def _architecture_to_json(architecture: Architecture) -> dict[str, Any]:
    of_input = architecture.input
    return {
        "input": {
            "shape": [int(side) for side in of_input.shape],
            "scale": float(of_input.scale),
            "shift": float(of_input.shift),
            "framing": of_input.framing,
            "shades": [float(value) for value in of_input.shades],
        },
        "layers": [
            {
                "units": layer.units,
                "activation": layer.activation,
                "initializer": layer.initializer,
                "dropout": float(layer.dropout),
                "normalization": layer.normalization,
                "frozen": layer.frozen,
                "weight_rate": float(layer.weight_rate),
                "bias_rate": float(layer.bias_rate),
                "bias_spread": float(layer.bias_spread),
            }
            for layer in architecture.layers
        ],
        "loss": architecture.loss,
        "input_dropout": float(architecture.input_dropout),
        "embeddings": [
            {"column": e.column, "levels": e.levels, "size": e.size} for e in architecture.embeddings
        ],
        "feature_gains": architecture.feature_gains,
        "feature_gain_rate": float(architecture.feature_gain_rate),
        "embedding_rate": float(architecture.embedding_rate),
    }


def _architecture(value: object, version: tuple[int, int]) -> Architecture:
    record = _fields(value, "architecture", _OF_ARCHITECTURE)
    layers = _list(record["layers"], "layers", MAX_LAYERS)
    embeddings = _list(record["embeddings"], "embeddings", MAX_EMBEDDINGS)
    try:
        return Architecture(
            _input(record["input"], version),
            tuple(_layer(layer, f"layer {number}", version) for number, layer in enumerate(layers, start=1)),
            _word(record["loss"], "loss", LOSSES, version),
            _float(record["input_dropout"], "input_dropout"),
            tuple(
                _embedding(entry, f"embedding {number}") for number, entry in enumerate(embeddings, start=1)
            ),
            _truth(record["feature_gains"], "feature_gains"),
            _float(record["feature_gain_rate"], "feature_gain_rate"),
            _float(record["embedding_rate"], "embedding_rate"),
        )
    except OptionError as error:  # the architecture's own limits
        raise damaged(f"the architecture is impossible: {str(error).rstrip('.')}") from None


def _input(value: object, version: tuple[int, int]) -> Input:
    record = _fields(value, "input", ("shape", "scale", "shift", "framing", "shades"))
    sides = _list(record["shape"], "shape of the input", 4)
    shape = tuple(_whole(side, "shape of the input", 1, MAX_UNITS) for side in sides)
    if not 1 <= math.prod(shape) <= MAX_UNITS or not shape:  # in Python's integers, which don't overflow
        raise damaged(f"the shape of the input is {quoted(shape)}; expected 1 … {MAX_UNITS:,} features")
    framing = _word(record["framing"], "framing", FRAMINGS, version)
    black_white = _list(record["shades"], "shades", 2)
    if len(black_white) != 2:
        raise damaged(f"shades is {quoted(black_white)}; expected two numbers")
    shades = _float(black_white[0], "shades"), _float(black_white[1], "shades")
    scale, shift = _float(record["scale"], "scale"), _float(record["shift"], "shift")
    return Input(shape, scale, shift, framing, shades)


def _layer(value: object, where: str, version: tuple[int, int]) -> Dense:
    record = _fields(value, where, _OF_LAYER)
    return Dense(
        _whole(record["units"], f"{where}'s units", 1, MAX_UNITS),
        _word(record["activation"], f"{where}'s activation", ACTIVATIONS, version),
        _word(record["initializer"], f"{where}'s initializer", INITIALIZERS, version),
        _float(record["dropout"], f"{where}'s dropout"),
        _word(record["normalization"], f"{where}'s normalization", NORMALIZATIONS, version),
        _truth(record["frozen"], f"{where}'s frozen"),
        *(_float(record[name], f"{where}'s {name}") for name in ("weight_rate", "bias_rate", "bias_spread")),
    )


def _embedding(value: object, where: str) -> Embedding:
    names = ("column", "levels", "size")
    record = _fields(value, where, names)
    return Embedding(*(_whole(record[name], f"{where}'s {name}", 0, MAX_UNITS) for name in names))


def _classes(value: object, architecture: Architecture) -> tuple[str, ...]:
    classes = tuple(_text(name, "classes") for name in _list(value, "classes", MAX_CLASSES))
    k = architecture.n_outputs
    if len(classes) != (2 if k == 1 else k):  # one output answers yes or no
        raise damaged(f"there are {len(classes)} class names for {k} outputs")
    return classes


def _info(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise damaged(f"info is {quoted(value)}; expected texts by name")
    _check_length(value, "info", MAX_NOTES)
    return {key: _text(text, "info") for key, text in value.items()}


def _seed(value: object) -> int:
    if not isinstance(value, str) or not re.fullmatch("0|[1-9][0-9]{0,19}", value) or int(value) >= 2**64:
        raise damaged(f"seed is {quoted(value)}; expected the digits of a whole number below 2**64")
    return int(value)


def _check_texts(value: object, where: str) -> None:
    """Every text in the manifest, keys included, wherever it stands."""
    if isinstance(value, str):
        _text(value, where)
    elif isinstance(value, dict):
        for key, entry in value.items():
            _text(key, f"a key of {where or 'the manifest'}")
            _check_texts(entry, f"{where}.{key[:40]}" if where else key[:40])
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            if not isinstance(entry, int | float):
                _check_texts(entry, f"{where}[{index}]")


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise damaged(f"{where} holds {quoted(value)}; expected text")
    if len(value) > MAX_TEXT:
        raise damaged(f"{where} holds a text of {len(value):,} characters; expected at most {MAX_TEXT:,}")
    unwanted = _UNWANTED.search(value)
    if unwanted:
        raise damaged(
            f"{where} holds {quoted(value)} with the character U+{ord(unwanted.group()):04X}; "
            "expected one line of text without control characters"
        )
    return value


def _word(value: object, where: str, known: Container[str], version: tuple[int, int]) -> str:
    if not isinstance(value, str):
        raise damaged(f"{where} is {quoted(value)}; expected a name")
    if value not in known:
        raise _newer(
            f"{where} is {quoted(value)}, which this version does not know, or which is damaged", version
        )
    return value


def _fields(value: object, where: str, expected: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise damaged(f"the {where} is {quoted(value)}; expected the fields {', '.join(expected)}")
    for name in sorted(value.keys() ^ set(expected)):
        raise damaged(
            f"the {where} {'lacks the' if name in expected else 'has an unknown'} field {quoted(name)}"
        )
    return value


def _list(value: object, where: str, limit: int) -> list[Any]:
    if not isinstance(value, list):
        raise damaged(f"{where} is {quoted(value)}; expected a list")
    _check_length(value, where, limit)
    return value


def _check_length(value: Sized, where: str, limit: int) -> None:
    if len(value) > limit:
        raise damaged(f"{where} has {len(value):,} entries; expected at most {limit:,}")


def _whole(value: object, where: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise damaged(f"{where} is {quoted(value)}; expected a whole number from {low:,} to {high:,}")
    return value


def _truth(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise damaged(f"{where} is {quoted(value)}; expected true or false")
    return value


def _float(value: object, where: str) -> float:
    if not isinstance(value, float) or not math.isfinite(value):
        raise damaged(f"{where} is {quoted(value)}; expected a finite number with a point")
    return value


def _pair(value: object, where: str) -> tuple[int, int]:
    major, minor = value if isinstance(value, list) and len(value) == 2 else (None, None)
    return _whole(major, where, 0, 999), _whole(minor, where, 0, 999)


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))
