import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from scipy import ndimage

from pellucid.basics.errors import DataError, ShapeError
from pellucid.data.dataset import Input
from pellucid.data.drawn import frame_digit, frame_picture, read_digit, read_picture
from pellucid.data.pictures import fitted, resized


def drawing(size=(400, 300), box=(150, 70, 260, 230), pen=18, ink=0, paper=255, mode="L"):
    """A two with a straight foot, drawn into a box."""
    image = Image.new(mode, size, paper)
    left, top, right, bottom = box
    t = np.linspace(0, 1, 60)
    angle = -np.pi + 1.25 * np.pi * t
    width, height = right - left, bottom - top
    x = (left + right) / 2 + width / 2 * np.cos(angle)
    y = top + height * 0.28 + height * 0.28 * np.sin(angle)
    points = [*zip(x, y, strict=True), (left, bottom), (right, bottom)]
    ImageDraw.Draw(image).line(points, fill=ink, width=pen, joint="curve")
    return image


def photographed(image, noise=5.0, shade=60.0, seed=0):
    """The same as a photo: blurred, lit from the left, noisy."""
    ink = 1.0 - ndimage.gaussian_filter(np.asarray(image, dtype=np.float64), 1.5) / 255.0
    rows, columns = ink.shape
    light = (
        230.0
        - shade * np.linspace(0, 1, columns)[None, :]
        - 0.4 * shade * np.linspace(-1, 1, rows)[:, None] ** 2
    )
    shades = light * (1.0 - 0.75 * ink) + np.random.default_rng(seed).normal(0, noise, ink.shape)
    return shades.clip(0, 255).astype(np.uint8)


def box_and_center(picture):
    rows, columns = np.nonzero(picture)
    mass = picture.sum(dtype=np.float64)
    center = [float((picture * index).sum() / mass) for index in np.mgrid[:28, :28].astype(np.float64)]
    return (int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1), center


def likeness(a, b):
    a, b = a.astype(np.float64).ravel(), b.astype(np.float64).ravel()
    return a @ b / np.sqrt((a @ a) * (b @ b))


PLAIN = np.array(drawing())
FRAMED = frame_digit(PLAIN).picture


@pytest.mark.network
@pytest.mark.slow
def test_mnists_own_pictures_pass_through_unchanged():
    from pellucid.data import mnist

    pictures = mnist().test.pictures
    unchanged = sum(np.array_equal(frame_digit(picture).picture, picture) for picture in pictures)
    assert len(pictures) == 10_000
    assert unchanged > 9_990


def test_a_framed_picture_passes_through_unchanged():
    np.testing.assert_array_equal(frame_digit(FRAMED).picture, FRAMED)
    np.testing.assert_array_equal(frame_digit(255 - FRAMED).picture, FRAMED)


@given(
    rows=st.integers(60, 400),
    columns=st.integers(60, 400),
    height=st.floats(0.3, 0.8),
    width=st.floats(0.3, 0.8),
    pen=st.integers(1, 12),
    is_dark=st.booleans(),
)
def test_every_drawing_is_20_pixels_long_and_centered_by_mass(rows, columns, height, width, pen, is_dark):
    box = (0.1 * columns, 0.1 * rows, (0.1 + width) * columns, (0.1 + height) * rows)
    shades = (0, 255) if is_dark else (255, 0)
    picture = np.array(drawing((columns, rows), box, pen, *shades))
    framing = frame_digit(picture)
    (tall, wide), center = box_and_center(framing.picture)
    assert framing.picture.shape == (28, 28)
    assert framing.picture.dtype == np.uint8
    assert max(tall, wide) == 20
    assert 13.5 <= center[0] < 14.5
    assert 13.5 <= center[1] < 14.5
    assert framing.picture.max() >= 245


def test_polarity_does_not_matter():
    np.testing.assert_array_equal(frame_digit(255 - PLAIN).picture, FRAMED)


@given(down=st.integers(-60, 60), right=st.integers(-130, 130))
def test_the_place_in_the_picture_does_not_matter(down, right):
    np.testing.assert_array_equal(frame_digit(np.roll(PLAIN, (down, right), (0, 1))).picture, FRAMED)


@pytest.mark.parametrize("scale", [2, 3, 5])
def test_the_size_does_not_matter(scale):
    larger = np.kron(PLAIN, np.ones((scale, scale), dtype=np.uint8))
    assert likeness(frame_digit(larger).picture, FRAMED) > 0.999


@pytest.mark.parametrize("paper", [100, 160, 220, 250])
@pytest.mark.parametrize("ink", [0, 40])
def test_gray_paper_and_weak_ink_do_not_matter(ink, paper):
    assert likeness(frame_digit(np.array(drawing(ink=ink, paper=paper))).picture, FRAMED) > 0.9999


