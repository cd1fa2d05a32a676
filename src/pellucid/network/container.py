"""The outer form of a model file: a safetensors file of the plainest kind, so that other readers can open it too.

::

    8 bytes      N, the length of the header, little-endian
    N bytes      the header: JSON in ASCII, padded with blanks to a multiple of 8
    the rest     the tensors, one after another, little-endian, row by row

The header has one piece of metadata, "pellucid": a second JSON text, the manifest. (With several pieces their order
would be up to the writing library.) Each JSON text has one spelling only: keys sorted in the manifest, in the order
of the data in the header, no blanks, ASCII. The reader makes the header anew and compares the bytes, so that two
keys of one name, hidden text or a gap between tensors have no place to be.
"""

from __future__ import annotations

import io
import json
import math
import re
import reprlib
from collections.abc import Iterable
from typing import Any

from pellucid.basics.errors import ModelFileError

MAX_HEADER = 8 * 2**20  # a table of 50,000 columns needs about 5 MiB
MAX_NESTING = 8
MAX_ITEMS = 500_000  # each becomes a Python object many times its size
MAX_DIGITS = 40  # of a number; float64 needs 24 characters, a seed 20
DTYPES = {"float32": "F32", "float64": "F64"}
REMEDY = "Get a whole copy of the file, or save the model again."

Stream = io.FileIO | io.BytesIO

_METADATA, _KEY = "__metadata__", "pellucid"
_TEXT_IN_JSON = re.compile(
    r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL
)  # possessive: linear in any text
_FOREIGN = {
    b"PK\x03\x04": "a zip archive, as PyTorch, Keras and NumPy write",
    b"\x80": "a Python pickle, which could run code and is never opened",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"\x89HDF": "an HDF5 file, as Keras wrote",
    b"\x93NUMPY": "a NumPy array",
    b"\x1f\x8b": "a gzip archive",
    b"GGUF": "a GGUF model",
}


def damaged(what: str) -> ModelFileError:
    """The error for whatever is wrong with a file; who knows the path adds it."""
    return ModelFileError(f"{what}. {REMEDY}")


def quoted(value: object) -> str:
    """A value from a file, short and without control characters, for a message."""
    return reprlib.repr(value)


def canonical(record: dict[str, Any], *, sort: bool = True) -> str:
    r"""The one spelling of a record as JSON.

    Floats are JSON numbers as Python writes them: the fewest digits that read back to the same 64 bits. That is as
    exact as hexadecimal, and every JSON reader understands it.

    Parameters
    ----------
    record : dict
    sort : bool
        Whether the keys are sorted; else they stay in their order.

    Raises
    ------
    ModelFileError
        If it holds NaN or infinity, which JSON can't say.

    Examples
    --------
    >>> canonical({"b": 0.1, "a": [1, True, None, "é"]})
    '{"a":[1,true,null,"\\u00e9"],"b":0.1}'
    """
    try:
        return json.dumps(record, sort_keys=sort, separators=(",", ":"), allow_nan=False)
    except ValueError:
        raise damaged("a number in the manifest is NaN or infinite; expected finite numbers") from None


def parse(text: str, what: str) -> dict[str, Any]:
    """The object in a JSON text that nobody vouches for.

    Parameters
    ----------
    text : str
    what : str
        What the text is, for messages: "manifest".

    Raises
    ------
    ModelFileError
        For invalid JSON, anything but an object, two keys of one name, NaN, numbers or nesting beyond the limits.

    Examples
    --------
    >>> parse('{"a":1,"a":2}', "manifest")
    Traceback (most recent call last):
    pellucid.basics.errors.ModelFileError: the manifest has the key 'a' twice. Get a whole copy of the file, or ...
    """
    _check_nesting(text, what)

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        record: dict[str, Any] = {}
        for key, value in pairs:
            if key in record:
                raise damaged(f"the {what} has the key {quoted(key)} twice")
            record[key] = value
        return record

    def number(digits: str) -> int | float:
        whole = digits.lstrip("-").isdigit()
        value = (int(digits) if whole else float(digits)) if len(digits) <= MAX_DIGITS else math.inf
        if not math.isfinite(value):
            raise damaged(f"the {what} has the number {digits[:12]!r}; expected a finite one of few digits")
        return value

    try:
        record = json.loads(
            text, object_pairs_hook=unique, parse_int=number, parse_float=number, parse_constant=number
        )
    except json.JSONDecodeError as error:
        raise damaged(
            f"the {what} is not JSON ({error.msg.removesuffix(' at')} at character {error.pos})"
        ) from None
    if not isinstance(record, dict):
        raise damaged(f"the {what} is not a JSON object")
    return record


