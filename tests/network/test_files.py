"""The model file: what goes in comes out bit for bit, and nothing else gets in."""

import errno
import io
import json
import os
import pickle
import random
import socket
import struct
import subprocess
import sys
import tracemalloc
import zipfile
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
import safetensors
import safetensors.numpy

from pellucid.basics import files as atomic_files
from pellucid.basics.errors import ModelFileError, OptionError, PellucidError, StorageError
from pellucid.data.columns import ClassTarget, NumberTarget, NumericColumn
from pellucid.data.dataset import Input
from pellucid.data.preparation import Preparation
from pellucid.formulas.activations import ACTIVATIONS
from pellucid.formulas.initializers import INITIALIZERS
from pellucid.formulas.losses import LOSSES
from pellucid.network import files
from pellucid.network.architecture import Architecture, Dense, Embedding
from pellucid.network.container import MAX_HEADER, canonical, header
from pellucid.network.files import network_bytes, read_stream, save_network
from pellucid.network.layout import Layout
from pellucid.network.network import Network, load

PREPARATION = Preparation(
    (NumericColumn("Größe", 171.5, 0.1 + 0.2), NumericColumn("−x", -0.0, 5e-324)),
    ClassTarget("answer", ("no", "yes")),
    "patient",
)


def small(**settings) -> Network:
    architecture = settings.pop("architecture", None) or Architecture.mlp(Input((2,)), [3], 2)
    return Network(
        architecture, **{"seed": 1, "classes": ("no", "yes"), "info": {"made": "by a test"}, **settings}
    )


def bits(array) -> bytes:
    return np.ascontiguousarray(array).tobytes()


def check_round_trip(net: Network, folder: Path) -> Network:
    path = folder / "model.pellucid"
    assert net.save(path) == path
    again = load(path)
    assert bits(again.theta) == bits(net.theta)
    assert again.theta.dtype == net.theta.dtype
    assert again.theta.flags.writeable
    assert again.architecture == net.architecture
    assert (again.seed, again.dtype, again.classes) == (net.seed, net.dtype, net.classes)
    assert (again.preparation, again.info) == (net.preparation, net.info)
    X = np.linspace(-1, 1, 5 * net.architecture.input.size).reshape(5, -1)
    assert bits(again.logits(X)) == bits(net.logits(X))
    assert network_bytes(again) == path.read_bytes()
    assert [entry.name for entry in folder.iterdir()] == ["model.pellucid"]
    return again


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n_hidden", range(7))
def test_networks_of_any_depth_come_back(tmp_path, n_hidden, dtype):
    architecture = Architecture.mlp(Input((2,)), [3 + i for i in range(n_hidden)], 2)
    check_round_trip(small(architecture=architecture, dtype=dtype), tmp_path)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_and_loss_comes_back(tmp_path, activation, loss):
    architecture = Architecture.mlp(Input((3,)), [4], 2, activation=activation, loss=loss)
    check_round_trip(small(architecture=architecture, classes=None), tmp_path)


@pytest.mark.parametrize("initializer", INITIALIZERS)
def test_every_initializer_and_dropout_comes_back(tmp_path, initializer):
    layers = (Dense(3, "tanh", initializer, dropout=0.1), Dense(2, "relu", "zeros", dropout=1 / 3))
    architecture = Architecture(
        Input((2,)), (*layers, Dense(1, "identity", initializer)), "binary_cross_entropy"
    )
    check_round_trip(small(architecture=architecture), tmp_path)


@pytest.mark.parametrize(
    "of_input",
    [
        Input.picture(4, 5),
        Input.picture(4, 5, low=-0.5, high=0.5, framing="digit"),
        Input.picture(4, 5, channels=3, shades=(0, 4095), low=-1, high=1),
        Input((2, 3, 4), scale=0.1 + 0.2, shift=-5e-324),
        Input((1,), scale=1, shift=-0.0),
        Input((np.int64(2),), scale=np.float64(1) / 3),
    ],
)
def test_every_input_comes_back(tmp_path, of_input):
    again = check_round_trip(small(architecture=Architecture.mlp(of_input, [], 2)), tmp_path)
    assert struct.pack("<2d", again.architecture.input.scale, again.architecture.input.shift) == struct.pack(
        "<2d", of_input.scale, of_input.shift
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"preparation": PREPARATION},
        {
            "preparation": Preparation(PREPARATION.columns, NumberTarget("price", 1e300, 1e-300)),
            "classes": None,
            "architecture": Architecture.mlp(Input((2,)), [3], 2, loss="squared_error"),
        },
        {"classes": None, "info": {}},
        {"classes": ("", " ")},
        {"classes": ("Ärger\u00a0🙂", "שלום")},
        {"info": {f"note {i}": "x" * 4096 for i in range(20)}},
        {"info": {"": '{"a": [1, 2]}', "\\": '"\\u0000', "quote": "\"'<script>&"}},
        {"seed": 0},
        {"seed": 2**64 - 1},
    ],
)
def test_everything_beside_the_numbers_comes_back(tmp_path, settings):
    check_round_trip(small(**settings), tmp_path)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_extremes_of_a_dtype_come_back(tmp_path, dtype):
    limits = np.finfo(dtype)
    values = [0.0, -0.0, limits.max, -limits.max, limits.tiny, limits.smallest_subnormal, limits.eps]
    net = small(dtype=dtype)
    net.theta[: len(values)] = values
    check_round_trip(net, tmp_path)


def _random(n: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=n)