@pytest.mark.parametrize(("noise", "shade"), [(2, 20), (5, 60), (10, 90)])
@pytest.mark.parametrize("is_negative", [False, True])
def test_a_photo_gives_nearly_what_the_drawing_gives(noise, shade, is_negative):
    photo = photographed(drawing(), noise, shade)
    framing = frame_digit(255 - photo if is_negative else photo)
    assert likeness(framing.picture, FRAMED) > 0.97
    assert framing.picture[:3].max() == 0


def test_specks_are_removed_and_pieces_of_a_digit_are_not():
    specked = drawing()
    pen = ImageDraw.Draw(specked)
    pen.ellipse([20, 20, 26, 26], fill=0)
    pen.ellipse([370, 280, 378, 288], fill=0)
    framing = frame_digit(np.array(specked))
    np.testing.assert_array_equal(framing.picture, FRAMED)
    assert "2 specks" in framing.steps[3].explanation
    broken = PLAIN.copy()
    broken[150:156] = 255
    assert likeness(frame_digit(broken).picture, FRAMED) > 0.95


def test_thin_strokes_do_not_fade():
    thin = frame_digit(np.array(drawing(pen=1)))
    assert "widened" in thin.steps[4].explanation
    assert thin.picture.max() == 255
    assert likeness(thin.picture, FRAMED) > 0.85


def test_a_tiny_picture_is_enlarged_and_noted():
    tiny = frame_digit(np.array(drawing().resize((12, 9), Image.Resampling.LANCZOS)))
    (tall, wide), _ = box_and_center(tiny.picture)
    assert max(tall, wide) == 20
    assert any("larger picture" in note for note in tiny.notes)


def test_ink_is_never_pushed_over_the_edge():
    heavy_foot = np.zeros((200, 100), dtype=np.uint8)
    heavy_foot[:180, 49:52] = 255
    heavy_foot[180:] = 255
    (tall, _), _ = box_and_center(frame_digit(heavy_foot).picture)
    assert tall == 20


def test_every_step_is_shown():
    framing = frame_digit(PLAIN)
    names = [step.name for step in framing.steps]
    assert names == [
        "grayscale",
        "polarity",
        "contrast",
        "specks",
        "strokes",
        "cropped",
        "scaled",
        "centered",
    ]
    assert all(step.explanation and step.picture.dtype == np.uint8 for step in framing.steps)
    np.testing.assert_array_equal(framing.steps[0].picture, PLAIN)
    np.testing.assert_array_equal(framing.steps[1].picture, 255 - PLAIN)
    np.testing.assert_array_equal(framing.steps[-1].picture, framing.picture)


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((28, 28), dtype=np.uint8),
        np.full((300, 200), 255, dtype=np.uint8),
        np.full((1, 1), 90, dtype=np.uint8),
        np.full((50, 50), 200, dtype=np.uint8) + np.eye(50, dtype=np.uint8),
        photographed(Image.new("L", (300, 200), 255), noise=4),
        np.tile(np.linspace(100, 200, 300), (200, 1)).astype(np.uint8),
    ],
    ids=["black", "white", "one pixel", "nearly even", "noise", "slope"],
)
def test_a_picture_without_ink_is_refused(picture):
    with pytest.raises(DataError, match=r"the picture has no ink: .*; draw a digit that stands out"):
        frame_digit(picture)


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((28, 28)),
        np.zeros((28, 28, 3), dtype=np.uint8),
        np.zeros((0, 5), dtype=np.uint8),
        np.zeros(784),
    ],
)
def test_only_gray_bytes_are_framed(picture):
    with pytest.raises(ShapeError, match=r"expected \(rows, columns\), shades of gray in uint8"):
        frame_digit(picture)


