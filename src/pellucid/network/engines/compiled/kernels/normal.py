"""The normal distribution Φ and its density φ on registers: exact GELUs need them.

Φ falls as fast as φ does, hence their ratio is smooth: for x ≥ 0

    Φ(−x) = e^{−x²/2} r(t) / (x + 4),   t = (x − 4) / (x + 4),

where t takes the half-line into −1 … 1 and r hardly bends, so that a polynomial does (Schonfelder's way for the error
function, Φ(x) = ½ (1 + erf(x / √2))). For x > 0, Φ(x) = 1 − Φ(−x). The error is a few units in the last place, far
below 0 as well.

The polynomials meet r at Chebyshev's points, for x up to where Φ(−x) is smaller than all normal numbers; they were
computed with 60 digits. A test compares them with SciPy's function.

References: Schonfelder (1978), Chebyshev expansions for the error and related functions, Mathematics of Computation 32.
"""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir

from pellucid.network.engines.compiled.kernels.functions import exponential
from pellucid.network.engines.compiled.kernels.simd import absolute, fma, fma_call, where_less
from pellucid.network.engines.compiled.language.kernel import kernel, primitive
from pellucid.network.engines.compiled.language.values import Value, single

MIDDLE = 4.0
FAR = 40.0  # beyond, Φ(−x) and φ are 0
ROOT = 1 / math.sqrt(2 * math.pi)

# r's coefficients, of t⁰, t¹ and so on: for single precision and x ≤ 13.4, and for double precision and x ≤ 38.2
SHORT = (
    7.55285138e-1, -6.078966331e-1, 3.871367009e-1, -1.865222756e-1, 6.040683965e-2, -7.532022462e-3,
    -3.52926014e-3, 1.576842332e-3, 2.100053141e-4, -1.16496315e-4,
)  # fmt: skip
LONG = (
    7.55285130415751529e-1, -6.07896641971891108e-1, 3.87137400742204542e-1, -1.86521857959763079e-1,
    6.03965748913787654e-2, -7.54018896339339349e-3, -3.47969237460235611e-3, 1.6308184091310875e-3,
    1.33344366631156048e-4, -2.31094546765688379e-4, -1.90844268965441518e-6, 3.51428165533898488e-5,
    7.16726784888186825e-7, -5.91457166131173781e-6, -6.28032711572290999e-7, 1.01113856145839482e-6,
    2.6587840807175487e-7, -1.43590864350922428e-7, -7.58481162646886634e-8, 7.2197034379220466e-9,
    1.19034206937427654e-8, 2.24684933930954762e-9,
)  # fmt: skip


@primitive
def polynomial(builder: Any, t: Value) -> Value:
    """r(t) as a nested product."""
    kind = t.type.llvm
    coefficients = SHORT if t.type.element == single else LONG
    value: Any = ir.Constant(kind, [coefficients[-1]] * kind.count)
    for coefficient in reversed(coefficients[:-1]):
        value = fma_call(builder, value, t.llvm, ir.Constant(kind, [coefficient] * kind.count))
    return Value(t.type, value)


@kernel
def normal(z: Any) -> Any:
    """Φ(z), and e^{−z²/2} = √(2π) φ(z)."""
    x = absolute(z)
    x = where_less(FAR, x, FAR, x)  # NaN stays NaN
    square = x * x
    lost = fma(x, x, 0.0 - square)  # by rounding; a relative error of e^{−x²/2}, large where x² is
    bell = exponential(square * -0.5)
    bell = fma(bell, lost * -0.5, bell)
    inverse = 1.0 / (x + MIDDLE)
    tail = bell * (polynomial(fma(inverse, -2.0 * MIDDLE, 1.0)) * inverse)
    return where_less(0.0, z, 1.0 - tail, tail), bell
