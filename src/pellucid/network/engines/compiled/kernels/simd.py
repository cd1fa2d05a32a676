"""Operations on registers: load, store, fused multiply-and-add, selections.

A register is written like one number::

    a = load(p)                         # as many numbers as a register holds: p[0], p[1], …
    store(q, fma(a, a, a) / 2.0)        # each squared, added to itself, halved

Compilers find few of our loops that could be done several elements at a time: they can't know that two arrays don't
overlap. So we say it ourselves. Every operation is done lane by lane and rounded like a single one, hence the bits of
a result do not depend on how many lanes there are: 16 numbers (AVX-512), 8 (AVX2), 4 (NEON) or 1. Nothing here may
reorder a sum: no "fast math". There are no bounds checks; whatever comes from outside is validated before.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from pellucid.network.engines.compiled.language.kernel import primitive
from pellucid.network.engines.compiled.language.values import (
    BITS,
    Pointer,
    Register,
    Value,
    common_type,
    converted,
    double,
    i8,
    i32,
    i64,
    is_number,
    lanes,
    single,
)

# ── pieces of LLVM ───────────────────────────────────────────────────────────────────────────────────────────


def call(builder: Any, name: str, result: Any, arguments: list[Any]) -> Any:
    """Call one of LLVM's built-in functions."""
    function = builder.module.globals.get(name)
    if function is None:
        kind = ir.FunctionType(result, [argument.type for argument in arguments])
        function = ir.Function(builder.module, kind, name)
    return builder.call(function, arguments)


def suffix(kind: ir.VectorType) -> str:
    """What LLVM appends to the name of a function for such vectors, or for a number: v16f32, f32."""
    if is_number(kind):
        return "f32" if kind == single else "f64"
    element = {single: "f32", double: "f64"}.get(kind.element, str(kind.element))
    return f"v{kind.count}{element}"