def saved(image, kind, **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def rotated_by_exif():
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn by 90 degrees clockwise to see it upright"
    return saved(drawing().rotate(90, expand=True), "JPEG", quality=95, exif=exif)


@pytest.mark.parametrize(
    "content",
    [
        saved(drawing(), "PNG"),
        saved(drawing(), "BMP"),
        saved(drawing(), "GIF"),
        saved(drawing(), "TIFF"),
        saved(drawing(), "JPEG", quality=85),
        rotated_by_exif(),
        saved(drawing(ink=(0, 0, 0, 255), paper=(0, 0, 0, 0), mode="RGBA"), "PNG"),
        saved(drawing(ink=(255, 255, 255, 255), paper=(255, 255, 255, 0), mode="RGBA"), "PNG"),
        saved(drawing(ink=(0, 255), paper=(0, 0), mode="LA"), "PNG"),
        saved(drawing(mode="P", ink=1, paper=0), "PNG", transparency=0),
        saved(drawing().convert("1"), "PNG"),
        saved(drawing().convert("RGB").convert("CMYK"), "TIFF"),
        saved(Image.fromarray(PLAIN.astype(np.uint16) * 257), "PNG"),
        saved(Image.fromarray(PLAIN.astype(np.float32) / 255), "TIFF"),
        saved(drawing(mode="RGB", ink=(150, 0, 0), paper=(255, 255, 200)), "PNG"),
    ],
    ids=[
        "png",
        "bmp",
        "gif",
        "tiff",
        "jpeg",
        "exif",
        "transparent",
        "light-transparent",
        "gray-transparent",
        "palette-transparent",
        "one-bit",
        "cmyk",
        "16-bit",
        "float",
        "color",
    ],
)
def test_every_kind_of_picture_is_read(tmp_path, content):
    path = tmp_path / "two"
    path.write_bytes(content)
    assert likeness(read_digit(path).picture, FRAMED) > 0.99
    np.testing.assert_array_equal(read_picture(content), read_picture(path))


def test_transparency_is_laid_on_white():
    half = Image.new("RGBA", (2, 1), (0, 0, 0, 255))
    half.putpixel((1, 0), (0, 0, 0, 51))
    assert read_picture(half).tolist() == [[0, 204]]


def crc_broken():
    content = bytearray(saved(drawing(), "PNG"))
    content[60] ^= 255
    return bytes(content)


BAD_PICTURES = {
    "empty": (b"", ["empty", "PNG"]),
    "text": (b"hello", ["not a picture", "PNG"]),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", ["not a picture"]),
    "pdf": (b"%PDF-1.7\n", ["not a picture"]),
    "truncated png": (saved(drawing(), "PNG")[:300], ["damaged or cut off", "whole copy"]),
    "truncated jpeg": (saved(drawing(), "JPEG")[:2000], ["damaged or cut off", "whole copy"]),
    "broken png": (crc_broken(), ["damaged", "copy"]),
    "only a signature": (b"\x89PNG\r\n\x1a\n", ["not a picture"]),
    "too many pixels": (
        saved(Image.new("1", (10_000, 6_000)), "PNG"),
        ["10000 × 6000", "50,000,000", "smaller"],
    ),
    "bomb": (saved(Image.new("1", (30_000, 9_000)), "PNG"), ["pixels", "smaller"]),
    "no ink": (saved(Image.new("L", (30, 30), 255), "PNG"), ["no ink", "draw a digit"]),
    "not a shade": (
        saved(Image.fromarray(np.full((9, 9), np.nan, dtype=np.float32)), "TIFF"),
        ["shades", "8-bit PNG"],
    ),
}


@pytest.mark.parametrize(("content", "words"), BAD_PICTURES.values(), ids=BAD_PICTURES.keys())
def test_a_bad_picture_gets_one_line_with_the_file(tmp_path, content, words):
    path = tmp_path / "seven.png"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_digit(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    for word in words:
        assert word in message


def test_a_missing_picture(tmp_path):
    with pytest.raises(DataError, match=r"seven\.png: there is no such file or folder\. Check the name"):
        read_digit(tmp_path / "seven.png")


def test_a_networks_input_decides_how_a_picture_is_framed():
    np.testing.assert_array_equal(frame_picture(PLAIN, Input.picture(28, 28, framing="digit")), FRAMED)
    assert frame_picture(PLAIN, Input.picture(8, 8, framing="digit")).shape == (8, 8)
    assert frame_picture(PLAIN, Input.picture(30, 40)).tolist() == fitted(PLAIN, 30, 40).tolist()
    with pytest.raises(ShapeError, match="rows of 4 numbers, not pictures"):
        frame_picture(PLAIN, Input((4,)))


@given(
    rows=st.integers(1, 40),
    columns=st.integers(1, 40),
    new_rows=st.integers(1, 40),
    new_columns=st.integers(1, 40),
)
def test_averaging_areas_keeps_the_mean(rows, columns, new_rows, new_columns):
    picture = np.random.default_rng(rows * 41 + columns).uniform(0, 255, (rows, columns))
    new_rows, new_columns = min(rows, new_rows), min(columns, new_columns)
    smaller = resized(picture, new_rows, new_columns)
    assert smaller.shape == (new_rows, new_columns)
    np.testing.assert_allclose(smaller.mean(), picture.mean(), rtol=1e-9)


def test_averaging_areas_agrees_with_blocks():
    picture = np.arange(24.0).reshape(4, 6)
    np.testing.assert_allclose(
        resized(picture, 2, 2), picture.reshape(2, 2, 2, 3).mean(axis=(1, 3)), rtol=1e-12
    )


def test_fitting_keeps_the_aspect_and_pads_with_the_borders_shade():
    picture = np.full((10, 40), 200, dtype=np.uint8)
    picture[4:6, 18:22] = 0
    square = fitted(picture, 20, 20)
    assert (square[:7] == 200).all()
    assert (square[13:] == 200).all()
    assert square[9:11, 9:11].min() < 30
