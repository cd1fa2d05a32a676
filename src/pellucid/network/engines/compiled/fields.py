"""The words of the border between Python and the kernels: codes of formulas, fields of the tables that both read.

A kernel gets one number, the address of a table of 64-bit integers (`JOB…`), in which stand sizes and the
addresses of everything else. The table of layers has one row of `LAYER_FIELDS` numbers for each layer. Adding a
formula to the engine is a code here and a branch in the kernel; what has no code runs on the reference engine.
"""

from __future__ import annotations

# ── sizes that both sides count with ─────────────────────────────────────────────────────────────────────────

BLOCK = 16  # rows and columns are padded to whole blocks
PANEL = 32  # columns of a panel of W
TERMS = 4  # sums are padded to multiples of it: the tile's loop takes so many terms at a time
HEIGHT = 256  # rows of W at most whose gradient is made at once: 256 × 32 × 4 bytes are the first-level cache

# ── codes ────────────────────────────────────────────────────────────────────────────────────────────────────

(
    IDENTITY, RELU, LEAKY_RELU, SIGMOID, TANH, ELU, SELU, SOFTPLUS, GELU, SILU, MISH, HARD_SIGMOID,
) = range(12)  # fmt: skip
ACTIVATION_CODES = {
    "identity": IDENTITY, "relu": RELU, "leaky_relu": LEAKY_RELU, "sigmoid": SIGMOID, "tanh": TANH,
    "elu": ELU, "selu": SELU, "softplus": SOFTPLUS, "gelu": GELU, "silu": SILU, "mish": MISH,
    "hard_sigmoid": HARD_SIGMOID,
}  # fmt: skip
SLOPE_NEEDS_Z = (GELU, SILU, MISH, HARD_SIGMOID)  # the others' follow from h

CROSS_ENTROPY, BINARY_CROSS_ENTROPY, SQUARED_ERROR, HINGE, ABSOLUTE, HUBER, POISSON = range(7)
LOSS_CODES = {
    "cross_entropy": CROSS_ENTROPY, "binary_cross_entropy": BINARY_CROSS_ENTROPY,
    "squared_error": SQUARED_ERROR, "hinge": HINGE, "absolute": ABSOLUTE, "huber": HUBER, "poisson": POISSON,
}  # fmt: skip

NO_UPDATE, SGD, MOMENTUM, NESTEROV, ADAGRAD, RMSPROP, ADAM, ADAMW, NADAM = range(9)
OPTIMIZER_CODES = {
    "sgd": SGD, "momentum": MOMENTUM, "nesterov": NESTEROV, "adagrad": ADAGRAD, "rmsprop": RMSPROP, "adam": ADAM,
    "adamw": ADAMW, "nadam": NADAM,
}  # fmt: skip
# The constants that an optimizer finds from SETTINGS on, in this order
SETTINGS_IN_ORDER = {
    "sgd": (), "momentum": ("momentum",), "nesterov": ("momentum",), "adagrad": ("epsilon",),
    "rmsprop": ("rho", "epsilon"), "adam": ("beta1", "beta2", "epsilon"),
    "adamw": ("beta1", "beta2", "epsilon"), "nadam": ("beta1", "beta2", "epsilon"),
}  # fmt: skip

BYTES, SINGLES, DOUBLES = range(3)  # how features are stored
PREDICT, PREDICT_FEW, TRAIN, SHUFFLE = range(4)  # what to do
DONE, STOPPED, LOSS_NOT_FINITE, PARAMETERS_NOT_FINITE = range(4)  # how it ended

# ── the table of layers ──────────────────────────────────────────────────────────────────────────────────────

(
    N_IN,  # neurons before
    N_OUT,  # neurons
    K,  # rows of W in memory, n_in padded to whole blocks
    K_SUM,  # terms of the sums over n_in, padded to what the tile's loop takes at a time
    N,  # columns in memory, n_out padded to whole blocks
    WEIGHTS,  # where W starts in theta; its panels follow one another
    BIASES,  # where b starts
    ROW,  # numbers from one row of h (or dz, or mask) to the next
    H,  # where h starts in the workspace; the even slices' for the first layer
    H_ODD,  # and the odd slices'
    DZ,  # where dz starts
    ACTIVATION,  # a code
    DROPOUT,  # a neuron stays where its random word is at least this; 0 for no dropout
    MASK,  # where the mask starts: even slices', then odd ones'
    Z,  # where z is kept for the slope; 0 where h is enough
    WEIGHT_RATE,  # where the numbers of W's updates start among those of a step
    BIAS_RATE,  # and those of b's
    FROZEN,  # whether W stays as it is
    LAYER_FIELDS,
) = range(19)

