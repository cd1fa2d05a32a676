"""What the engine runs, by all threads: training steps, many in each call, predictions, the shuffled order."""

from __future__ import annotations

from typing import Any

from pellucid.network.engines.compiled.fields import (
    AUGMENTATION,
    BATCH,
    BYTES,
    CHANGED,
    DONE,
    DROPOUT,
    DZ,
    EPOCH,
    EVERY_LOSS,
    EXAMPLES,
    FEATURES,
    FEATURES_ROW,
    FIRST_STEP,
    FLAG_APART,
    FLAGS,
    FRONT,
    H_ODD,
    KEEP,
    LAYER_FIELDS,
    LAYERS,
    LEARNT,
    LOSS,
    LOSS_FAILED,
    LOSS_NOT_FINITE,
    MASK,
    N_OUT,
    NUMBERS,
    ORDER,
    PANEL,
    PARAMETERS_NOT_FINITE,
    PREDICT,
    PREDICT_FEW,
    ROW,
    ROW_LOSSES,
    SAMPLE_WEIGHTS,
    SCALE,
    SCORES,
    SCRATCH,
    SCRATCH_SIZE,
    SEED_HIGH,
    SEED_LOW,
    SEEN,
    SHIFT,
    SINGLES,
    SLICE,
    SLICES_STOPPED,
    SMOOTHING,
    SPACE,
    SPACE_SIZE,
    SPARE,
    STEPS,
    STOP,
    STOPPED,
    STORED,
    STORED_AS,
    STORED_COLUMNS,
    TABLE,
    TARGETS,
    THREADS,
    TRAIN,
    UPDATE_FAILED,
    WEIGHT_SUMS,
    WHAT,
    WORDS,
    WORDS_ROOM,
    H,
    N,
)
from pellucid.network.engines.compiled.kernels.draws import draw_mask, shuffled
from pellucid.network.engines.compiled.kernels.few import few_scores
from pellucid.network.engines.compiled.kernels.front import enter
from pellucid.network.engines.compiled.kernels.gather import fetch_ahead, gather
from pellucid.network.engines.compiled.kernels.losses import judge
from pellucid.network.engines.compiled.kernels.passes import (
    BIG,
    backward_layer,
    forward_layer,
    panels_of,
    share,
)
from pellucid.network.engines.compiled.kernels.pictures import gather_moved
from pellucid.network.engines.compiled.kernels.processor import (
    barrier,
    flush_tiny_numbers,
    read_shared,
    restore_mode,
)
from pellucid.network.engines.compiled.kernels.simd import (
    bytes_at,
    float32_at,
    float64_at,
    integers_at,
    numbers_at,
    words_at,
)
from pellucid.network.engines.compiled.kernels.steps import ROUND, learn
from pellucid.network.engines.compiled.language.kernel import kernel

DROPOUT_STREAM = 3  # Stream.DROPOUT; a test compares


@kernel
def take_examples(
    job: Any, space: Any, at: Any, odd: Any, first: Any, last: Any, rows: Any, thread: Any
) -> None:  # fmt: skip
    """Features of a slice's rows first … last − 1: those of the examples from order[at] on."""
    order, numbers = integers_at(job[ORDER]) + at, numbers_at(job[NUMBERS], space)
    d, row = job[STORED_COLUMNS], job[FEATURES_ROW]
    x = space + (job[FEATURES] + odd * job[SLICE] * row)
    scale, shift = numbers[SCALE], numbers[SHIFT]
    if job[AUGMENTATION] != 0:
        gather_moved(job, x, order, scale, shift, first, last, rows, thread)
    elif job[STORED_AS] == BYTES:
        gather(bytes_at(job[STORED]), order, x, row, d, scale, shift, first, last, rows)
    elif job[STORED_AS] == SINGLES:
        gather(float32_at(job[STORED]), order, x, row, d, scale, shift, first, last, rows)
    else:
        gather(float64_at(job[STORED]), order, x, row, d, scale, shift, first, last, rows)


