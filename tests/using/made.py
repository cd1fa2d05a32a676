"""What the tests of the command line hand to it: small tables, arrays and pictures, and a way to run it."""

from __future__ import annotations

import gzip
import io
import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pellucid.using.command_line import main

FLOWERS = "--target kind --group plot --hidden 8 --epochs 30 --learning-rate 0.02"  # of `flowers`


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str

    @property
    def record(self) -> dict[str, Any]:
        """Standard output as the one JSON object that it must be."""
        lines = self.out.splitlines()
        assert len(lines) == 1
        return json.loads(lines[0], parse_constant=refuse)


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


class Pellucid:
    """`pellucid("train xor")`: one command in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *arguments: object) -> Outcome:
        self.capsys.readouterr()
        parts = [part for argument in arguments for part in str(argument).split(" ")]
        status = main(parts)
        shown = self.capsys.readouterr()
        return Outcome(status, shown.out, shown.err)


def flowers(path: Path, n: int = 60, seed: int = 0) -> Path:
    """A table of three kinds that lie far apart, in groups of two rows."""
    draws = np.random.default_rng(seed)
    lines = ["length [cm],width,plot,kind"]
    for i in range(n):
        kind = i % 3
        length, width = draws.normal((3.0 * kind, 1.0 - kind), 0.3)
        lines.append(f"{length:.4f},{width:.4f},{100 + i // 2},{('daisy', 'rose', 'tulip')[kind]}")
    path.write_text("\n".join(lines) + "\n")
    return path


def line_of_prices(path: Path, n: int = 80, seed: int = 0) -> Path:
    """A table of quantities: price = 50 + 10 · size, and a little noise."""
    draws = np.random.default_rng(seed)
    size = draws.uniform(1, 5, n)
    price = 50 + 10 * size + draws.normal(0, 0.1, n)
    path.write_text("size,price\n" + "".join(f"{s:.5f},{p:.5f}\n" for s, p in zip(size, price, strict=True)))
    return path


def bars(n: int = 60, side: int = 6, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of a bright row (class 0) or a bright column (class 1)."""
    draws = np.random.default_rng(seed)
    pictures = draws.integers(0, 60, (n, side, side), dtype=np.uint8)
    y = np.arange(n) % 2
    for picture, kind, place in zip(pictures, y, draws.integers(0, side, n), strict=True):
        picture[(slice(None), place) if kind else place] = 250
    return pictures, y


def idx_folder(folder: Path, *, packed: bool = False) -> Path:
    folder.mkdir()
    for part, n in (("train", 60), ("t10k", 20)):
        pictures, y = bars(n, seed=n)
        for name, array in ((f"{part}-images-idx3-ubyte", pictures), (f"{part}-labels-idx1-ubyte", y)):
            head = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
            content = head + array.astype(np.uint8).tobytes()
            if packed:
                (folder / f"{name}.gz").write_bytes(gzip.compress(content))
            else:
                (folder / name).write_bytes(content)
    return folder


def picture_folder(folder: Path) -> Path:
    for i, (picture, kind) in enumerate(zip(*bars(), strict=True)):
        place = folder / ("rows", "columns")[kind]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(place / f"{i:02}.png")
    return folder


def array_file(path: Path) -> Path:
    pictures, y = bars()
    np.savez(path, X=pictures, y=y)
    return path


def png(picture: np.ndarray) -> bytes:
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "PNG")
    return content.getvalue()