LAYOUTS = {  # each makes a vector of n numbers that lie in memory in another way
    "contiguous": lambda n: _random(n),
    "strided": lambda n: _random(3 * n)[::3],
    "reversed": lambda n: _random(n)[::-1],
    "column": lambda n: _random(2 * n).reshape(n, 2)[:, 1],
    "Fortran": lambda n: np.asfortranarray(_random(2 * n).reshape(2, n))[1],
    "broadcast": lambda n: np.broadcast_to(np.float64(0.5), (n,)),
    "unaligned": lambda n: np.frombuffer(b"x" + _random(n).tobytes(), dtype=np.float64, offset=1),
    "big-endian": lambda n: _random(n).astype(">f8"),
    "read-only": lambda n: np.frombuffer(_random(n).tobytes()),
}


@pytest.mark.parametrize("assigned", [False, True], ids=["given", "assigned"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_theta_comes_back_from_any_layout_of_memory(tmp_path, layout, assigned):
    theta = LAYOUTS[layout](17)
    net = small(dtype="float64") if assigned else small(dtype="float64", theta=theta)
    if assigned:
        net.theta = theta
    if assigned and layout == "big-endian":
        with pytest.raises(OptionError, match="theta is >f8, the network float64"):
            save_network(net, tmp_path / "model")
        return
    save_network(net, tmp_path / "model")
    assert load(tmp_path / "model").theta.tolist() == theta.tolist()


@pytest.mark.parametrize("order", ["F", "T", "reversed", "strided", "broadcast"])
def test_weights_come_back_from_any_layout_of_memory(tmp_path, order):
    rows = np.arange(6.0).reshape(2, 3)
    W = {
        "F": np.asfortranarray(rows),
        "T": np.arange(6.0).reshape(3, 2).T,
        "reversed": rows[::-1, ::-1],
        "strided": np.arange(24.0).reshape(4, 6)[::2, ::2],
        "broadcast": np.broadcast_to(np.arange(3.0), (2, 3)),
    }[order]
    net = small()
    net.layers[0].W[...] = W
    save_network(net, tmp_path / "model")
    assert load(tmp_path / "model").layers[0].W.tolist() == W.tolist()
    assert safetensors.numpy.load_file(tmp_path / "model")["W1"].tolist() == W.tolist()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_safetensors_library_reads_the_same_tensors(tmp_path, dtype):
    net = small(dtype=dtype, preparation=PREPARATION)
    path = net.save(tmp_path / "model.pellucid")
    expected = net.layout.tensors(net.theta)
    for loaded in (safetensors.numpy.load_file(path), safetensors.numpy.load(path.read_bytes())):
        assert sorted(loaded) == sorted(expected)
        for name, tensor in expected.items():
            assert loaded[name].dtype == tensor.dtype
            assert loaded[name].shape == tensor.shape
            assert bits(loaded[name]) == bits(tensor)
    with safetensors.safe_open(path, framework="numpy") as opened:
        assert list(opened.metadata()) == ["pellucid"]
        manifest = json.loads(opened.metadata()["pellucid"])
    assert manifest["format"] == "pellucid-model"
    assert manifest["version"] == manifest["min_reader"] == [1, 0]
    assert manifest["required"] == []
    assert manifest["architecture"]["layers"][0] == {
        "units": 3, "activation": "relu", "initializer": "auto", "dropout": 0.0,
        "normalization": "none", "frozen": False, "weight_rate": 1.0, "bias_rate": 1.0, "bias_spread": 0.0,
    }  # fmt: skip


def test_the_data_are_theta_itself():
    net = small()
    assert network_bytes(net).endswith(net.theta.astype("<f4").tobytes())


PROGRAM = """
import sys
from pellucid.data.dataset import Input
from pellucid.data.columns import ClassTarget, NumericColumn
from pellucid.data.preparation import Preparation
from pellucid.network.architecture import Architecture
from pellucid.network.network import Network
columns = tuple(NumericColumn(f"c{i}", i / 3, 1 + i / 7) for i in range(5))
info = {name: name.upper() for name in set("abcdefghij")}
net = Network(
    Architecture.mlp(Input((5,)), [4, 3], 2), seed=7, classes=("no", "yes"), info=info,
    preparation=Preparation(columns, ClassTarget("t", ("no", "yes"))),
)
net.save(sys.argv[1])
"""


def test_the_same_model_gives_the_same_bytes_in_every_process(tmp_path):
    contents = []
    for number, surroundings in enumerate(
        [
            {"PYTHONHASHSEED": "0"},
            {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
            {"PYTHONHASHSEED": "2"},
        ]
    ):
        path = tmp_path / str(number)
        environment = {**os.environ, **surroundings}
        subprocess.run([sys.executable, "-c", PROGRAM, str(path)], env=environment, cwd=tmp_path, check=True)
        contents.append(path.read_bytes())
    assert contents[0] == contents[1] == contents[2]


# What can't be saved is refused when it is saved, not when it is read.


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"classes": ("a\nb", "c")}, r"U\+000A"),
        ({"classes": ("a\x00", "c")}, r"U\+0000"),
        ({"classes": ("a\x85", "c")}, r"U\+0085"),
        ({"classes": ("\u202egpj", "c")}, r"U\+202E"),
        ({"classes": ("\u2066x", "c")}, r"U\+2066"),
        ({"classes": ("\u2028", "c")}, r"U\+2028"),
        ({"classes": ("\udc80", "c")}, r"U\+DC80"),
        ({"classes": ("x" * 5000, "c")}, "5,000 characters"),
        ({"info": {"a": 1}}, "info holds 1; expected text"),
        ({"info": {1: "a"}}, "info holds 1; expected text"),
        ({"info": {"a\x1b[31m": "b"}}, r"U\+001B"),
        ({"info": {"a": "\x9b"}}, r"U\+009B"),
        ({"info": {str(i): "" for i in range(1001)}}, "at most 1,000"),
        ({"info": {str(i): "x" * 4000 for i in range(1000)}}, None),
        ({"info": {str(i): "é" * 4000 for i in range(1000)}}, "header takes"),
        (
            {"preparation": Preparation((NumericColumn("a\tb", 0.0, 1.0),) * 2, PREPARATION.target)},
            r"U\+0009",
        ),
        ({"preparation": Preparation((NumericColumn("a", np.nan, 1.0),) * 2, PREPARATION.target)}, "NaN"),
        ({"architecture": Architecture.mlp(Input((1, 1, 1, 1, 2)), [], 2)}, "shape of the input"),
    ],
)
def test_what_the_reader_would_refuse_is_not_written(tmp_path, settings, why):
    path = tmp_path / "model"
    net = small(**settings)
    if why is None:
        save_network(net, path)
        assert load(path).info == net.info
        return
    with pytest.raises(OptionError, match=why) as caught:
        save_network(net, path)
    message = str(caught.value)
    assert message.startswith("The network can't be saved: ")
    assert message.isprintable()
    assert "copy of the file" not in message
    assert not path.exists()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_network_that_is_not_finite_is_not_written(tmp_path, value):
    net = small()
    net.layers[1].b[1] = value
    with pytest.raises(OptionError, match=r"b2\[1\] is "):
        save_network(net, tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_buffers_that_fit_no_layer_are_not_lost_in_silence(tmp_path):
    net = small()
    net.buffers = np.zeros(3, dtype=np.float32)
    with pytest.raises(OptionError, match="bytes of data"):
        save_network(net, tmp_path / "model")


def normalized() -> Network:
    layers = (
        Dense(3, normalization="batch", dropout=0.25),
        Dense(4, "tanh", normalization="layer"),
        Dense(2),
    )
    front = {"embeddings": (Embedding(1, levels=4, size=2),), "feature_gains": True, "input_dropout": 0.125}
    layers = (*layers[:2], Dense(2, "identity", frozen=True, weight_rate=0.5, bias_rate=2.0, bias_spread=0.5))
    net = Network(Architecture(Input((3,)), layers, **front), seed=3, classes=("no", "yes"))
    net.buffers[...] = np.arange(1, 7)
    return net


def test_normalized_layers_embeddings_and_gains_come_back(tmp_path):
    net = normalized()
    again = load(save_network(net, tmp_path / "model"))
    assert again.architecture == net.architecture
    assert again.buffers.tolist() == [1, 2, 3, 4, 5, 6]
    assert again.theta.tobytes() == net.theta.tobytes()


def test_a_negative_variance_is_damage(tmp_path):
    net = normalized()
    net.buffers[-1] = -1
    with pytest.raises(OptionError, match="variance1 holds a number"):
        save_network(net, tmp_path / "model")


# Damage and deceit.


def manifest_of_small() -> dict:
    content = network_bytes(small())
    n = int.from_bytes(content[:8], "little")
    return json.loads(json.loads(content[8 : 8 + n])["__metadata__"]["pellucid"])


def sealed(manifest: dict, data: bytes) -> dict:
    return {**manifest, "sha256": files._digest(manifest, data)}


def forged(change=None, *, theta=None, tensors=None, head=None, after=b"") -> bytes:
    """A file whose SHA-256 is right, but whose manifest, numbers, tensors or header somebody changed."""
    theta = small().theta if theta is None else theta
    data = theta.tobytes()
    manifest = manifest_of_small()
    if change is not None:
        change(manifest)
    text = canonical(sealed(manifest, data))
    shapes = [(name, shape) for name, shape, _ in Layout((2, 3, 2)).slices()]
    start = header(text, shapes, str(theta.dtype))
    if tensors is not None:
        record = json.loads(start[8:])
        start = framed(json.dumps(tensors(record) or record, separators=(",", ":")).encode())
    if head is not None:
        start = framed(head(start[8:]))
    return start + data + after


def framed(text: bytes) -> bytes:
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text


def put(*keys, value):
    """A change of a record: the entry at these keys becomes the value."""

    def change(record):
        for key in keys[:-1]:
            record = record[key]
        record[keys[-1]] = value

    return change


def drop(*keys):
    def change(record):
        for key in keys[:-1]:
            record = record[key]
        del record[keys[-1]]

    return change


def metadata(value):
    return lambda record: {**record, "__metadata__": value}


def manifest_text(text: str) -> bytes:
    """A file with this manifest, whatever it is."""
    return framed(json.dumps({"__metadata__": {"pellucid": text}}).encode())


def zipped() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("data.pkl", "x")
    return stream.getvalue()


def arrays() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.zeros(100))
    return stream.getvalue()