@kernel
def expect_examples(job: Any, at: Any, first: Any, last: Any) -> None:
    """Have the processor fetch the examples that `take_examples` will read."""
    order, d = integers_at(job[ORDER]) + at, job[STORED_COLUMNS]
    if job[STORED_AS] == BYTES:
        fetch_ahead(bytes_at(job[STORED]), order, d, 64, first, last)
    elif job[STORED_AS] == SINGLES:
        fetch_ahead(float32_at(job[STORED]), order, d, 16, first, last)
    else:
        fetch_ahead(float64_at(job[STORED]), order, d, 8, first, last)


@kernel
def draw_masks(
    job: Any, space: Any, thread: Any, step: Any, earlier: Any, odd: Any, first: Any, last: Any
) -> None:  # fmt: skip
    """Dropout's masks of a slice's rows first … last − 1, for every layer that has dropout, and for the features."""
    table, numbers = integers_at(job[TABLE]), numbers_at(job[NUMBERS], space)
    words = words_at(job[WORDS]) + thread * WORDS_ROOM
    for number in range(job[LAYERS] + 1):
        layer = table + number * LAYER_FIELDS if number < job[LAYERS] else integers_at(job[FRONT])
        if layer[DROPOUT] > 0:
            mask = space + (layer[MASK] + odd * job[SLICE] * layer[ROW])
            draw_mask(mask, layer[ROW], layer[N_OUT], first, last, earlier, layer[DROPOUT],
                      numbers[KEEP + 2 * number], words, job[SEED_LOW], job[SEED_HIGH], DROPOUT_STREAM, job[EPOCH],
                      step, number)  # fmt: skip