def _check_nesting(text: str, what: str) -> None:
    """Refuse before the parser builds anything; brackets within texts don't count."""
    bare = _TEXT_IN_JSON.sub("", text)
    if sum(map(bare.count, ",[{")) > MAX_ITEMS:
        raise damaged(f"the {what} has more than {MAX_ITEMS:,} entries")
    depth = 0
    for bracket in re.finditer(r"[][{}]", bare):
        depth += 1 if bracket.group() in "[{" else -1
        if depth > MAX_NESTING:
            raise damaged(f"the {what} is nested deeper than {MAX_NESTING} levels")


def header(manifest: str, tensors: Iterable[tuple[str, tuple[int, ...]]], dtype: str) -> bytes:
    """Length and header for a manifest and its tensors, without the data.

    Parameters
    ----------
    manifest : str
        Canonical JSON.
    tensors : iterable of (name, shape)
        In the order of the data.
    dtype : str
        "float32" or "float64", the same for all.

    Raises
    ------
    ModelFileError
        If it gets longer than a reader accepts.

    Examples
    --------
    >>> header("{}", [("b1", (3,))], "float32")[8:]
    b'{"__metadata__":{"pellucid":"{}"},"b1":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}       '
    """
    record: dict[str, Any] = {_METADATA: {_KEY: manifest}}
    start, width = 0, 4 if dtype == "float32" else 8
    for name, shape in tensors:
        stop = start + width * math.prod(shape)
        record[name] = {"dtype": DTYPES[dtype], "shape": list(shape), "data_offsets": [start, stop]}
        start = stop
    text = canonical(record, sort=False).encode("ascii")
    text += b" " * (-len(text) % 8)
    if len(text) > MAX_HEADER:
        raise damaged(f"the header takes {len(text):,} bytes; expected at most {MAX_HEADER:,}")
    return len(text).to_bytes(8, "little") + text


def read_header(stream: Stream, size: int) -> tuple[bytes, str, dict[str, Any]]:
    """Length and header as they stand in the file, the manifest's text, and what is said of each tensor.

    Parameters
    ----------
    stream : Stream
        At its beginning.
    size : int
        Of the whole file, in bytes.

    Raises
    ------
    ModelFileError
        If it is no safetensors file, or none of Pellucid's.
    """
    length = read_exactly(stream, min(8, size))
    n = int.from_bytes(length, "little")
    if size < 10 or n > MAX_HEADER:
        raise _foreign(bytes(length))
    if not 2 <= n <= size - 8:
        raise damaged(f"the file's {size:,} bytes can't hold its header of {n:,}")
    text = read_exactly(stream, n)
    if not text.startswith(b"{"):
        raise _foreign(b"")
    if not text.isascii():
        raise damaged("the header holds bytes that are not ASCII")
    tensors = parse(text.decode("ascii"), "header")
    metadata = tensors.pop(_METADATA, None)
    if not isinstance(metadata, dict) or not isinstance(metadata.get(_KEY), str):
        raise ModelFileError(
            "this is a safetensors file, but not one of Pellucid's: it has no manifest. "
            "Give a file that was written by save()."
        )
    return bytes(length + text), metadata[_KEY], tensors


def read_exactly(stream: Stream, count: int) -> bytearray:
    """So many bytes; the caller has compared the count with the file's size before.

    Parameters
    ----------
    stream : Stream
    count : int
        Bytes to read.

    Raises
    ------
    ModelFileError
        If the stream ends before.
    """
    content = bytearray(count)
    view = memoryview(content)
    done = 0
    while done < count:
        got = stream.readinto(view[done:])
        if not got:
            raise damaged(f"the file ends {count - done:,} bytes too early")
        done += got
    return content


def check_tensors(found: dict[str, Any], expected: bytes) -> None:
    """Compare what the header says of the tensors with what it has to say, for a message that names the first.

    Parameters
    ----------
    found : dict
        What the file's header says of each tensor, by name.
    expected : bytes
        The header as it has to be, from `header`.

    Raises
    ------
    ModelFileError
        If a tensor is missing, different or too many.
    """
    wanted: dict[str, Any] = json.loads(expected[8:])
    del wanted[_METADATA]
    for name in wanted:
        if name not in found:
            raise damaged(f"the tensor {name} is missing")
        if found[name] != wanted[name]:
            raise damaged(f"the tensor {name} is {quoted(found[name])}; expected {quoted(wanted[name])}")
    for name in found:
        if name not in wanted:
            raise damaged(f"there is a tensor {quoted(name)} that the network has no place for")


def _foreign(start: bytes) -> ModelFileError:
    """The error for something else than a model, by its first bytes."""
    kinds = (kind for magic, kind in _FOREIGN.items() if start.startswith(magic))
    kind = next(kinds, "something else or an incomplete file")
    return ModelFileError(f"this is {kind}, not a Pellucid model. Give a file that was written by save().")