# The features before the first layer are described by one more row, of the same fields: H is where they stand once
# gains and dropout have been at them, DZ where their slope is wanted, WEIGHTS where the gains start in theta,
# WEIGHT_RATE is the gains' and BIAS_RATE the embeddings'.

# ── the table of embeddings: a row for each ──────────────────────────────────────────────────────────────────

LEVELS, SIZE, PLACE, COLUMN, EMBEDDING_FIELDS = range(5)  # PLACE in theta, COLUMN of the first of its numbers

# ── the job ──────────────────────────────────────────────────────────────────────────────────────────────────

(
    WHAT,  # TRAIN or PREDICT
    THREADS,
    LAYERS,  # how many
    TABLE,  # address of the table of layers
    THETA,  # addresses of the packed parameters, the optimizer's vectors and the gradient (0: not wanted)
    FIRST_MEMORY,
    SECOND_MEMORY,
    GRADIENT,
    SPACE,  # address of the workspace of activations
    SCRATCH,  # where the threads' own scratch starts in it
    SCRATCH_SIZE,  # of each thread
    FEATURES,  # where the two buffers of features start in it
    FEATURES_ROW,
    SLICE,  # rows of a slice at most, padded
    STORED,  # address of the examples as stored
    STORED_AS,  # BYTES, SINGLES, DOUBLES
    TARGETS,  # address of classes (int64) or numbers
    ORDER,  # address of the rows to use, int64
    EXAMPLES,  # how many of them
    BATCH,
    STEPS,
    LOSS,
    OPTIMIZER,
    NUMBERS,  # address of constants of theta's type: see below
    STEP_NUMBERS,  # address of a table of numbers for each step, RATE_NUMBERS for each rate: training.step_numbers
    STEP_LENGTH,  # numbers from one step to the next
    SAMPLE_WEIGHTS,  # address of a float64 for each of the rows to use, or 0
    WEIGHT_SUMS,  # and of their sum for each step
    ROW_LOSSES,  # address of float64 numbers for the rows of a slice: loss, total, right
    SEEN,  # address of float64 sums for each step: loss, right answers
    FLAGS,  # address of the threads' flags
    STOP,  # address of an int64 that is not 0 once somebody wants to stop
    SEED_LOW,
    SEED_HIGH,
    EPOCH,
    FIRST_STEP,
    SCORES,  # address of logits to write (PREDICT)
    AUGMENTATION,  # address of five float64 strengths, or 0 where pictures are taken as stored
    PICTURE_ROWS,
    PICTURE_COLUMNS,
    PICTURE_CHANNELS,
    PICTURE_TABLES,  # address of numbers along columns and rows: see pictures.tables
    PICTURE_SPACE,  # address of scratch for moving a picture, and how many numbers of it each thread has
    PICTURE_SPACE_SIZE,
    WORDS,  # address of room for WORDS_ROOM random words for each thread
    SPACE_SIZE,  # numbers of a thread's own workspace (PREDICT)
    EVERY_LOSS,  # address of a float64 for each example's loss, or 0
    SPARE,  # address of int64 numbers (SHUFFLE)
    STORED_COLUMNS,  # of an example as stored
    FRONT,  # address of the features' row, as in the table of layers
    CHANGED,  # whether something happens to the features before the first layer
    GAINS,  # whether they are multiplied by gains
    LEARNT,  # whether something before the first layer is learnt
    EMBEDDINGS,  # how many
    EMBEDDING_TABLE,  # address of their table
    CODES,  # address of the int64 codes of every example, one for each embedding
    AVERAGE,  # address of theta's moving average, packed, or 0
    CLIPPED,  # whether the gradient's length is bounded; then it is made whole before the update
    BOUNDED,  # whether the lengths of W's columns are
    LENGTH,  # numbers of packed theta
    SUMS,  # address of float64 numbers: a block for each thread, then one number for each piece of the gradient
    JOB_FIELDS,
) = range(62)

WORDS_ROOM = 256

# A picture that is moved
FRAME = 3  # pixels of zeros along a side: one before it and two behind
TRANSFORM = 64  # room for its transform: six numbers of the affine map, then the moves of the control points

# Constants of theta's type, at NUMBERS
SCALE, SHIFT, L1, L2, SETTINGS = range(5)
SMOOTHING, MOST_GRADIENT, MOST_WEIGHTS = range(12, 15)
RENEWED = 15  # the share of theta in its new average
KEEP = 16  # from here on: 1 / (1 − dropout) and 1 − dropout of each layer, and last those of the features
RATE_NUMBERS = 4  # of a step, for each rate

FLAG_APART = 16  # int64 numbers from one thread's flags to the next: two cache lines
REACHED, LOSS_FAILED, UPDATE_FAILED, FAILED_LAYER, SLICES_STOPPED = range(5)  # a thread's flags
