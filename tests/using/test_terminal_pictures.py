"""Pictures in a terminal: what is printed under which circumstances."""

import io

import numpy as np
import pytest
from rich.console import Console
from rich.text import Text

from pellucid.basics.errors import ShapeError
from pellucid.using.command_line.terminal_pictures import (
    RAMP,
    confusion_table,
    half_size,
    picture_grid,
    picture_lines,
    printable,
    trimmed,
)

MNIST_LIKE = np.arange(784, dtype=np.int64).reshape(28, 28).clip(0, 255).astype(np.uint8)


class Page(io.StringIO):
    """A file with an encoding, as a terminal is one."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:
        return self._encoding


def shown(what, *, colors=None, width=80, encoding="utf-8", no_color=False):
    page = Page(encoding)
    console = Console(
        file=page,
        width=width,
        color_system=colors,
        force_terminal=colors is not None,
        no_color=no_color,
        legacy_windows=False,
        _environ={},
    )
    console.print(what)
    return page.getvalue()


def test_a_cell_shows_two_pixels_in_their_own_grays():
    text = picture_lines(np.array([[0, 255], [10, 20], [30, 40]], dtype=np.uint8))
    assert text.plain == "▀▀\n▀▀"
    styles = [(s.style.color.triplet, s.style.bgcolor and s.style.bgcolor.triplet) for s in text.spans]
    assert styles == [
        ((0, 0, 0), (10, 10, 10)),
        ((255, 255, 255), (20, 20, 20)),
        ((30, 30, 30), None),
        ((40, 40, 40), None),
    ]


def test_equal_neighbors_share_one_escape_sequence():
    assert len(picture_lines(np.zeros((28, 28), dtype=np.uint8)).spans) == 14


def test_the_ramp_goes_from_blank_to_dense():
    levels = np.rint(np.linspace(0, 255, len(RAMP))).astype(np.uint8)
    assert picture_lines(np.vstack([levels, levels]), colors=False).plain == RAMP


def test_a_character_of_the_ramp_is_the_mean_of_two_rows():
    assert picture_lines(np.array([[255], [0]]), colors=False).plain in RAMP[4:6]


@pytest.mark.parametrize("shape", [(3,), (2, 2, 3), (0, 4)])
def test_no_picture_no_text(shape):
    with pytest.raises(ShapeError, match="expected \\(rows, columns\\)"):
        picture_lines(np.zeros(shape))


def test_half_size_is_an_area_mean_and_copes_with_odd_sides():
    np.testing.assert_array_equal(half_size(np.array([[0, 4, 8], [4, 8, 8], [2, 4, 6]])), [[4, 8], [3, 6]])
    assert half_size(MNIST_LIKE).shape == (14, 14)


def test_trimming_keeps_the_ink_of_every_picture_and_leaves_mixed_sizes_alone():
    one, other = np.zeros((5, 5)), np.zeros((5, 5))
    one[1, 2], other[3, 3] = 7, 9
    assert [p.shape for p in trimmed([one, other])] == [(3, 2), (3, 2)]
    assert sum(p.sum() for p in trimmed([one, other])) == 16
    assert [p.shape for p in trimmed([one, other[:4]])] == [(5, 5), (4, 5)]
    assert trimmed([np.zeros((2, 2))])[0].shape == (2, 2)


@pytest.mark.parametrize("colors", ["truecolor", "256"])
def test_five_small_pictures_fit_in_80_columns(colors):
    out = shown(picture_grid([MNIST_LIKE] * 10, ["8 called 3\n99.8 %"] * 10, small=True), colors=colors)
    plain = Text.from_ansi(out).plain.split("\n")
    assert plain[0].count("▀") == 5 * 14
    assert sum("▀" in line for line in plain) == 2 * 7
    assert sum(line.count("8 called 3") for line in plain) == 10
    assert max(map(len, plain)) <= 80


def test_two_whole_pictures_fit_in_80_columns_and_one_in_40():
    grid = picture_grid([MNIST_LIKE] * 3, ["a", "b", "c"])
    for width, per_row in ((80, 2), (40, 1)):
        first = Text.from_ansi(shown(grid, colors="truecolor", width=width)).plain.split("\n")[0]
        assert first.count("▀") == 28 * per_row


def test_the_width_asked_for_counts_where_the_console_has_more():
    first = shown(picture_grid([MNIST_LIKE] * 3, [""] * 3, 30), colors="truecolor", width=200).split("\n")[0]
    assert first.count("▀") == 28


def test_a_picture_wider_than_the_console_is_made_smaller():
    out = Text.from_ansi(
        shown(picture_grid([np.full((100, 100), 200)], ["x"]), colors="truecolor", width=40)
    ).plain
    assert out.split("\n")[0].count("▀") == 25


@pytest.mark.parametrize(
    "circumstances",
    [
        {"colors": None},  # a pipe or a file
        {"colors": "truecolor", "no_color": True},  # NO_COLOR
        {"colors": "standard"},  # sixteen colors, whose grays depend on the theme
        {"colors": "truecolor", "encoding": "latin-1"},
    ],
)
def test_without_gray_levels_it_is_plain_ascii(circumstances):
    out = shown(picture_grid([MNIST_LIKE], ["ünïcode 猫"]), **circumstances)
    assert "▀" not in out
    assert "@" * 20 in out
    assert "38;" not in out
    if circumstances.get("encoding"):
        assert out.isascii()
        assert "\\xfcn\\xefcode" in out


def test_captions_are_broken_between_words_so_that_pictures_stay_close():
    out = Text.from_ansi(
        shown(picture_grid([MNIST_LIKE] * 5, ["T-shirt/top called Shirt"] * 5, small=True), colors="256")
    ).plain
    lines = out.split("\n")
    assert lines[0].count("▀") == 70
    assert lines[7].split() == ["T-shirt/top"] * 5
    assert lines[8].split() == ["called", "Shirt"] * 5


def test_names_cannot_command_the_terminal():
    hostile = "\x1b[2J\x07\u202egnp.exe"
    assert printable(hostile) == "\\x1b[2J\\x07\\u202egnp.exe"
    grid = shown(picture_grid([MNIST_LIKE], [hostile]), colors=None)
    table = shown(confusion_table(np.eye(2, dtype=int), [hostile, "[red]b[/red]"]))
    for out in (grid, table):
        assert "\x1b" not in out
        assert "\u202e" not in out
    assert "[red]b[/red]" in table  # not taken for markup


def test_each_picture_needs_its_caption():
    with pytest.raises(ShapeError, match="1 pictures and 2 captions"):
        picture_grid([MNIST_LIKE], ["a", "b"])
    with pytest.raises(ShapeError, match=r"shape \(784,\)"):
        picture_grid([MNIST_LIKE.ravel()], ["a"])


def test_no_pictures_print_nothing():
    assert shown(picture_grid([], [])).strip() == ""


def digits(k=10):
    return [str(i) for i in range(k)]


def test_the_confusion_table_holds_every_count_and_dots_for_zeros():
    confusion = np.diag(np.arange(900, 1000, 10))
    confusion[4, 9], confusion[9, 4] = 34, 23
    out = shown(confusion_table(confusion, digits()))
    lines = out.rstrip("\n").split("\n")
    assert out.isascii()
    assert lines[0].split() == ["true", "/", "called", *digits(), "right"]
    assert lines[5].split() == ["4", *"....", "940", *"....", "34", "96.5", "%"]
    assert out.count(" .") == 100 - 10 - 2
    assert max(map(len, lines)) <= 80


def test_larger_errors_stand_on_stronger_grounds():
    confusion = np.array([[90, 10, 0], [5, 95, 0], [1, 0, 99]])
    out = shown(confusion_table(confusion, digits(3)), colors="256")
    lines = out.split("\n")
    assert "48;5;208m" in lines[1]  # the largest share
    assert "48;5;215m" in lines[2]  # half of it
    assert "48;5;" not in lines[3]  # a tenth


def test_long_names_stand_in_the_rows_and_numbers_over_the_columns():
    names = ["T-shirt/top", "Trouser", "A name that is far too long for a row"]
    out = shown(confusion_table(np.array([[5, 1, 0], [0, 6, 0], [0, 0, 7]]), names))
    lines = out.split("\n")
    assert lines[0].split() == ["true", "/", "called", "0", "1", "2", "right"]
    assert lines[1].split() == ["0", "T-shirt/top", "5", "1", ".", "83.3", "%"]
    assert lines[3].startswith("2 A name that is..")


def test_a_class_with_an_error_is_never_wholly_right():
    confusion = np.array([[9999, 1], [0, 10_000]])
    lines = shown(confusion_table(confusion, ["a", "b"])).split("\n")
    assert lines[1].split() == ["a", "9999", "1", ">", "99.9", "%"]
    assert lines[2].split() == ["b", ".", "10000", "100.0", "%"]
    many = np.diag(np.full(25, 50_000))
    many[3, 7] = 1
    listed = shown(confusion_table(many, [f"class {i}" for i in range(25)])).split("\n")
    assert listed[1].endswith("< 0.1 %")


def test_a_class_without_examples_has_no_share():
    out = shown(confusion_table(np.array([[3, 0], [0, 0]]), ["a", "b"]))
    assert out.split("\n")[2].split() == ["b", ".", ".", "-"]


def test_many_classes_become_a_list_of_the_largest_confusions():
    confusion = np.diag(np.full(25, 50))
    confusion[3, 7], confusion[7, 3], confusion[0, 1] = 50, 12, 2
    lines = shown(confusion_table(confusion, [f"class {i}" for i in range(25)])).rstrip("\n").split("\n")
    assert [line.split() for line in lines[1:]] == [
        ["class", "3", "class", "7", "50", "50.0", "%"],
        ["class", "7", "class", "3", "12", "19.4", "%"],
        ["class", "0", "class", "1", "2", "3.8", "%"],
    ]


def test_a_table_too_wide_for_its_place_becomes_the_list():
    confusion = np.full((10, 10), 12345)
    assert "times" in shown(confusion_table(confusion, digits(), width=60))
    assert "times" not in shown(confusion_table(confusion, digits(), width=100), width=100)


def test_without_mistakes_the_list_says_so():
    assert "none" in shown(confusion_table(np.eye(30, dtype=int), digits(30)))


def test_the_matrix_must_fit_the_classes():
    with pytest.raises(ShapeError, match=r"shape \(2, 2\); expected \(3, 3\)"):
        confusion_table(np.eye(2), ["a", "b", "c"])
