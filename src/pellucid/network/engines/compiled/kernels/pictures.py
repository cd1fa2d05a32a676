"""Pictures moved while they are gathered, a register of pixels at a time: `formulas/augmentation.py` in kernels.

A stored picture is first written out as numbers into a frame of zeros, so that no pixel of the new one has to ask
whether it comes from outside. Then, row by row, a register of pixels looks up the four old pixels around the place
where each comes from. Operations and their order are those of `augmented`. Of several channels one after the other is
moved, all in the same way.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from pellucid.network.engines.compiled.fields import (
    AUGMENTATION,
    BLOCK,
    BYTES,
    EPOCH,
    FEATURES_ROW,
    FRAME,
    PICTURE_CHANNELS,
    PICTURE_COLUMNS,
    PICTURE_ROWS,
    PICTURE_SPACE,
    PICTURE_SPACE_SIZE,
    PICTURE_TABLES,
    SEED_HIGH,
    SEED_LOW,
    SINGLES,
    STORED,
    STORED_AS,
    TRANSFORM,
    WORDS,
    WORDS_ROOM,
)
from pellucid.network.engines.compiled.kernels.gather import scale_row
from pellucid.network.engines.compiled.kernels.simd import (
    as_number,
    bytes_at,
    call,
    filled,
    float32_at,
    float64_at,
    fma,
    lanes_of,
    load,
    load_as,
    load_vector,
    numbers_at,
    store,
    suffix,
    where_less,
    words_at,
)
from pellucid.network.engines.compiled.kernels.transforms import GRID, draw_transform
from pellucid.network.engines.compiled.language.kernel import kernel, primitive
from pellucid.network.engines.compiled.language.values import Value, converted, i32, i64, splat


@primitive
def floored(builder: Any, a: Value) -> Value:
    """The largest whole number that is not above, lane by lane."""
    return Value(a.type, call(builder, f"llvm.floor.{suffix(a.type.llvm)}", a.type.llvm, [a.llvm]))


@primitive
def pairs_at(builder: Any, picture: Value, i: Value, j: Value, row: Any) -> tuple[Value, Value]:
    """For each lane the pixel in row i and column j, and the next one; rows lie `row` numbers apart.

    Both are fetched at once, for they lie side by side: half as many visits to memory, which is what this costs.
    A processor's own gather instruction is not faster, and many times slower on some.
    """
    element, n = picture.type.element, i.type.lanes
    whole, pair = ir.VectorType(i32, n), ir.VectorType(element, 2)
    rows, columns = (builder.fptosi(part.llvm, whole) for part in (i, j))
    distance = splat(builder, builder.trunc(converted(builder, row, i64), i32), whole)
    places = builder.add(builder.mul(rows, distance), columns)
    fetched = []
    for lane in range(n):
        place = builder.sext(builder.extract_element(places, ir.Constant(i32, lane)), i64)
        fetched.append(load_vector(builder, builder.gep(picture.llvm, [place], source_etype=element), pair))
    while len(fetched) > 1:
        together = ir.Constant(
            ir.VectorType(i32, 2 * fetched[0].type.count), list(range(2 * fetched[0].type.count))
        )
        fetched = [
            builder.shuffle_vector(a, b, together) for a, b in zip(fetched[::2], fetched[1::2], strict=True)
        ]
    pixels = [
        builder.shuffle_vector(fetched[0], fetched[0], ir.Constant(whole, list(range(start, 2 * n, 2))))
        for start in (0, 1)
    ]
    return Value(i.type, pixels[0]), Value(i.type, pixels[1])


@kernel
def frame(stored: Any, picture: Any, rows: Any, columns: Any, channels: Any) -> None:
    """Write a stored picture as numbers into the middle of its frame; the frame itself stays zero.

    Of several channels, which lie side by side in each pixel, it is the one that `stored` points to.
    """
    width = lanes_of(picture)
    for r in range(rows):
        source, target = stored + r * columns * channels, picture + r * (columns + FRAME)
        if channels == 1 and columns >= width:
            for c in range(0, columns - width, width):
                store(target + c, load_as(source + c, picture))
            store(target + (columns - width), load_as(source + (columns - width), picture))
        else:
            for c in range(columns):
                target[c] = as_number(picture, source[c * channels])


@kernel
def frame_stored(job: Any, number: Any, channel: Any, picture: Any) -> None:
    """Frame a channel of the stored picture of that number."""
    rows, columns, channels = job[PICTURE_ROWS], job[PICTURE_COLUMNS], job[PICTURE_CHANNELS]
    place = number * rows * columns * channels + channel
    if job[STORED_AS] == BYTES:
        frame(bytes_at(job[STORED]) + place, picture, rows, columns, channels)
    elif job[STORED_AS] == SINGLES:
        frame(float32_at(job[STORED]) + place, picture, rows, columns, channels)
    else:
        frame(float64_at(job[STORED]) + place, picture, rows, columns, channels)


@kernel
def bend(moves: Any, hats: Any, bent: Any, wide: Any) -> None:
    """What the control points' moves are between their columns: bent = moves @ hats, (2g, g) · (g, wide)."""
    width = lanes_of(bent)
    for k in range(2 * GRID):
        for c in range(0, wide, width):
            total = load(hats + c) * moves[k * GRID]
            for m in range(1, GRID):
                total = total + load(hats + (m * wide + c)) * moves[k * GRID + m]
            store(bent + (k * wide + c), total)


