"""Deep pictures with channels, from a folder to a trained model, its file and its predictions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

import pellucid as library
from pellucid.data.dataset import Input
from tests.using.made import Pellucid


def write_cells(folder: Path, n: int = 12) -> None:
    """Cells of a 12-bit camera in two channels: one kind is bright in the first, the other in the second."""
    draws = np.random.default_rng(0)
    for number, kind in enumerate(("left", "right")):
        (folder / kind).mkdir(parents=True)
        for i in range(n):
            pages = draws.integers(0, 500, (2, 6, 6)).astype(np.uint16)
            pages[number] += 3000
            first, second = (Image.fromarray(page) for page in pages)
            first.save(folder / kind / f"{i}.tif", save_all=True, append_images=[second])


def test_channels_of_16_bits_are_learnt_saved_and_predicted(pellucid: Pellucid, tmp_path: Path) -> None:
    write_cells(tmp_path / "cells")
    done = pellucid(
        "train cells --hidden 4 --epochs 100 --learning-rate 0.05 --seed 1 --save cells.pellucid --json"
    )
    assert done.status == 0
    assert done.record["test_accuracy"] == 1
    assert "shades=(0, 4095)" in done.err
    net = library.load(tmp_path / "cells.pellucid")
    assert net.architecture.input == Input.picture(6, 6, channels=2, shades=(0, 65535))
    told = pellucid("predict cells.pellucid cells/left/0.tif cells/right/0.tif --json").record["predictions"]
    assert [each["class"] for each in told] == ["left", "right"]
    assert "As the network sees them" in pellucid("predict cells.pellucid cells/left/0.tif cells/right").out


def test_data_show_tells_shades_and_advice(pellucid: Pellucid, tmp_path: Path) -> None:
    write_cells(tmp_path / "cells")
    shown = " ".join(pellucid("data show cells").out.split())
    assert "6 × 6 pixels of 2 channels, 0 … 65535 become 0 … 1" in shown
    assert "shades=(0, 4095)" in shown
    record = pellucid("data show cells --json").record
    assert record["input"].startswith("6 × 6 pixels of 2 channels")
    assert any("shades=(0, 4095)" in note for note in record["notes"])


def test_the_library_does_the_same_with_the_camera_s_range(tmp_path: Path) -> None:
    write_cells(tmp_path / "cells")
    parts = library.data.load(tmp_path / "cells", shades=(0, 4095), seed=1)
    net = library.Network.for_data(parts, hidden=[4], seed=1)
    changes = library.Augmentation(shift=1)
    library.fit(net, parts.train, epochs=30, augmentation=changes, show=False)
    report = library.evaluate(net, parts.test)
    assert report.accuracy == 1
    some = library.data.stack_pictures([tmp_path / "cells" / "right" / "3.tif"], net.architecture.input)
    assert net.predict(some).tolist() == net.predict(some.reshape(1, 6, 6, 2)).tolist() == [1]
