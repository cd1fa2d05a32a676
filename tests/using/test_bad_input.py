"""Whatever is wrong with what a user gives: one line with what, where and a remedy, and nothing is left behind."""

from __future__ import annotations

import gzip
import io
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pellucid.using.command_line import main

USAGE, DATA, MODEL_FILE, STORAGE = 2, 3, 4, 5

Content = bytes | Callable[[Path], bytes]


@dataclass(frozen=True)
class Case:
    name: str
    arguments: str  # with {table} for a model of a table, {digits} for one of pictures
    status: int
    words: tuple[str, ...]  # that the line must have: the file, the place, the remedy
    files: dict[str, Content] = field(default_factory=dict)


def rows(text: str) -> bytes:
    """Forty good rows, then some of one's own."""
    good = "".join(f"{i},{i % 7},{'yes' if i % 2 else 'no'}\n" for i in range(40))
    return ("a,b,target\n" + good + text).encode()


def array_bytes(**arrays: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


def npy_bytes(array: np.ndarray, *, allow_pickle: bool = False) -> bytes:
    out = io.BytesIO()
    np.save(out, array, allow_pickle=allow_pickle)
    return out.getvalue()


def picture_bytes(size: int = 8, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.arange(size * size, dtype=np.uint8).reshape(size, size)).save(out, kind)
    return out.getvalue()


def idx(shape: tuple[int, ...], numbers: bytes, kind: int = 8) -> bytes:
    return bytes([0, 0, kind, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + numbers


PICTURES = idx((40, 4, 4), bytes(range(160)) * 4)
LABELS = idx((40,), bytes(i % 2 for i in range(40)))
IMAGES_NAME, LABELS_NAME = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


def digits_folder(images: bytes, labels: bytes = LABELS, suffix: str = "") -> dict[str, Content]:
    return {f"idx/{IMAGES_NAME}{suffix}": images, f"idx/{LABELS_NAME}{suffix}": labels}


def changed(name: str, at: int, new: bytes) -> Callable[[Path], bytes]:
    """A model file with some of its bytes replaced, counted from the end if negative."""

    def change(models: Path) -> bytes:
        old = bytearray((models / name).read_bytes())
        start = at % len(old)
        old[start : start + len(new)] = new
        return bytes(old)

    return change


def shortened(name: str, length: int) -> Callable[[Path], bytes]:
    return lambda models: (models / name).read_bytes()[:length]


def csv_case(name: str, content: bytes, *words: str, options: str = "") -> Case:
    return Case(name, f"train t.csv {options}", DATA, ("t.csv", *words), {"t.csv": content})


def option_case(name: str, options: str, *words: str) -> Case:
    return Case(name, f"train two-moons {options}", USAGE, words)


TABLES = [
    csv_case("ragged-short", rows("1,2\n"), "line 42", "2 columns", "3"),
    csv_case("ragged-long", rows("1,2,no,4\n"), "line 42", "4 columns", "quoted"),
    csv_case("date", rows("").replace(b",no", b",2024-05-01,no").replace(b",yes", b",2024-06-01,yes")
             .replace(b"b,target", b"b,day,target"), "column 'day'", "dates", "weekday", "--ignore day"),
    csv_case("infinity", rows("1,inf,no\n"), "line 42", "'b'"),
    csv_case("overflow", rows("1,1e400,no\n"), "line 42", "'b'", "1e400"),
    csv_case("almost-overflow", rows("1,1e300,no\n1,-1e300,yes\n"), "line 4", "'b'", "1e+300"),
    csv_case("text-among-numbers", rows("1,two,no\n"), "line 42", "'b'", "two"),
    csv_case("free-text", b"a,b,target\n" + b"".join(b"%d,note %d,%d\n" % (i, i, i % 2) for i in range(60)),
             "column 'b'", "'note", "different texts", "--ignore b"),
    csv_case("number-with-comma", rows('1,"2,5",no\n'), "line 42", "'b'", "2,5"),
    csv_case("open-quote", rows('1,2,"no\n3,4,yes\n'), "line 42", "quote"),
    csv_case("quote-inside", rows('1,2,"n"o"\n'), "line 42", "quote"),
    csv_case("wrong-delimiter", rows("").replace(b",", b";"), "line 1", "--delimiter ';'"),
    csv_case("tabs", rows("").replace(b",", b"\t"), "line 1", "tab", "--delimiter"),
    csv_case("utf-16", rows("").decode().encode("utf-16"), "UTF-16", "UTF-8"),
    csv_case("latin-1", rows("1,2,caf\xe9\n").decode().encode("latin-1"), "line 42", "UTF-8"),
    csv_case("nul-byte", rows("1,2,no\0\n"), "NUL"),
    csv_case("empty", b"", "empty"),
    csv_case("header-only", b"a,b,target\n", "row"),
    csv_case("no-header", b"1,2,3\n4,5,6\n", "line 1", "names"),
    csv_case("doubled-name", b"a,a,target\n1,2,3\n", "line 1", "'a'"),
    csv_case("nameless-column", b"a,,target\n1,2,3\n", "line 1", "column 2"),
    csv_case("one-class", rows("").replace(b"yes", b"no"), "'target'", "two classes"),
    Case("one-row", "train t.csv", DATA, ("row",), {"t.csv": b"a,b,target\n1,2,no\n"}),
    csv_case("no-feature", b"target\nno\nyes\n" * 20, "target"),
    csv_case("missing-target", rows(""), "no column 'tarket'", "'target'", options="--target tarket"),
    csv_case("no-usual-target", rows("").replace(b"target", b"answer"), "--target", "answer"),
    csv_case("missing-group", rows(""), "no column 'patient'", options="--group patient"),
    Case("one-group", "train t.csv --group g", DATA, ("group",),
         {"t.csv": b"a,g,target\n" + b"".join(b"%d,0,%d\n" % (i, i % 2) for i in range(40))}),
    csv_case("empty-target", rows("1,2,\n"), "line 42", "'target'"),
]  # fmt: skip

FILES = [
    Case("no-such-file", "train cels.csv", DATA, ("cels.csv", "Did you mean 'cells.csv'?"),
         {"cells.csv": rows("")}),
    Case("unknown-ending", "train t.xlsx", DATA, ("t.xlsx", ".csv"), {"t.xlsx": b"PK"}),
    Case("idx-truncated", "train idx", DATA, (IMAGES_NAME, "640"), digits_folder(PICTURES[:-5])),
    Case("idx-too-long", "train idx", DATA, (IMAGES_NAME,), digits_folder(PICTURES + b"more")),
    Case("idx-lies", "train idx", DATA, (IMAGES_NAME,), digits_folder(idx((2**31, 2**15, 2**15), b"abc"))),
    Case("idx-foreign", "train idx", DATA, (IMAGES_NAME,), digits_folder(b"PK\x03\x04" + bytes(100))),
    Case("idx-empty", "train idx", DATA, (IMAGES_NAME,), digits_folder(b"")),
    Case("idx-labels-fewer", "train idx", DATA, ("40", "39"),
         digits_folder(PICTURES, idx((39,), bytes(i % 2 for i in range(39))))),
    Case("idx-one-class", "train idx", DATA, (LABELS_NAME, "byte 8", "two classes"),
         digits_folder(PICTURES, idx((40,), bytes(40)))),
    Case("idx-no-labels", "train idx", DATA, ("labels",), {f"idx/{IMAGES_NAME}": PICTURES}),
    Case("gzip-truncated", "train idx", DATA, (IMAGES_NAME + ".gz",),
         digits_folder(gzip.compress(PICTURES)[:-20], gzip.compress(LABELS), ".gz")),
    Case("gzip-damaged", "train idx", DATA, (IMAGES_NAME + ".gz",),
         digits_folder(gzip.compress(PICTURES)[:-8] + bytes(8), gzip.compress(LABELS), ".gz")),
    Case("npz-not", "train t.npz", DATA, ("t.npz",), {"t.npz": b"no archive at all"}),
    Case("npz-truncated", "train t.npz", DATA, ("t.npz",),
         {"t.npz": array_bytes(X=np.eye(40), y=np.arange(40) % 2)[:-60]}),
    Case("npz-without-y", "train t.npz", DATA, ("t.npz", "y"), {"t.npz": array_bytes(X=np.eye(40))}),
    Case("npz-lengths", "train t.npz", DATA, ("t.npz", "40", "39"),
         {"t.npz": array_bytes(X=np.eye(40), y=np.arange(39) % 2)}),
    Case("npz-nan", "train t.npz", DATA, ("t.npz",),
         {"t.npz": array_bytes(X=np.full((40, 2), np.nan), y=np.arange(40) % 2)}),
    Case("npz-pickled", "train t.npz", DATA, ("t.npz",),
         {"t.npz": array_bytes(X=np.array([{}] * 40, dtype=object), y=np.arange(40) % 2)}),
    Case("npz-one-class", "train t.npz", DATA, ("t.npz", "class"),
         {"t.npz": array_bytes(X=np.eye(40), y=np.zeros(40, dtype=int))}),
    Case("folder-without-pictures", "train leaves", DATA, ("leaves",), {"leaves/oak/notes.txt": b"brown"}),
    Case("folder-empty", "train leaves", DATA, ("leaves",), {"leaves/.keep": b""}),
    Case("one-subfolder", "train leaves", DATA, ("leaves", "oak"),
         {f"leaves/oak/{i}.png": picture_bytes() for i in range(4)}),
    Case("text-named-png", "train leaves", DATA, ("leaves/oak/0.png",),
         {f"leaves/{kind}/{i}.png": b"no picture" if kind == "oak" and i == 0 else picture_bytes()
          for kind in ("oak", "elm") for i in range(4)}),
    Case("picture-truncated", "train leaves", DATA, ("leaves/oak/0.png",),
         {f"leaves/{kind}/{i}.png": picture_bytes()[:45] if kind == "oak" and i == 0 else picture_bytes()
          for kind in ("oak", "elm") for i in range(4)}),
]  # fmt: skip

MODELS = [
    Case("no-such-model", "evaluate tabel.pellucid two-moons", MODEL_FILE, ("tabel.pellucid",)),
    Case("model-empty", "predict m.pellucid t.csv", MODEL_FILE, ("m.pellucid",), {"m.pellucid": b""}),
    Case("model-is-text", "predict m.pellucid t.csv", MODEL_FILE, ("m.pellucid",), {"m.pellucid": rows("")}),
    Case("model-truncated", "predict m.pellucid t.csv", MODEL_FILE, ("m.pellucid",),
         {"m.pellucid": shortened("table.pellucid", 1000)}),
    Case("model-number-changed", "predict m.pellucid t.csv", MODEL_FILE, ("m.pellucid",),
         {"m.pellucid": changed("table.pellucid", -9, b"\x7f\x45")}),
    Case("model-header-lies", "predict m.pellucid t.csv", MODEL_FILE, ("m.pellucid",),
         {"m.pellucid": changed("table.pellucid", 0, b"\xff\xff\xff\xff\xff\xff\xff\x7f")}),
    Case("model-header-damaged", "predict m.pellucid t.csv", MODEL_FILE, ("m.pellucid",),
         {"m.pellucid": changed("table.pellucid", 40, b"\0\0\0")}),
    Case("model-is-folder", "predict m.pellucid t.csv", MODEL_FILE, ("m.pellucid", "folder"),
         {"m.pellucid/x": b""}),
    Case("picture-for-a-table", "predict {table} p.png", DATA, ("p.png", "CSV"), {"p.png": picture_bytes()}),
    Case("table-for-pictures", "predict {digits} t.csv", DATA, ("t.csv", "pictures", "PNG"), {"t.csv": rows("")}),
    Case("model-of-other-columns", "predict {table} t.csv", DATA, ("t.csv", "b"), {"t.csv": b"a,c\n1,2\n"}),
    Case("model-of-other-data", "evaluate {table} digits8x8", DATA, ()),
    Case("model-of-other-features", "evaluate {digits} two-moons", DATA, ()),
    Case("class-unseen", "evaluate {table} t.csv", DATA, ("t.csv", "line 42", "maybe"),
         {"t.csv": rows("1,2,maybe\n")}),
    Case("nothing-there", "predict {digits} none.png", DATA, ("none.png", "no such file")),
    Case("folder-of-nothing", "predict {digits} f", DATA, ("f", "picture"), {"f/a.txt": b""}),
    Case("no-picture", "predict {digits} p.png", DATA, ("p.png",), {"p.png": b"no picture"}),
    Case("picture-truncated-predict", "predict {digits} p.png", DATA, ("p.png", "cut off"),
         {"p.png": picture_bytes(64)[:60]}),
    Case("npy-shape", "predict {digits} a.npy", DATA, ("a.npy", "(3, 5)", "64"),
         {"a.npy": npy_bytes(np.ones((3, 5)))}),
    Case("npy-no-dimension", "predict {digits} a.npy", DATA, ("a.npy",), {"a.npy": npy_bytes(np.float64(3))}),
    Case("npy-empty", "predict {digits} a.npy", DATA, ("a.npy",), {"a.npy": npy_bytes(np.ones((0, 64)))}),
    Case("npy-nan", "predict {digits} a.npy", DATA, ("a.npy",), {"a.npy": npy_bytes(np.full((1, 64), np.nan))}),
    Case("npy-text", "predict {digits} a.npy", DATA, ("a.npy",), {"a.npy": npy_bytes(np.array([["x"] * 64]))}),
    Case("npy-pickled", "predict {digits} a.npy", DATA, ("a.npy",),
         {"a.npy": npy_bytes(np.array([[{}] * 64], dtype=object), allow_pickle=True)}),
    Case("npy-not", "predict {digits} a.npy", DATA, ("a.npy",), {"a.npy": b"1,2,3"}),
    Case("csv-inf-predict", "predict {table} t.csv", DATA, ("t.csv", "line 2", "'b'"), {"t.csv": b"a,b\n1,inf\n"}),
    Case("csv-absurd", "predict {table} t.csv", DATA, ("t.csv", "line 2", "'b'"), {"t.csv": b"a,b\n1,1e300\n"}),
]  # fmt: skip

NAMES = [
    Case("unknown-data-set", "train mnits", USAGE, ("'mnits'", "Did you mean 'mnist'?")),
    Case("unknown-data-set-to-show", "data show mnits", USAGE, ("Did you mean 'mnist'?",)),
    Case("unknown-data-set-to-fetch", "data fetch fashon-mnist", USAGE, ("Did you mean 'fashion-mnist'?",)),
    Case("unknown-command", "trian two-moons", USAGE, ("trian", "train")),
    Case("unknown-data-command", "data lsit", USAGE, ("lsit", "list")),
    option_case("unknown-option", "--epoch 3", "--epoch", "--epochs"),
    option_case("unknown-activation", "--activation rleu", "Did you mean 'relu'?"),
    option_case("unknown-optimizer", "--optimizer adan", "Did you mean 'adam'?"),
    option_case("unknown-loss", "--loss cross-entropy", "Did you mean 'cross_entropy'?"),
    option_case("unknown-schedule", "--schedule cosin", "Did you mean 'cosine'?"),
    option_case("unknown-initializer", "--initializer he", "Known", "he_normal"),
    option_case("unknown-dtype", "--dtype float16", "float16", "float32"),
    option_case("loss-of-another-kind", "--loss binary", "binary_cross_entropy"),
    option_case(
        "group-of-no-table", "--group patient", "--group patient", "two-moons is no table", "leave it out"
    ),
    Case("no-data", "train", USAGE, ("DATA",)),
    Case("no-input", "predict {digits}", USAGE, ("INPUT",)),
]

RANGES = [
    option_case("epochs-0", "--epochs 0", "pellucid: --epochs is 0;"),
    option_case("epochs-text", "--epochs many", "--epochs", "many"),
    option_case("epochs-fraction", "--epochs 1.5", "--epochs", "1.5"),
    option_case("hidden-text", "--hidden 16,x", "--hidden", "16,x"),
    option_case("hidden-negative", "--hidden -3", "-3"),
    option_case("hidden-zero", "--hidden 16,0", "0"),
    option_case("hidden-nothing-between", "--hidden 16,,16", "--hidden", "16,,16"),
    option_case("hidden-huge", "--hidden 1000000000,1000000000"),
    option_case("dropout-1", "--dropout 1", "pellucid: --dropout is 1.0;"),
    option_case("dropout-negative", "--dropout -0.1", "dropout", "-0.1"),
    Case("test-share", "train t.csv --test 1.5", USAGE, ("test", "1.5"), {"t.csv": rows("")}),
    Case("no-share-for-training", "train t.csv --test 0.6 --validation 0.5", USAGE, ("0.6", "0.5", "below 1"),
         {"t.csv": rows("")}),
    option_case("validation-negative", "--validation -1", "pellucid: --validation is -1.0;"),
    option_case("validation-nan", "--validation nan", "validation", "nan"),
    option_case("batch-size-negative", "--batch-size -1", "pellucid: --batch-size is -1;"),
    option_case("seed-negative", "--seed -1", "pellucid: --seed is -1;"),
    option_case("learning-rate-0", "--learning-rate 0", "pellucid: --learning-rate is 0.0;"),
    option_case("learning-rate-nan", "--learning-rate nan", "learning", "nan"),
    option_case("learning-rate-text", "--learning-rate fast", "--learning-rate", "fast"),
    option_case("l2-negative", "--l2 -1", "l2", "-1"),
    option_case("loss-below-nan", "--loss-below nan", "pellucid: --loss-below is nan;"),
    option_case("patience-0", "--patience 0", "patience", "0"),
    option_case("patience-without-validation", "--patience 3 --validation 0", "--patience", "--validation 0.1"),
    option_case("early-stopping-without-validation", "--early-stopping --validation 0", "pellucid: --early-stopping",
                "--validation 0.1"),
    option_case("monitor-without-validation", "--monitor accuracy --validation 0", "--monitor accuracy",
                "--validation 0.1"),
    option_case("unknown-monitor", "--monitor acuracy", "Did you mean 'accuracy'?"),
    option_case("monitor-of-another-kind", "--monitor r2", "--monitor r2 is for numbers", "choose accuracy"),
    option_case("min-delta-negative", "--min-delta -1", "pellucid: --min-delta is -1.0;"),
    option_case("max-time-0", "--max-time 0", "pellucid: --max-time is 0.0;"),
    option_case("unknown-keep", "--keep bset", "Did you mean 'best'?"),
    option_case("calibrate-without-validation", "--calibrate --validation 0", "--calibrate", "--validation 0.1"),
    Case("calibrate-numbers", "train sine --epochs 1 --calibrate", USAGE, ("numbers",)),
    option_case("find-rate-and-save", "--find-learning-rate --save m.pellucid", "--find-learning-rate", "--save"),
    option_case("find-rate-and-calibrate", "--find-learning-rate --calibrate --save", "--save"),
    option_case("weight-decay-of-adam", "--weight-decay 0.1", "--weight-decay", "adamw", "adam;"),
    option_case("weight-decay-twice", "--optimizer adamw --weight-decay 0.1 --setting weight_decay=0.2",
                "--weight-decay", "--setting"),
    option_case("setting-no-pair", "--setting beta1", "--setting is 'beta1'", "beta1=0.8"),
    option_case("setting-no-number", "--setting beta1=x", "--setting is 'beta1=x'"),
    option_case("setting-twice", "--setting beta1=0.8,beta1=0.9", "--setting is"),
    option_case("unknown-setting", "--setting beta=0.8", "'adam' has no setting 'beta'"),
    option_case("unknown-schedule-setting", "--schedule step --schedule-setting evry=2", "Did you mean 'every'?"),
    option_case("setting-range", "--setting beta1=1", "beta1"),
    option_case("warm-up-range", "--warm-up 1.5", "pellucid: --warm-up is 1.5;"),
    option_case("label-smoothing-1", "--label-smoothing 1", "pellucid: --label-smoothing is 1.0;"),
    Case("label-smoothing-numbers", "train sine --label-smoothing 0.1", USAGE, ("pellucid: --label-smoothing is 0.1",)),
    option_case("clip-norm-0", "--clip-norm 0", "pellucid: --clip-norm is 0.0;"),
    option_case("averaging-1", "--averaging 1", "pellucid: --averaging is 1.0;"),
    option_case("input-dropout-1", "--input-dropout 1", "pellucid: --input-dropout is 1.0;"),
    option_case("unknown-normalization", "--normalization btach", "Did you mean 'batch'?"),
    option_case("class-weight-text", "--class-weight ill", "--class-weight is 'ill'", "balanced"),
    option_case("class-weight-unknown", "--class-weight ill=2", "'ill' is not a known class"),
    Case("class-weight-numbers", "train sine --class-weight balanced", USAGE, ("numbers",)),
    option_case("lbfgs-with-dropout", "--optimizer lbfgs --dropout 0.1", "lbfgs", "dropout"),
    option_case("lbfgs-with-schedule", "--optimizer lbfgs --schedule cosine", "pellucid: --schedule is 'cosine'"),
    option_case("find-rate-of-lbfgs", "--optimizer lbfgs --find-learning-rate", "--save"),
    Case("unknown-scale", "train t.csv --scale standrad", USAGE, ("Did you mean 'standard'?",), {"t.csv": rows("")}),
    Case("unknown-embed", "train t.csv --embed always", USAGE, ("--embed is 'always'",), {"t.csv": rows("")}),
    option_case("scale-of-no-table", "--scale robust", "--scale robust", "two-moons is no table"),
    option_case("embed-of-no-table", "--embed never", "--embed never", "two-moons is no table"),
    option_case("size-of-no-pictures", "--size 8", "size", "two-moons"),
    option_case("size-text", "--size big", "--size is 'big'"),
    option_case("check-duplicates-text", "--check-duplicates maybe", "--check-duplicates is 'maybe'"),
    Case("one-fold", "cross-validate two-moons -k 1", USAGE, ("pellucid: -k is 1;",)),
    Case("no-repeat", "cross-validate two-moons --repeats 0", USAGE, ("pellucid: --repeats is 0;",)),
    Case("folds-of-few-rows", "cross-validate four-people -k 5", DATA, ("too few rows (4) for 5 folds",)),
    Case("folds-by-metric", "cross-validate two-moons --monitor accuracy", USAGE, ("--monitor accuracy",)),
    Case("folds-figure-nowhere", "cross-validate two-moons --figure none/f.png", STORAGE, ("make it first",)),
    Case("unknown-space", "tune two-moons --space large", USAGE, ("small, full",)),
    Case("no-trials", "tune two-moons --trials 0", USAGE, ("--trials is 0",)),
    Case("no-time", "tune two-moons --time 0", USAGE, ("--time is 0",)),
    Case("tune-without-validation", "tune two-moons --validation 0", USAGE, ("--validation is 0",)),
    Case("tune-by-training-loss", "tune two-moons --monitor loss", USAGE, ("--monitor loss",)),
    Case("nothing-to-search", "tune two-moons --hidden 8 --dropout 0 --learning-rate 0.01 --l2 0", USAGE,
         ("nothing to search",)),
    Case("storage-is-no-storage", "tune two-moons --storage t.json", MODEL_FILE, ("t.json", "--storage"),
         {"t.json": b"[1, 2]"}),
    Case("storage-replaces-the-data", "tune t.csv --storage t.csv", USAGE, ("--storage t.csv would replace",),
         {"t.csv": rows("")}),
    option_case("pixel-range-one", "--pixel-range 1", "--pixel-range", "-0.5,0.5"),
    Case("pixel-range-equal", "train digits8x8 --pixel-range 1,1", USAGE, ("1",)),
    Case("pixel-range-nan", "train digits8x8 --pixel-range 0,nan", USAGE, ("nan",)),
    Case("delimiter-long", "train t.csv --delimiter ,,", USAGE, ("delimiter",), {"t.csv": rows("")}),
    Case("save-missing-folder", "train two-moons --save none/m.pellucid", STORAGE, ("none", "make it first")),
    Case("save-is-folder", "train two-moons --save f", STORAGE, ("f", "folder"), {"f/x": b""}),
    Case("report-missing-folder", "train two-moons --report none/m.png", STORAGE, ("none", "make it first")),
    Case("digits-save-missing-folder", "digits --save none/m.pellucid", STORAGE, ("none", "make it first")),
    Case("save-replaces-the-data", "train t.csv --save ./t.csv", USAGE, ("--save t.csv would replace",),
         {"t.csv": rows("")}),
    Case("report-replaces-the-data", "train t.csv --report t.csv", USAGE, ("--report t.csv would replace",),
         {"t.csv": rows("")}),
    Case("save-into-the-data", "train idx --save idx/m.pellucid", USAGE,
         ("--save idx/m.pellucid lies in", "outside"), digits_folder(PICTURES)),
    option_case("one-file-twice", "--save z --report z", "--report z", "--save"),
    Case("digits-one-file-twice", "digits --save z --report z", USAGE, ("--report z", "--save")),
    Case("output-replaces-an-input", "predict {table} t.csv --output t.csv", USAGE,
         ("--output t.csv would replace",), {"t.csv": rows("")}),
    Case("output-replaces-a-picture", "predict {digits} f --output f/p.png", USAGE,
         ("--output f/p.png would replace",), {"f/p.png": picture_bytes()}),
    Case("output-replaces-the-model", "predict m.pellucid t.csv --output m.pellucid", USAGE, ("would replace",),
         {"t.csv": rows(""), "m.pellucid": shortened("table.pellucid", 10_000_000)}),
    Case("output-missing-folder", "predict {digits} p.png --output none/p.csv", STORAGE, ("none", "make it first"),
         {"p.png": picture_bytes()}),
]  # fmt: skip


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of a table with columns a and b, and one of pictures of 8×8."""
    folder = tmp_path_factory.mktemp("models")
    table = folder / "t.csv"
    table.write_bytes(rows(""))
    for source, name in ((str(table), "table"), ("digits8x8", "digits")):
        saved = str(folder / f"{name}.pellucid")
        assert main(["train", source, "--hidden", "4", "--epochs", "1", "--save", saved, "--json"]) == 0
    return folder


@pytest.mark.parametrize("case", [*TABLES, *FILES, *MODELS, *NAMES, *RANGES], ids=lambda case: case.name)
def test_bad_input_gets_one_line(
    case: Case,
    models: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, content in case.files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content(models))
    before = sorted(tmp_path.rglob("*"))
    arguments = [
        part.format(table=models / "table.pellucid", digits=models / "digits.pellucid")
        for part in case.arguments.split()
    ]
    if arguments[0] == "train" and "--save" not in arguments:
        arguments += ["--save", "new.pellucid"]
    capsys.readouterr()
    status = main(arguments)
    shown = capsys.readouterr()
    complaint = shown.err.splitlines()[-1]
    print(complaint)
    assert status == case.status
    assert complaint.startswith("pellucid: ")
    assert "internal error" not in complaint
    assert "Traceback" not in shown.err
    assert [line for line in shown.err.splitlines() if line.startswith("pellucid: ")] == [complaint]
    assert shown.out == ""
    missing = [word for word in case.words if word not in complaint]
    assert not missing
    assert sorted(tmp_path.rglob("*")) == before