@kernel
def held(a: Any, largest: Any) -> Any:
    """A, but from −1 to the largest."""
    above = where_less(a, -1.0, -1.0, a)
    return where_less(largest, above, largest, above)


@kernel
def look_up(picture: Any, row: Any, y: Any, x: Any) -> Any:
    """The values at (y, x), linear between the four pixels around each."""
    i, j = floored(y), floored(x)
    u, v = y - i, x - j
    left, right = pairs_at(picture, i, j, row)
    upper = (1.0 - v) * left + v * right
    left, right = pairs_at(picture + row, i, j, row)
    lower = (1.0 - v) * left + v * right
    return (1.0 - u) * upper + u * lower


@kernel
def move(
    picture: Any, new: Any, rows: Any, columns: Any, wide: Any, drawn: Any, bent: Any, tables: Any, bends: Any
) -> None:
    """The picture `new` after the transform `drawn`; each row also writes up to `wide` numbers behind its end."""
    width, row_hats = lanes_of(new), tables + (1 + GRID) * wide
    lowest, rightmost = filled(new, as_number(new, rows)), filled(new, as_number(new, columns))
    a, b, t, a2, b2, t2 = drawn[0], drawn[1], drawn[2], drawn[3], drawn[4], drawn[5]
    k = 0
    for r in range(rows):
        y_row, x_row = a * as_number(new, r) + t, a2 * as_number(new, r) + t2
        while k < GRID - 2 and (k + 1) * max(rows - 1, 1) <= r * (GRID - 1):
            k += 1  # the row of control points before this one
        before, behind = row_hats[k * rows + r], row_hats[(k + 1) * rows + r]
        down, right = bent + k * wide, bent + (GRID + k) * wide
        for c in range(0, columns, width):
            y, x = y_row + load(tables + c) * b, x_row + load(tables + c) * b2
            if bends:
                y = y + (load(down + c) * before + load(down + (wide + c)) * behind)
                x = x + (load(right + c) * before + load(right + (wide + c)) * behind)
            y, x = held(y, lowest), held(x, rightmost)
            store(new + (r * columns + c), look_up(picture, columns + FRAME, y, x))


@kernel
def scale_channel(moved: Any, x: Any, pixels: Any, channels: Any, scale: Any, shift: Any) -> None:
    """A channel's moved pixels · scale + shift, written `channels` numbers apart."""
    if channels == 1:
        scale_row(moved, x, pixels, scale, shift)
    else:
        for j in range(pixels):
            x[j * channels] = fma(moved[j], scale, shift)


@kernel
def gather_moved(
    job: Any, x: Any, order: Any, scale: Any, shift: Any, first: Any, last: Any, rows: Any, thread: Any
) -> None:
    """x = moved picture · scale + shift for a slice's rows first … last − 1; 0 where it has no more than `rows`."""
    high, across, channels = job[PICTURE_ROWS], job[PICTURE_COLUMNS], job[PICTURE_CHANNELS]
    wide = (across + BLOCK - 1) // BLOCK * BLOCK
    strengths, tables = float64_at(job[AUGMENTATION]), numbers_at(job[PICTURE_TABLES], x)
    drawn = numbers_at(job[PICTURE_SPACE], x) + thread * job[PICTURE_SPACE_SIZE]
    bent = drawn + TRANSFORM
    new = bent + 2 * GRID * wide
    framed = new + (high * across + wide)
    inside = framed + (across + FRAME + 1)
    words, bends = words_at(job[WORDS]) + thread * WORDS_ROOM, strengths[4] != 0.0
    for i in range(first, last):
        x_i = x + i * job[FEATURES_ROW]
        if i < rows:
            draw_transform(
                drawn, words, strengths, high, across, job[SEED_LOW], job[SEED_HIGH], job[EPOCH], order[i]
            )
            if bends:
                bend(drawn + 6, tables + wide, bent, wide)
            for channel in range(channels):
                frame_stored(job, order[i], channel, inside)
                move(inside, new, high, across, wide, drawn, bent, tables, bends)
                scale_channel(new, x_i + channel, high * across, channels, scale, shift)
        else:
            for j in range(high * across * channels):
                x_i[j] = 0.0