GOOD = network_bytes(small())
N = int.from_bytes(GOOD[:8], "little")
THETA = small().theta
LAYER = ("architecture", "layers", 0)
TEXT = canonical(manifest_of_small())


def theta_with(value: float) -> np.ndarray:
    theta = THETA.copy()
    theta[6] = value
    return theta


HOSTILE = {
    # not a model at all
    "empty": (b"", "incomplete"),
    "one byte": (b"\x00", "incomplete"),
    "zeros": (bytes(1000), "can't hold its header of 0"),
    "text": (b"sepal_length,sepal_width\n5.1,3.5\n" * 9, "something else"),
    "pickle": (pickle.dumps(list(range(1000))), "pickle"),
    "old pickle": (pickle.dumps(list(range(1000)), protocol=2), "pickle"),
    "zip": (zipped(), "zip archive"),
    "PNG": (b"\x89PNG\r\n\x1a\n" + bytes(100), "PNG picture"),
    "JPEG": (b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(100), "JPEG picture"),
    "HDF5": (b"\x89HDF\r\n\x1a\n" + bytes(100), "HDF5"),
    "npy": (arrays(), "NumPy array"),
    "GGUF": (b"GGUF\x03\x00\x00\x00\x23" + bytes(100), "GGUF"),
    "another safetensors": (safetensors.numpy.save({"W1": np.zeros(3)}), "not one of Pellucid's"),
    # the length of the header
    "header of 0": (struct.pack("<Q", 0) + GOOD[8:], "header of 0"),
    "header of 1": (struct.pack("<Q", 1) + GOOD[8:], "header of 1"),
    "header of 2": (struct.pack("<Q", 2) + GOOD[8:], "not JSON"),
    "header one shorter": (struct.pack("<Q", N - 1) + GOOD[8:], "."),
    "header one longer": (struct.pack("<Q", N + 1) + GOOD[8:], "."),
    "header of the whole file": (struct.pack("<Q", len(GOOD) - 8) + GOOD[8:], "."),
    "header beyond the file": (struct.pack("<Q", len(GOOD) - 7) + GOOD[8:], "can't hold"),
    "header of the limit": (struct.pack("<Q", MAX_HEADER) + GOOD[8:], "can't hold"),
    "header of 100 MB": (struct.pack("<Q", 100_000_000) + GOOD[8:], "something else"),
    "header of 2**63": (struct.pack("<Q", 2**63) + GOOD[8:], "something else"),
    "header of 2**64-1": (b"\xff" * 8 + GOOD[8:], "something else"),
    # the header's text
    "bad UTF-8": (forged(head=lambda text: text.replace(b"W1", b"W\xff")), "not ASCII"),
    "overlong UTF-8": (forged(head=lambda text: text.replace(b"W1", b"W\xc0\xb1")), "not ASCII"),
    "BOM": (forged(head=lambda text: b"\xef\xbb\xbf" + text), "something else"),
    "blank first": (forged(head=lambda text: b" " + text), "something else"),
    "list": (framed(b"[1]"), "something else"),
    "open brace": (framed(b"{"), "not JSON"),
    "cut JSON": (framed(GOOD[8 : N // 2]), "not JSON"),
    "two objects": (framed(b"{}{}"), "not JSON"),
    "comment": (framed(b"{/**/}"), "not JSON"),
    "newline at the end": (forged(head=lambda text: text.rstrip() + b"\n" * 8), "not spelled"),
    "more blanks": (forged(head=lambda text: text + b" " * 8), "not spelled"),
    "blanks within": (forged(head=lambda text: text.replace(b"[2,3]", b"[2, 3]")), "not spelled"),
    "exponent": (forged(head=lambda text: text.replace(b"[2,3]", b"[2,3e0]")), "not spelled"),
    "shape of booleans": (forged(tensors=put("b1", "data_offsets", value=[24, 36.0])), "not spelled"),
    "escaped name": (forged(head=lambda text: text.replace(b'"W1"', b'"\\u00571"')), "not spelled"),
    "tensors in another order": (
        forged(tensors=lambda record: dict(sorted(record.items(), reverse=True))),
        "not spelled",
    ),
    "NUL": (forged(head=lambda text: text.replace(b"W1", b"W\x00")), "not JSON"),
    "nested bomb": (framed(b'{"a":' + b"[" * 100_000), "nested deeper"),
    "nested objects": (framed(b'{"a":' * 200_000), "nested deeper"),
    "nine levels": (framed(b'{"a":' + b"[" * 8 + b"]" * 8 + b"}"), "nested deeper"),
    "many entries": (framed(b'{"a":[' + b"0," * 600_000 + b"0]}"), "more than 500,000 entries"),
    "many objects": (framed(b'{"a":[' + b"{}," * 600_000 + b"0]}"), "more than 500,000 entries"),
    "open quote": (framed(b'{"' + b'\\"' * 1_000_000), "not JSON"),
    "closing brackets": (framed(b"{" + b"]" * 100_000), "not JSON"),
    "NaN in the header": (framed(b'{"a":NaN}'), "number 'NaN'"),
    "infinity in the header": (framed(b'{"a":-Infinity}'), "number '-Infinity'"),
    "1e400": (framed(b'{"a":1e400}'), "number '1e400'"),
    "million digits": (framed(b'{"a":' + b"9" * 1_000_000 + b"}"), "number '999999999999'"),
    "duplicate key": (framed(b'{"a":1,"a":1}'), "key 'a' twice"),
    "duplicate tensor": (
        forged(
            head=lambda text: text.rstrip()[:-1] + b',"W1":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}'
        ),
        "key 'W1' twice",
    ),
    "duplicate metadata": (framed(b'{"__metadata__":{},"__metadata__":{}}'), "'__metadata__' twice"),
    # metadata
    "no metadata": (forged(tensors=lambda record: {"W1": record["W1"]}), "no manifest"),
    "metadata a list": (forged(tensors=metadata(["pellucid"])), "no manifest"),
    "metadata empty": (forged(tensors=metadata({})), "no manifest"),
    "manifest a number": (forged(tensors=metadata({"pellucid": 1})), "no manifest"),
    "second metadata": (
        forged(tensors=lambda r: put("__metadata__", "format", value="pt")(r)),
        "not spelled",
    ),
    # the manifest's text
    "manifest empty": (manifest_text(""), "manifest is not JSON"),
    "manifest a list": (manifest_text("[]"), "not a JSON object"),
    "manifest null": (manifest_text("null"), "not a JSON object"),
    "manifest nested": (manifest_text("[" * 100_000), "manifest is nested deeper"),
    "manifest with a duplicate": (manifest_text('{"a":1,"a":2}'), "the manifest has the key 'a' twice"),
    "manifest with blanks": (manifest_text(TEXT.replace(":", ": ", 1)), "not spelled"),
    "manifest not sorted": (
        manifest_text(json.dumps(dict(reversed(json.loads(TEXT).items())))),
        "not spelled",
    ),
    "manifest not escaped": (manifest_text(TEXT.replace("yes", "é")), "not spelled"),
    "manifest with 0.00": (manifest_text(TEXT.replace('"shift":0.0', '"shift":0.00')), "not spelled"),
    "manifest with NaN": (manifest_text(TEXT.replace('"scale":1.0', '"scale":NaN')), "number 'NaN'"),
    "manifest with 1e999": (manifest_text(TEXT.replace('"scale":1.0', '"scale":1e999')), "number '1e999'"),
    # versions
    "no format": (forged(drop("format")), "format is None"),
    "a checkpoint": (forged(put("format", value="pellucid-checkpoint")), "format is 'pellucid-checkpoint'"),
    "no version": (forged(drop("version")), "version is None"),
    "version a number": (forged(put("version", value=1)), "version is"),
    "version of floats": (forged(put("version", value=[1.0, 0])), "version is 1.0"),
    "version of booleans": (forged(put("version", value=[True, False])), "version is True"),
    "version negative": (forged(put("version", value=[1, -1])), "version is -1"),
    "version of three": (forged(put("version", value=[1, 0, 0])), "version is"),
    "version 0": (forged(put("version", value=[0, 9])), "claims format 0.9"),
    "reader newer than writer": (forged(put("min_reader", value=[1, 1])), "readable from 1.1 on"),
    "required a text": (forged(put("required", value="x")), "required is 'x'"),
    "required a number": (forged(put("required", value=[1])), "required holds 1"),
    # fields
    "unknown field": (forged(put("extra", value=1)), "unknown field 'extra'"),
    "missing field": (forged(drop("info")), "lacks the field 'info'"),
    "architecture null": (forged(put("architecture", value=None)), "architecture is None"),
    "architecture with code": (forged(put("architecture", "module", value="os")), "unknown field 'module'"),
    "layers an object": (forged(put("architecture", "layers", value={})), "layers is {}"),
    "no layers": (forged(put("architecture", "layers", value=[])), "0 layers"),
    "257 layers": (forged(put("architecture", "layers", value=[{}] * 257)), "at most 256"),
    "layer a list": (forged(put(*LAYER, value=[])), r"layer 1 is \[\]"),
    "layer without units": (forged(drop(*LAYER, "units")), "lacks the field 'units'"),
    "layer with code": (forged(put(*LAYER, "__class__", value="x")), "unknown field '__class__'"),
    "0 units": (forged(put(*LAYER, "units", value=0)), "units is 0"),
    "-1 units": (forged(put(*LAYER, "units", value=-1)), "units is -1"),
    "units a boolean": (forged(put(*LAYER, "units", value=True)), "units is True"),
    "units a float": (forged(put(*LAYER, "units", value=3.0)), "units is 3.0"),
    "units a text": (forged(put(*LAYER, "units", value="3")), "units is '3'"),
    "huge units": (forged(put(*LAYER, "units", value=10**30)), "units is 1000"),
    "units beyond the memory": (forged(put(*LAYER, "units", value=1_048_576)), "."),
    "other units": (forged(put(*LAYER, "units", value=4)), "tensor W1 is"),
    "activation a number": (forged(put(*LAYER, "activation", value=1)), "activation is 1"),
    "activation a list": (forged(put(*LAYER, "activation", value=["relu"])), "activation is"),
    "activation unknown": (
        forged(put(*LAYER, "activation", value="__import__")),
        "activation is '__import__'",
    ),
    "activation endless": (forged(put(*LAYER, "activation", value="x" * 1_000_000)), "1,000,000 characters"),
    "initializer unknown": (
        forged(put(*LAYER, "initializer", value="os.system")),
        "initializer is 'os.system'",
    ),
    "dropout 1": (forged(put(*LAYER, "dropout", value=1.0)), "dropout is 1.0"),
    "dropout negative": (forged(put(*LAYER, "dropout", value=-0.5)), "dropout is -0.5"),
    "dropout an integer": (forged(put(*LAYER, "dropout", value=0)), "dropout is 0"),
    "readout with relu": (
        forged(put("architecture", "layers", 1, "activation", value="relu")),
        "readout layer",
    ),
    "readout with dropout": (forged(put("architecture", "layers", 1, "dropout", value=0.5)), "readout layer"),
    "loss unknown": (forged(put("architecture", "loss", value="eval")), "loss is 'eval'"),
    "no shades": (forged(put("architecture", "input", "shades", value=None)), "shades is None"),
    "one shade": (forged(put("architecture", "input", "shades", value=[0.0])), "two numbers"),
    "shades of integers": (forged(put("architecture", "input", "shades", value=[0, 255])), "shades is 0"),
    "white below black": (
        forged(put("architecture", "input", "shades", value=[1.0, 0.0])),
        "the smaller first",
    ),
    "shape empty": (forged(put("architecture", "input", "shape", value=[])), "shape of the input"),
    "shape negative": (
        forged(put("architecture", "input", "shape", value=[-1, -2])),
        "shape of the input is -1",
    ),
    "shape overflowing": (
        forged(put("architecture", "input", "shape", value=[2**16] * 4)),
        "shape of the input",
    ),
    "shape huge": (forged(put("architecture", "input", "shape", value=[2**64 + 2])), "shape of the input"),
    "shape of five": (
        forged(put("architecture", "input", "shape", value=[1, 1, 1, 1, 2])),
        "shape of the input",
    ),
    "other shape": (forged(put("architecture", "input", "shape", value=[3])), "tensor W1 is"),
    "scale an integer": (forged(put("architecture", "input", "scale", value=1)), "scale is 1"),
    "scale a text": (forged(put("architecture", "input", "scale", value="0x1p0")), "scale is '0x1p0'"),
    "framing unknown": (forged(put("architecture", "input", "framing", value="/etc/passwd")), "framing is"),
    "dtype unknown": (forged(put("dtype", value="float16")), "dtype is 'float16'"),
    "dtype an object": (forged(put("dtype", value="object")), "dtype is 'object'"),
    "other dtype": (forged(put("dtype", value="float64")), "tensor W1 is"),
    "seed a number": (forged(put("seed", value=1)), "seed is 1"),
    "seed negative": (forged(put("seed", value="-1")), "seed is '-1'"),
    "seed too large": (forged(put("seed", value=str(2**64))), "seed is '18446744073709551616'"),
    "seed with zeros": (forged(put("seed", value="01")), "seed is '01'"),
    "seed in other digits": (forged(put("seed", value="\u0661")), "seed is"),
    "classes a text": (forged(put("classes", value="ab")), "classes is 'ab'"),
    "classes of numbers": (forged(put("classes", value=[0, 1])), "classes holds 0"),
    "three classes": (forged(put("classes", value=["a", "b", "c"])), "3 class names for 2 outputs"),
    "class with a control character": (forged(put("classes", value=["a\x07", "b"])), r"U\+0007"),
    "class with a terminal command": (forged(put("classes", value=["\x1b]0;x\x07", "b"])), r"U\+001B"),
    "class that turns the direction": (forged(put("classes", value=["\u202ea", "b"])), r"U\+202E"),
    "class of half a character": (forged(put("classes", value=["\ud800", "b"])), r"U\+D800"),
    "class too long": (forged(put("classes", value=["a" * 4097, "b"])), "4,097 characters"),
    "info a list": (forged(put("info", value=[])), r"info is \[\]"),
    "info of numbers": (forged(put("info", value={"a": 1})), "info holds 1"),
    "info with a newline": (forged(put("info", value={"a": "b\nc"})), r"U\+000A"),
    "info key with a newline": (forged(put("info", value={"a\nb": "c"})), r"U\+000A"),
    "info too many": (forged(put("info", value={str(i): "" for i in range(1001)})), "at most 1,000"),
    "preparation a text": (forged(put("preparation", value="x")), "preparation"),
    "preparation empty": (forged(put("preparation", value={})), "preparation"),
    "preparation of one column": (
        forged(
            put(
                "preparation",
                value=Preparation(PREPARATION.columns[:1], PREPARATION.target).to_json(),
            )
        ),
        "1 columns",
    ),
    # tensors
    "missing tensor": (forged(tensors=drop("b2")), "tensor b2 is missing"),
    "extra tensor": (
        forged(tensors=put("../x", value={"dtype": "F32", "shape": [0], "data_offsets": [68, 68]})),
        r"tensor '\.\./x' that the network has no place for",
    ),
    "tensor a list": (forged(tensors=put("W1", value=[])), "tensor W1 is"),
    "tensor of another dtype": (forged(tensors=put("W1", "dtype", value="F64")), "tensor W1 is"),
    "tensor of an unknown dtype": (forged(tensors=put("W1", "dtype", value="O")), "tensor W1 is"),
    "tensor transposed": (forged(tensors=put("W1", "shape", value=[3, 2])), "tensor W1 is"),
    "tensor flat": (forged(tensors=put("W1", "shape", value=[6])), "tensor W1 is"),
    "tensor with more": (forged(tensors=put("W1", "stride", value=1)), "tensor W1 is"),
    "overlapping": (forged(tensors=put("b1", "data_offsets", value=[20, 32])), "tensor b1 is"),
    "gap": (forged(tensors=put("b1", "data_offsets", value=[28, 40])), "tensor b1 is"),
    "overrunning": (forged(tensors=put("b2", "data_offsets", value=[60, 1068])), "tensor b2 is"),
    "backwards": (forged(tensors=put("b1", "data_offsets", value=[36, 24])), "tensor b1 is"),
    "negative place": (forged(tensors=put("W1", "data_offsets", value=[-24, 0])), "tensor W1 is"),
    "huge place": (forged(tensors=put("b2", "data_offsets", value=[60, 2**64 + 68])), "tensor b2 is"),
    # numbers
    "NaN": (forged(theta=theta_with(np.nan)), r"b1\[0\] is nan; expected finite"),
    "infinity": (forged(theta=theta_with(np.inf)), r"b1\[0\] is inf"),
    "one byte more": (GOOD + b"\0", "69 bytes of data; expected 68"),
    "twice": (GOOD + GOOD, "bytes of data; expected 68"),
    "a zip behind": (GOOD + zipped(), "bytes of data; expected 68"),
    "wrong SHA-256": (GOOD.replace(manifest_of_small()["sha256"].encode(), b"0" * 64), "SHA-256"),
    "no SHA-256": (GOOD.replace(manifest_of_small()["sha256"].encode(), b" " * 64), "SHA-256"),
    "numbers of another network": (GOOD[: 8 + N] + small(seed=2).theta.tobytes(), "SHA-256"),
    "numbers swapped": (GOOD[: 8 + N] + THETA[[1, 0, *range(2, 17)]].tobytes(), "SHA-256"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_refused_in_one_line(tmp_path, case):
    content, why = HOSTILE[case]
    path = tmp_path / "hostile.pellucid"
    path.write_bytes(content)
    tracemalloc.start()
    try:
        with pytest.raises(ModelFileError, match=why) as caught:
            load(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert message.endswith(".")
    assert message.isprintable()
    assert len(message) < 500 + len(str(path))
    assert peak < 20 * len(content) + 2**20


def test_the_forger_can_make_sound_files():
    assert forged() == GOOD
    assert len(HOSTILE) >= 60


@pytest.mark.parametrize("length", [*range(1, 24), *range(24, len(GOOD), 37), len(GOOD) - 1])
def test_a_file_that_was_cut_short_is_refused(tmp_path, length):
    (tmp_path / "cut").write_bytes(GOOD[:length])
    with pytest.raises(ModelFileError):
        load(tmp_path / "cut")


def refused(content: bytes) -> bool:
    try:
        read_stream(io.BytesIO(content), len(content))
    except ModelFileError as error:
        return str(error).isprintable()
    return False


def flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_every_flipped_bit_of_the_header_is_found():
    assert [bit for bit in range(8 * (8 + N)) if not refused(flipped(GOOD, bit))] == []


def test_flipped_bits_of_the_data_are_found():
    content = network_bytes(small(architecture=Architecture.mlp(Input((20,)), [30], 2)))
    start = 8 + int.from_bytes(content[:8], "little")
    chosen = random.Random(0).sample(range(8 * start, 8 * len(content)), 2000)
    assert [bit for bit in chosen if not refused(flipped(content, bit))] == []


def test_damage_of_any_other_kind_is_refused_too():
    chance = random.Random(1)
    for _ in range(500):
        content = bytearray(GOOD)
        for _ in range(chance.randint(1, 4)):
            a, b = sorted(chance.sample(range(len(content)), 2))
            kind = chance.randrange(4)
            if kind == 0:
                content[a:b] = b""
            elif kind == 1:
                content[a:a] = content[a:b]
            elif kind == 2:
                content[a:b] = chance.randbytes(b - a)
            else:
                content[a] = chance.choice(b'{}[],:"\\0919')
        assert bytes(content) == GOOD or refused(bytes(content))


# Newer files.


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ([put("version", value=[2, 0])], "reads format 2.0"),
        ([put("version", value=[2, 0]), put("min_reader", value=[2, 0])], "reads format 2.0"),
        ([put("version", value=[1, 7]), put("min_reader", value=[1, 3])], "reads format 1.7"),
        (
            [put("version", value=[1, 2]), put("required", value=["normalization"])],
            "understands 'normalization'",
        ),
        (
            [put("version", value=[1, 2]), put(*LAYER, "activation", value="swish")],
            "layer 1's activation is 'swish'",
        ),
        ([put("version", value=[1, 2]), put("architecture", "loss", value="tomorrow")], "loss is 'tomorrow'"),
    ],
)
def test_a_file_from_the_future_names_what_it_needs(changes, why):
    content = forged(lambda manifest: [change(manifest) for change in changes])
    with pytest.raises(ModelFileError, match=why) as caught:
        read_stream(io.BytesIO(content), len(content))
    assert "the file's format is " in str(caught.value)
    assert "reads 1.0. Update with: pip install --upgrade pellucid." in str(caught.value)


def test_what_a_newer_file_lets_older_readers_skip_is_skipped():
    def change(manifest):
        manifest.update(version=[1, 7], color="blue", curve=[1.5, {"a": None}])

    content = forged(change)
    assert bits(read_stream(io.BytesIO(content), len(content)).theta) == bits(THETA)


def test_even_what_is_skipped_holds_sound_text_only():
    assert refused(forged(lambda manifest: manifest.update(version=[1, 7], color="\x1b[31m")))


def test_within_a_part_a_newer_file_may_not_add_anything():
    def change(manifest):
        manifest["version"] = [1, 7]
        manifest["architecture"]["skip"] = True

    assert refused(forged(change))


# The file system.


def test_a_missing_file_gets_the_nearest_name(tmp_path):
    small().save(tmp_path / "digits.pellucid")
    with pytest.raises(
        ModelFileError, match=r"there is no such file\. Did you mean 'digits\.pellucid'\?$"
    ) as caught:
        load(tmp_path / "digit.pellucid")
    assert caught.value.exit_status == 4
    with pytest.raises(ModelFileError, match="Check the name"):
        load(tmp_path / "zzz")


@pytest.mark.parametrize("name", ["no/folder/model", "model/below", "a\0b", "\ud800", "dangling"])
def test_a_path_that_can_not_exist_is_no_such_file(tmp_path, name):
    small().save(tmp_path / "model")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ModelFileError, match="there is no such file"):
        load(tmp_path / name)


def test_a_folder_is_not_a_model(tmp_path):
    with pytest.raises(ModelFileError, match="this is a folder"):
        load(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices are files on Unix")
@pytest.mark.parametrize("kind", ["pipe", "socket", "/dev/null", "/dev/zero", "link to a device"])
def test_pipes_and_devices_are_not_models(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)  # a socket's path has to be short
    path = Path(kind)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(kind)
    elif kind == "link to a device":
        path.symlink_to("/dev/zero")
    with pytest.raises(ModelFileError, match="not a regular file"):
        load(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_a_pipe_that_takes_the_files_place_is_not_waited_for(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr(Path, "stat", lambda path: os.lstat(__file__))  # what was there a moment ago
    with pytest.raises(ModelFileError, match="not a regular file"):
        load(tmp_path / "pipe")


def test_a_link_to_a_model_is_followed(tmp_path):
    small().save(tmp_path / "model")
    (tmp_path / "link").symlink_to("model")
    assert bits(load(str(tmp_path / "link")).theta) == bits(THETA)


@pytest.mark.parametrize("code", [errno.EACCES, errno.EIO, errno.ELOOP, errno.EMFILE])
def test_trouble_of_the_system_is_a_storage_error(tmp_path, monkeypatch, code):
    small().save(tmp_path / "model")

    def fail(*arguments):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "open", fail)
    with pytest.raises(StorageError, match="could not read") as caught:
        load(tmp_path / "model")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("told", "why"), [(len(GOOD) + 8, "bytes of data"), (len(GOOD) - 8, "bytes of data")]
)
def test_a_size_that_is_not_true_is_found(told, why):
    with pytest.raises(ModelFileError, match=why):
        read_stream(io.BytesIO(GOOD), told)


@pytest.mark.parametrize(("content", "why"), [(GOOD[:-3], "3 bytes too early"), (GOOD + b"x", "grew while")])
def test_a_file_that_changes_while_it_is_read_is_refused(content, why):
    with pytest.raises(ModelFileError, match=why):
        read_stream(io.BytesIO(content), len(GOOD))


def test_slow_streams_are_read_to_the_end():
    class Dribble(io.BytesIO):
        def readinto(self, buffer):
            return super().readinto(memoryview(buffer)[:3])

    assert bits(read_stream(Dribble(GOOD), len(GOOD)).theta) == bits(THETA)


def test_no_number_in_a_file_makes_the_reader_allocate():
    units = 10_000  # 10,000 · 10,000 weights, in a file of two kilobytes
    architecture = Architecture.mlp(Input((units,)), [units], 2)
    manifest = manifest_of_small()
    manifest["architecture"]["input"]["shape"] = [units]
    manifest["architecture"]["layers"][0]["units"] = units
    shapes = [(name, shape) for name, shape, _ in architecture.layout.slices()]
    content = header(canonical(manifest), shapes, "float32") + bytes(100)
    tracemalloc.start()
    try:
        with pytest.raises(ModelFileError, match="100 bytes of data; expected 400,120,008"):
            read_stream(io.BytesIO(content), len(content))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2**18


AUDIT = """
import sys
from pathlib import Path
from pellucid.basics.errors import ModelFileError
from pellucid.network.network import load
load(Path(sys.argv[1]))  # everything is imported now
events = []
sys.addaudithook(lambda event, arguments: events.append((event, arguments)))
for name in sys.argv[1:]:
    try:
        load(Path(name))
    except ModelFileError:
        pass
seen = list(events)
files_opened = {str(arguments[0]) for event, arguments in seen if event == "open"}
others = sorted({event for event, _ in seen} - {"open"})
writing = [arguments for event, arguments in seen if event == "open" and arguments[1] not in ("rb", "r", None)]
print(files_opened == set(sys.argv[1:]), others, writing)
"""


def test_loading_opens_the_file_and_does_nothing_else(tmp_path):
    paths = []
    cases = [
        "second metadata",
        "nested bomb",
        "activation unknown",
        "NaN",
        "pickle",
        "bad UTF-8",
        "version 0",
    ]
    for number, content in enumerate([GOOD, network_bytes(small(preparation=PREPARATION))]):
        paths.append(tmp_path / f"good-{number}")
        paths[-1].write_bytes(content)
    for case in cases:
        paths.append(tmp_path / case)
        paths[-1].write_bytes(HOSTILE[case][0])
    result = subprocess.run(
        [sys.executable, "-c", AUDIT, *map(str, paths)], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "True [] []"


# Saving when the disk does not play along.


@pytest.mark.parametrize(
    "fault", [OSError(errno.ENOSPC, "full"), OSError(errno.EIO, "broken"), KeyboardInterrupt()]
)
@pytest.mark.parametrize("n", range(1, 9))
def test_a_failing_save_leaves_the_old_model_or_the_new_one(tmp_path, monkeypatch, n, fault):
    path = small(seed=1).save(tmp_path / "model")
    count = 0

    class System:
        def __getattr__(self, name):
            real = getattr(os, name)

            def call(*arguments):
                nonlocal count
                count += 1
                if name == "close":
                    real(*arguments)
                if count == n:
                    raise fault
                return None if name == "close" else real(*arguments)

            return call if name in ("open", "write", "fsync", "close", "replace") else real

    refusal = pytest.raises(KeyboardInterrupt if isinstance(fault, KeyboardInterrupt) else StorageError)
    survives = n > 5 and isinstance(fault, OSError)  # the new model stands; only its folder was not flushed
    with monkeypatch.context() as patch:
        patch.setattr(atomic_files, "os", System())
        with nullcontext() if survives else refusal:
            small(seed=2).save(path)
    assert load(path).seed == (1 if n <= 5 else 2)
    assert [entry.name for entry in tmp_path.iterdir()] == ["model"]


def test_a_folder_that_does_not_exist_is_a_storage_error(tmp_path):
    with pytest.raises(StorageError, match="no such folder; make it first"):
        small().save(tmp_path / "no" / "model")
    with pytest.raises(PellucidError, match="not a regular file"):
        small().save(tmp_path)
