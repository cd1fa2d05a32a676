"""Files of pictures as they are: modes, depths, pages, and what is refused rather than lost."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from pellucid.basics.errors import DataError
from pellucid.data.picture_files import PictureKind, picture_kind, read_channels

RNG = np.random.default_rng(0)
COLORS = RNG.integers(0, 256, (5, 7, 3), dtype=np.uint8)
DEEP = RNG.integers(0, 65536, (5, 7, 3), dtype=np.uint16)
GRAY = COLORS[..., :1]


def saved(image, kind, **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def tiff(*pages, **options):
    first, *more = (page if isinstance(page, Image.Image) else Image.fromarray(page) for page in pages)
    return saved(first, "TIFF", save_all=True, append_images=more, **options)


def png_of_16_bits(colors):
    """What Pillow can't write: 16 bits for each of red, green and blue."""

    def chunk(name, content):
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    rows, columns = colors.shape[:2]
    head = struct.pack(">IIBBBBB", columns, rows, 16, 2, 0, 0, 0)
    lines = b"".join(b"\0" + line.tobytes() for line in colors.astype(">u2"))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(lines))
        + chunk(b"IEND", b"")
    )


def tiff_of_16_bits(colors, *, in_planes):
    """An uncompressed TIFF file of 16-bit colors, pixel by pixel or plane by plane."""
    rows, columns, n = colors.shape
    ordered = colors.transpose(2, 0, 1) if in_planes else colors
    pixels = np.ascontiguousarray(ordered, dtype="<u2").tobytes()
    plane = rows * columns * 2
    strips = [8 + i * plane for i in range(n)] if in_planes else [8]
    counts = [plane] * n if in_planes else [len(pixels)]
    blob, places = pixels, {}
    for tag, kind, numbers in ((258, "H", [16] * n), (273, "I", strips), (279, "I", counts)):
        places[tag] = 8 + len(blob) if len(numbers) > 1 else numbers[0]
        blob += struct.pack(f"<{len(numbers)}{kind}", *numbers) if len(numbers) > 1 else b""
    entries = [
        (256, 3, 1, columns),
        (257, 3, 1, rows),
        (258, 3, n, places[258]),
        (259, 3, 1, 1),
        (262, 3, 1, 2),
        (273, 4, len(strips), places[273]),
        (277, 3, 1, n),
        (278, 3, 1, rows),
        (279, 4, len(counts), places[279]),
        (284, 3, 1, 2 if in_planes else 1),
    ]
    table = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *e) for e in entries) + bytes(4)
    return b"II*\0" + struct.pack("<I", 8 + len(blob)) + blob + table


def exif_turned(image, kind, **options):
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn by 90 degrees clockwise to see it upright"
    return saved(image.rotate(90, expand=True), kind, exif=exif, **options)


def with_palette(colors):
    image = Image.fromarray(np.arange(2, dtype=np.uint8).reshape(1, 2), "P")
    image.putpalette([v for color in colors for v in color])
    return image


AS_THEY_ARE = {
    "gray png": (saved(Image.fromarray(GRAY[..., 0]), "PNG"), GRAY),
    "color png": (saved(Image.fromarray(COLORS), "PNG"), COLORS),
    "color bmp": (saved(Image.fromarray(COLORS), "BMP"), COLORS),
    "color tiff": (saved(Image.fromarray(COLORS), "TIFF", compression="tiff_lzw"), COLORS),
    "16-bit png": (saved(Image.fromarray(DEEP[..., 0]), "PNG"), DEEP[..., :1]),
    "16-bit tiff": (saved(Image.fromarray(DEEP[..., 0]), "TIFF"), DEEP[..., :1]),
    "32-bit tiff": (saved(Image.fromarray(DEEP[..., 0].astype(np.int32)), "TIFF"), DEEP[..., :1]),
    "fractions": (saved(Image.fromarray((DEEP[..., 0] / 65535).astype(np.float32)), "TIFF"), DEEP[..., :1]),
    "pages": (tiff(*np.moveaxis(COLORS, 2, 0)), COLORS),
    "16-bit pages": (tiff(*np.moveaxis(DEEP, 2, 0)), DEEP),
    "two pages": (tiff(DEEP[..., 0], DEEP[..., 1]), DEEP[..., :2]),
    "channels of ImageJ": (
        tiff(DEEP[..., 0], DEEP[..., 1], description="ImageJ=1.53\nimages=2\nchannels=2\nslices=1\n"),
        DEEP[..., :2],
    ),
    "one bit": (saved(Image.fromarray(GRAY[..., 0] > 99), "PNG"), np.where(GRAY > 99, 255, 0)),
    "palette of colors": (
        saved(with_palette([(10, 20, 30), (250, 0, 7)]), "PNG"),
        np.array([[[10, 20, 30], [250, 0, 7]]]),
    ),
    "palette of grays": (saved(with_palette([(10, 10, 10), (99, 99, 99)]), "PNG"), np.array([[[10], [99]]])),
    "cmyk": (saved(Image.new("CMYK", (2, 1), (0, 255, 255, 0)), "TIFF"), np.array([[[255, 0, 0]] * 2])),
    "on its side": (exif_turned(Image.fromarray(COLORS), "PNG"), COLORS),
    "half transparent": (
        saved(Image.new("RGBA", (1, 1), (255, 0, 0, 51)), "PNG"),
        np.array([[[255, 204, 204]]]),
    ),
    "gray and transparent": (saved(Image.new("LA", (1, 1), (0, 51)), "PNG"), np.array([[[204]]])),
}