def load_vector(builder: Any, pointer: Any, kind: ir.VectorType) -> Any:
    """Elements that lie side by side; they need not be aligned."""
    return builder.load(builder.bitcast(pointer, kind.as_pointer()), align=BITS[kind.element] // 8, typ=kind)


def store_vector(builder: Any, value: Any, pointer: Any) -> None:
    """Write elements side by side."""
    place = builder.bitcast(pointer, value.type.as_pointer())
    builder.store(value, place, align=BITS[value.type.element] // 8)


def fma_call(builder: Any, a: Any, b: Any, c: Any) -> Any:
    """A · b + c with a single rounding."""
    return call(builder, f"llvm.fma.{suffix(a.type)}", a.type, [a, b, c])


def registers_of(builder: Any, *values: Any) -> list[Any]:
    """Values and literals as LLVM registers of one type."""
    kind = common_type(*sorted(values, key=lambda v: not isinstance(getattr(v, "type", None), Register))[:2])
    return [converted(builder, value, kind) for value in values]


# ── pointers ─────────────────────────────────────────────────────────────────────────────────────────────────


def _pointer_at(element: Any) -> Any:
    def at(builder: Any, address: Value) -> Value:
        return Value(Pointer(element), builder.inttoptr(address.llvm, element.as_pointer()))

    return primitive(at)


bytes_at, words_at, integers_at = _pointer_at(i8), _pointer_at(i32), _pointer_at(i64)
float32_at, float64_at = _pointer_at(single), _pointer_at(double)


@primitive
def numbers_at(builder: Any, address: Value, like: Value) -> Value:
    """A pointer to numbers of the type of `like`, a number or a pointer: this decides on the precision of the rest."""
    element = like.type.element if isinstance(like.type, Pointer) else like.type
    return Value(Pointer(element), builder.inttoptr(address.llvm, element.as_pointer()))


@primitive
def lanes_of(builder: Any, pointer: Value) -> int:
    """How many of these elements a register holds: known when compiling."""
    return lanes(pointer.type.element)


@primitive
def is_single(builder: Any, value: Value) -> bool:
    """Whether these numbers are of single precision: known when compiling."""
    return getattr(value.type, "element", value.type) == single


@primitive
def as_number(builder: Any, pointer: Value, number: Any) -> Value:
    """A number in the type that the pointer points to, rounded; of a byte its value."""
    kind = pointer.type.element
    if not isinstance(number, Value) or number.type == kind:
        return Value(kind, converted(builder, number, kind))
    if not is_number(number.type):
        change = builder.sitofp if number.type == i64 else builder.uitofp
    else:
        change = builder.fptrunc if BITS[kind] < BITS[number.type] else builder.fpext
    return Value(kind, change(number.llvm, kind))


# ── registers ────────────────────────────────────────────────────────────────────────────────────────────────


@primitive
def load(builder: Any, pointer: Value) -> Value:
    """The elements that lie from here on, as many as a register holds."""
    kind = Register(pointer.type.element)
    return Value(kind, load_vector(builder, pointer.llvm, kind.llvm))


@primitive
def load_as(builder: Any, pointer: Value, like: Value) -> Value:
    """As many as a register of the elements of the pointer `like` holds, converted: bytes become numbers on the way."""
    stored, wanted = pointer.type.element, Register(like.type.element)
    value = load_vector(builder, pointer.llvm, ir.VectorType(stored, wanted.lanes))
    if not is_number(stored):
        value = builder.uitofp(value, wanted.llvm)
    elif stored != wanted.element:
        change = builder.fpext if BITS[wanted.element] > BITS[stored] else builder.fptrunc
        value = change(value, wanted.llvm)
    return Value(wanted, value)


@primitive
def store(builder: Any, pointer: Value, value: Any) -> None:
    """Write a register's elements from here on."""
    store_vector(builder, converted(builder, value, Register(pointer.type.element)), pointer.llvm)


@primitive
def filled(builder: Any, pointer: Value, element: Any) -> Value:
    """One element in all lanes, of the type that the pointer points to; of a whole number its lowest bits."""
    kind = Register(pointer.type.element)
    if isinstance(element, Value) and element.type == i64 and kind.element == i32:
        element = Value(i32, builder.trunc(element.llvm, i32))
    return Value(kind, converted(builder, element, kind))


@primitive
def fma(builder: Any, a: Any, b: Any, c: Any) -> Value:
    """A · b + c with a single rounding, of registers or of single numbers."""
    operands = registers_of(builder, a, b, c)
    kind = operands[0].type
    return Value(kind if is_number(kind) else Register(kind.element), fma_call(builder, *operands))


@primitive
def fma_one(builder: Any, a: Value, b: Value, c: Value) -> Value:
    """A · b + c with a single rounding, of single numbers."""
    name = "llvm.fma.f32" if a.type == single else "llvm.fma.f64"
    return Value(a.type, call(builder, name, a.type, [a.llvm, b.llvm, c.llvm]))


@primitive
def largest(builder: Any, a: Any, b: Any) -> Value:
    """The larger of two, lane by lane; a where one is NaN, so that NaN is not lost."""
    x, y = registers_of(builder, a, b)
    return Value(Register(x.type.element), builder.select(builder.fcmp_unordered(">", x, y), x, y))


@primitive
def where_less(builder: Any, x: Any, y: Any, a: Any, b: Any) -> Value:
    """A where x < y, else b, lane by lane."""
    x, y, a, b = registers_of(builder, x, y, a, b)
    return Value(Register(a.type.element), builder.select(builder.fcmp_ordered("<", x, y), a, b))


@primitive
def square_root(builder: Any, a: Value) -> Value:
    """√a, lane by lane, correctly rounded."""
    return Value(a.type, call(builder, f"llvm.sqrt.{suffix(a.type.llvm)}", a.type.llvm, [a.llvm]))


@primitive
def absolute(builder: Any, a: Value) -> Value:
    """|a|, lane by lane."""
    return Value(a.type, call(builder, f"llvm.fabs.{suffix(a.type.llvm)}", a.type.llvm, [a.llvm]))
