"""What the kernels' language knows: types, values, and what its operators mean.

There are five kinds of types: whole numbers (64 bits), truth values, numbers (float32 or float64), registers of
several numbers, and pointers. Nothing is converted behind one's back but literals: the 2 in ``2 * x`` becomes
whatever x is. So single precision stays single, and a mistake is an error when compiling, not a slow kernel.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from llvmlite import ir

i1, i8, i32, i64 = (ir.IntType(bits) for bits in (1, 8, 32, 64))
single, double = ir.FloatType(), ir.DoubleType()
BITS = {i8: 8, i32: 32, i64: 64, single: 32, double: 64}


@dataclass(frozen=True, slots=True)
class Pointer:
    """The address of an element; ``p + 3`` is three elements further, ``p[3]`` the one there, as in C."""

    element: Any


@dataclass(frozen=True, slots=True)
class Register:
    """As many elements as the processor computes at once."""

    element: Any

    @property
    def lanes(self) -> int:
        """How many."""
        return lanes(self.element)

    @property
    def llvm(self) -> ir.VectorType:
        """LLVM's name for it: <16 x float>."""
        return ir.VectorType(self.element, self.lanes)


@dataclass(slots=True)
class _Target:
    register_bits: int


TARGET = _Target(512)  # what is being compiled for: 512, 256 or 128 bits; 0 for one number at a time


Type = Any  # an element type of LLVM, a Pointer or a Register


@dataclass(frozen=True, slots=True)
class Value:
    """Something computed: its type and LLVM's name for it. Literals stay Python's int, float, bool until used."""

    type: Type
    llvm: Any


class LanguageError(Exception):
    """A kernel says something that its language has no meaning for: a mistake of ours, never of a user."""


def lanes(element: Any) -> int:
    """How many elements of a type one register holds."""
    return max(1, TARGET.register_bits // BITS[element])


def llvm_type(kind: Type) -> Any:
    """LLVM's name for a type."""
    if isinstance(kind, Pointer):
        return kind.element.as_pointer()
    return kind.llvm if isinstance(kind, Register) else kind


def is_number(kind: Type) -> bool:
    """Whether it is a floating-point type."""
    return kind in (single, double)


def of_literal(value: Any) -> Type:
    """The type of a literal that nothing else decides."""
    if isinstance(value, Value):
        return value.type
    return i1 if isinstance(value, bool) else i64 if isinstance(value, int) else double


def converted(builder: Any, value: Any, kind: Type) -> Any:
    """A value or literal as an LLVM value of that type; a single element fills a register.

    Raises
    ------
    LanguageError
        If it has another type; only literals change theirs.
    """
    element = kind.element if isinstance(kind, Register) else kind
    if isinstance(value, Value):
        if value.type == kind:
            return value.llvm
        if isinstance(kind, Register) and value.type == element:
            return splat(builder, value.llvm, kind.llvm)
        raise LanguageError(f"{value.type} where {kind} is expected")
    if isinstance(element, ir.IntType) and isinstance(value, float):
        raise LanguageError(f"{value} where a whole number is expected")
    constant = ir.Constant(element, float(value) if is_number(element) else int(value))
    return (
        ir.Constant(kind.llvm, [constant.constant] * kind.lanes) if isinstance(kind, Register) else constant
    )


def splat(builder: Any, element: Any, kind: ir.VectorType) -> Any:
    """The same element in all lanes."""
    undefined = ir.Constant(kind, ir.Undefined)
    first = builder.insert_element(undefined, element, ir.Constant(i32, 0))
    everywhere = ir.Constant(ir.VectorType(i32, kind.count), [0] * kind.count)
    return builder.shuffle_vector(first, undefined, everywhere)


def common_type(a: Any, b: Any) -> Type:
    """The type in which two operands meet: that of the register, or of the one that is no literal."""
    kinds = [x.type for x in (a, b) if isinstance(x, Value)]
    for kind in kinds:
        if isinstance(kind, Register):
            return kind
    return kinds[0]


FOLDED: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: lambda a, b: a % b,
    ast.LShift: lambda a, b: a << b,
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
}
OF_NUMBERS = {ast.Add: "fadd", ast.Sub: "fsub", ast.Mult: "fmul", ast.Div: "fdiv"}
OF_INTEGERS = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.FloorDiv: "sdiv", ast.Mod: "srem",
    ast.BitXor: "xor", ast.BitAnd: "and_", ast.RShift: "lshr", ast.LShift: "shl",
}  # fmt: skip
COMPARED: dict[type[ast.AST], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip


def operate(builder: Any, operator: type[ast.AST], a: Any, b: Any) -> Any:
    """``a operator b``; of whole numbers ``//`` and ``%`` are for those that are not negative.

    Raises
    ------
    LanguageError
        If there is no such operation on these types.
    """
    if not isinstance(a, Value) and not isinstance(b, Value):
        return FOLDED[operator](a, b)
    if isinstance(a, Value) and isinstance(a.type, Pointer):
        offset = converted(builder, b, i64)
        if operator is not ast.Add:
            raise LanguageError("of a pointer only + is known")
        return Value(a.type, builder.gep(a.llvm, [offset], source_etype=a.type.element))
    kind = common_type(a, b)
    element = kind.element if isinstance(kind, Register) else kind
    names = OF_NUMBERS if is_number(element) else OF_INTEGERS
    if operator not in names or element == i1:
        raise LanguageError(f"no {operator.__name__} of {kind}")
    made = getattr(builder, names[operator])(converted(builder, a, kind), converted(builder, b, kind))
    return Value(kind, made)


def compare(builder: Any, operator: type[ast.AST], a: Any, b: Any) -> Any:
    """A truth value; NaN is unequal to everything and neither less nor greater."""
    if not isinstance(a, Value) and not isinstance(b, Value):
        return FOLDED[operator](a, b)
    kind, sign = common_type(a, b), COMPARED[operator]
    left, right = converted(builder, a, kind), converted(builder, b, kind)
    if is_number(kind):
        made = builder.fcmp_unordered if sign == "!=" else builder.fcmp_ordered
    elif kind in (i1, i8, i32):
        made = builder.icmp_unsigned
    elif kind == i64:
        made = builder.icmp_signed
    else:
        raise LanguageError(f"{kind} can't be compared")
    return Value(i1, made(sign, left, right))