@kernel
def rows_of(thread: Any, threads: Any, rows: Any) -> Any:
    """Which rows of a slice are a thread's: whole eights, the tallest tile."""
    first, last = share(thread, threads, (rows + ROUND - 1) // ROUND)
    return first * ROUND, last * ROUND


@kernel
def forward(
    job: Any, space: Any, odd: Any, training: Any, rows: Any, thread: Any, threads: Any, gate: Any
) -> Any:  # fmt: skip
    """All layers, for a slice of `rows` rows; return the number of the next barrier."""
    table, flags = integers_at(job[TABLE]), integers_at(job[FLAGS])
    front = integers_at(job[FRONT])
    h, h_row = space + (front[H_ODD] if odd else front[H]), front[ROW]
    first, last = rows_of(thread, threads, rows)
    by_rows = job[CHANGED] != 0  # else all threads have met since the features were taken
    for number in range(job[LAYERS]):
        layer = table + number * LAYER_FIELDS
        panels = panels_of(layer[N])
        by_panels = threads > 1 and panels >= threads
        if (number > 0 or by_rows) and (by_panels or not by_rows):
            gate = barrier(flags, thread, threads, gate)
        if by_panels:
            left, right = share(thread, threads, panels)
            all_rows = (rows + ROUND - 1) // ROUND * ROUND
            forward_layer(job, space, layer, h, h_row, odd, training, 0, all_rows, left, right)
        else:
            forward_layer(job, space, layer, h, h_row, odd, training, first, last, 0, panels)
        h, h_row, by_rows = space + (layer[H_ODD] if odd else layer[H]), layer[ROW], not by_panels
    if not by_rows:
        gate = barrier(flags, thread, threads, gate)
    return gate


@kernel
def find_slopes(job: Any, space: Any, odd: Any, step: Any, at: Any, rows: Any, first: Any, last: Any) -> Any:
    """Loss and dz of a slice's rows first … last − 1; whether all losses are finite."""
    layer = integers_at(job[TABLE]) + (job[LAYERS] - 1) * LAYER_FIELDS
    z, dz, row = space + (layer[H_ODD] if odd else layer[H]), space + layer[DZ], layer[ROW]
    for i in range(max(first, rows), last):  # padding: no example, no slope
        for j in range(layer[N]):
            dz[i * row + j] = 0.0
    batch_end = min((step + 1) * job[BATCH], job[EXAMPLES])
    total = float(batch_end - step * job[BATCH])
    weighted = job[SAMPLE_WEIGHTS] != 0
    if weighted:
        total = float64_at(job[WEIGHT_SUMS])[step]
        total = 1.0 if total == 0.0 else total
    smoothing = numbers_at(job[NUMBERS], space)[SMOOTHING]
    return judge(z, dz, row, layer[N_OUT], layer[N], job[LOSS], smoothing, integers_at(job[TARGETS]),
                 numbers_at(job[TARGETS], space), integers_at(job[ORDER]) + at,
                 float64_at(job[SAMPLE_WEIGHTS]) + at, weighted, total, float64_at(job[ROW_LOSSES]), job[SLICE],
                 first, min(last, rows))  # fmt: skip


@kernel
def backward(
    job: Any, space: Any, odd: Any, rows: Any, scratch: Any, thread: Any, threads: Any, gate: Any
) -> Any:  # fmt: skip
    """dz of every layer, from the last to the first; return the number of the next barrier."""
    table, flags = integers_at(job[TABLE]), integers_at(job[FLAGS])
    first, last = rows_of(thread, threads, rows)
    by_rows, lowest = True, (0 if job[LEARNT] != 0 else 1)
    for number in range(job[LAYERS] - 1, lowest - 1, -1):
        layer = table + number * LAYER_FIELDS
        before = table + (number - 1) * LAYER_FIELDS if number > 0 else integers_at(job[FRONT])
        panels = panels_of(before[N])
        by_panels = threads > 1 and panels >= threads and before[N] * layer[N] >= BIG
        if threads > 1 and (by_panels or not by_rows):
            gate = barrier(flags, thread, threads, gate)
        if by_panels:
            left, right = share(thread, threads, panels)
            all_rows = (rows + ROUND - 1) // ROUND * ROUND
            backward_layer(job, space, layer, before, number, scratch, odd, 0, all_rows, left * PANEL,
                           min(before[N], right * PANEL))  # fmt: skip
        else:
            backward_layer(job, space, layer, before, number, scratch, odd, first, last, 0, before[N])
        by_rows = not by_panels
    return gate


@kernel
def verdict(flags: Any, threads: Any, slices: Any) -> Any:
    """Whether to go on, as all threads see it: what was noted up to this slice, not what a fast one notes later."""
    found = DONE
    for thread in range(threads):
        noted = flags + thread * FLAG_APART
        if 0 < noted[UPDATE_FAILED] < slices:
            return PARAMETERS_NOT_FINITE
        if 0 < noted[LOSS_FAILED] <= slices:
            found = LOSS_NOT_FINITE
        elif found == DONE and 0 < noted[SLICES_STOPPED] <= slices:
            found = STOPPED
    return found


@kernel
def tell(job: Any, step: Any, at: Any, rows: Any, begun: Any) -> None:
    """Add a slice's losses and right answers to its step's, in the order of the examples."""
    seen, results, weights = (
        float64_at(job[SEEN]),
        float64_at(job[ROW_LOSSES]),
        float64_at(job[SAMPLE_WEIGHTS]),
    )
    steps, weighted = job[STEPS], job[SAMPLE_WEIGHTS] != 0
    loss, right = 0.0, 0.0
    if begun:
        loss, right = seen[step], seen[steps + step]
    for i in range(rows):
        weight = weights[at + i] if weighted else 1.0
        loss += weight * results[i]
        right += weight * results[2 * job[SLICE] + i]
    if job[EVERY_LOSS] != 0:
        for i in range(rows):
            float64_at(job[EVERY_LOSS])[at + i] = results[i]
    seen[step], seen[steps + step] = loss, right


@kernel
def train(job: Any, thread: Any, like: Any) -> Any:
    """All steps of a call. A batch is taken in slices, so that memory does not grow with it; most have just one."""
    threads, steps, examples = job[THREADS], job[STEPS], job[EXAMPLES]
    space, flags = numbers_at(job[SPACE], like), integers_at(job[FLAGS])
    mine = flags + thread * FLAG_APART
    scratch = space + (job[SCRATCH] + thread * job[SCRATCH_SIZE])
    step, at, begun, odd, slices, found = 0, 0, False, 0, 0, DONE
    rows = min(job[SLICE], min(job[BATCH], examples))
    first, last = rows_of(thread, threads, rows)
    take_examples(job, space, 0, 0, first, last, rows, thread)
    draw_masks(job, space, thread, job[FIRST_STEP], 0, 0, first, last)
    gate = barrier(flags, thread, threads, 1)
    while step < steps:
        slices += 1
        ends = at + rows == min((step + 1) * job[BATCH], examples)
        next_step, next_at = step + (1 if ends else 0), at + rows
        next_rows = (
            min(job[SLICE], min((next_step + 1) * job[BATCH], examples) - next_at) if next_step < steps else 0
        )
        next_first, next_last = rows_of(thread, threads, next_rows)
        expect_examples(job, next_at, next_first, min(next_last, next_rows))
        first, last = rows_of(thread, threads, rows)
        if job[CHANGED] != 0:
            enter(job, space, odd, at, rows, first, last)
        gate = forward(job, space, odd, True, rows, thread, threads, gate)
        if not find_slopes(job, space, odd, step, at, rows, first, last):
            mine[LOSS_FAILED] = slices
        gate = backward(job, space, odd, rows, scratch, thread, threads, gate)
        if next_rows > 0:  # while the others are still at work
            take_examples(job, space, next_at, 1 - odd, next_first, next_last, next_rows, thread)
            draw_masks(job, space, thread, job[FIRST_STEP] + next_step, next_at - next_step * job[BATCH], 1 - odd,
                       next_first, next_last)  # fmt: skip
        if thread == 0 and read_shared(integers_at(job[STOP])) != 0:
            mine[SLICES_STOPPED] = slices
        gate = barrier(flags, thread, threads, gate)
        found = verdict(flags, threads, slices)
        if found != DONE:
            break
        if thread == 0:
            tell(job, step, at, rows, begun)
        gate = learn(job, space, odd, at, rows, scratch, step, begun, ends, slices, thread, threads, gate)
        at, begun, rows, step, odd = next_at, not ends, next_rows, next_step, 1 - odd
    if found == DONE:
        barrier(flags, thread, threads, gate)
        found = verdict(flags, threads, slices + 1)
    if thread == 0:
        float64_at(job[SEEN])[2 * steps] = float(step - (1 if found == PARAMETERS_NOT_FINITE else 0))
    return found


@kernel
def predict(job: Any, thread: Any, like: Any) -> Any:
    """The scores of all examples; the threads take slices in turn, each in a workspace of its own."""
    space = numbers_at(job[SPACE], like) + thread * job[SPACE_SIZE]
    layer = integers_at(job[TABLE]) + (job[LAYERS] - 1) * LAYER_FIELDS
    z, n, scores = space + layer[H], layer[N_OUT], numbers_at(job[SCORES], like)
    for at in range(thread * job[SLICE], job[EXAMPLES], job[THREADS] * job[SLICE]):
        if read_shared(integers_at(job[STOP])) != 0:
            return STOPPED
        rows = min(job[SLICE], job[EXAMPLES] - at)
        first, last = rows_of(0, 1, rows)
        take_examples(job, space, at, 0, first, last, rows, thread)
        forward(job, space, 0, False, rows, 0, 1, 1)
        for i in range(rows):
            for j in range(n):
                scores[(at + i) * n + j] = z[i * layer[ROW] + j]
    return DONE


@kernel
def run(address: Any, thread: Any, like: Any) -> Any:
    """What the table at `address` asks for, as one of its threads; how it ended."""
    job = integers_at(address)
    mode = flush_tiny_numbers()
    found = DONE
    if job[WHAT] == TRAIN:
        found = train(job, thread, like)
    elif job[WHAT] == PREDICT:
        found = predict(job, thread, like)
    elif job[WHAT] == PREDICT_FEW:
        space = numbers_at(job[SPACE], like)
        take_examples(job, space, 0, 0, 0, job[EXAMPLES], job[EXAMPLES], thread)
        few_scores(job, space)
    else:
        shuffled(integers_at(job[ORDER]), integers_at(job[SPARE]), words_at(job[WORDS]), job[EXAMPLES],
                 job[SEED_LOW], job[SEED_HIGH], job[FIRST_STEP], job[EPOCH])  # fmt: skip
    restore_mode(mode)
    return found