@pytest.mark.parametrize(("content", "expected"), AS_THEY_ARE.values(), ids=AS_THEY_ARE.keys())
def test_a_picture_is_read_as_it_is(content, expected):
    picture = read_channels(content)
    assert picture.tolist() == expected.tolist()
    kind = picture_kind(content)
    assert (kind.rows, kind.columns, kind.channels) == picture.shape
    assert picture.dtype == {8: np.uint8, 16: np.uint16}[kind.bits]
    assert kind.shades == (0, np.iinfo(picture.dtype).max)


def test_light_on_nothing_is_laid_on_black_and_dark_on_white():
    for shade, paper in ((250, 0), (10, 255)):
        image = Image.new("RGBA", (2, 1), (shade, shade, 0, 255))
        image.putpixel((1, 0), (0, 0, 0, 0))
        light = Image.new("RGBA", (2, 1), (shade, shade, shade, 255))
        light.putpixel((1, 0), (0, 0, 0, 0))
        assert read_channels(light)[0, 1].tolist() == [paper] * 3


def test_a_photo_with_a_preview_is_no_animation():
    large = Image.fromarray(RNG.integers(0, 256, (40, 30, 3), dtype=np.uint8))
    content = saved(large, "MPO", save_all=True, append_images=[large.resize((3, 4))])
    assert picture_kind(content) == PictureKind(40, 30, 3, 8)
    assert read_channels(content).shape == (40, 30, 3)


@pytest.mark.parametrize(
    "content", [png_of_16_bits(DEEP), tiff_of_16_bits(DEEP, in_planes=False)], ids=["png", "tiff"]
)
def test_deep_colors_are_cut_down_only_if_somebody_says_so(content):
    assert picture_kind(content) == PictureKind(5, 7, 3, 16)
    with pytest.raises(DataError, match=r"8 would be lost; .*page .*shades=\(0, 255\)"):
        read_channels(content)
    assert np.abs(read_channels(content, bits=8) - DEEP / 257).max() < 1


def test_deep_colors_in_planes_are_never_misread():
    content = tiff_of_16_bits(DEEP, in_planes=True)
    for bits in (None, 8):
        with pytest.raises(DataError, match="several channels of 16 bits"):
            read_channels(content, bits=bits)


def test_16_bits_are_brought_down_to_8_with_white_as_white():
    shades = np.array([[0, 128, 129, 257, 65535]], dtype=np.uint16)
    picture = read_channels(saved(Image.fromarray(shades), "PNG"), bits=8)
    assert picture.dtype == np.uint8
    assert picture[..., 0].tolist() == [[0, 0, 1, 1, 255]]


def animation(kind):
    frames = [Image.new("L", (4, 4), shade) for shade in (0, 200)]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:])


def of_ome(axis):
    return tiff(GRAY[..., 0], GRAY[..., 0], description=f'<OME><Pixels SizeC="1" Size{axis}="2"/></OME>')


REFUSED = {
    "gif": (animation("GIF"), ["animation of 2", "save the one"]),
    "webp": (animation("WEBP"), ["animation of 2"]),
    "apng": (animation("PNG"), ["animation of 2"]),
    "slices": (
        tiff(*[GRAY[..., 0]] * 3, description="ImageJ=1.5\nimages=3\nslices=3\n"),
        ["3 slices", "Z Project"],
    ),
    "frames": (tiff(*[GRAY[..., 0]] * 3, description="ImageJ=1.5\nimages=3\nframes=3\n"), ["3 frames"]),
    "ome slices": (of_ome("Z"), ["2 slices"]),
    "ome frames": (of_ome("T"), ["2 frames"]),
    "pages of colors": (tiff(COLORS, COLORS), ["2 pages", "in colors", "save the page"]),
    "pages of other sizes": (tiff(GRAY[..., 0], GRAY[:3, :, 0]), ["2 pages differ in size"]),
    "pages of other depths": (tiff(GRAY[..., 0], DEEP[..., 0]), ["2 pages differ in size or depth"]),
    "many pages": (tiff(*[GRAY[..., 0]] * 65), ["65 pages", "at most 64"]),
    "negative": (
        saved(Image.fromarray(np.array([[-5, 7]], dtype=np.int32)), "TIFF"),
        ["-5 to 7", "shades"],
    ),
    "too bright": (saved(Image.fromarray(np.array([[70000]], dtype=np.int32)), "TIFF"), ["7e+04", "65535"]),
    "no fractions": (saved(Image.fromarray(np.array([[7.5]], dtype=np.float32)), "TIFF"), ["7.5", "0 to 1"]),
    "text": (b"hello", ["not a picture"]),
    "cut": (saved(Image.fromarray(RNG.integers(0, 255, (50, 50), dtype=np.uint8)), "PNG")[:900], ["cut off"]),
}


@pytest.mark.parametrize(("content", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_would_be_lost_is_refused_in_one_line_with_the_file(tmp_path, content, words):
    path = tmp_path / "cell.tif"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_channels(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    for word in words:
        assert word in message


@pytest.mark.parametrize("content", [b"", b"hello", animation("GIF"), of_ome("Z")])
def test_the_head_of_a_bad_file_is_refused_with_its_name(tmp_path, content):
    path = tmp_path / "cell.tif"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"cell\.tif: "):
        picture_kind(path)
