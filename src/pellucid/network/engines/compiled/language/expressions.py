"""Expressions of the kernels' language: what a name, an operation, a condition or a call stands for."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from llvmlite import ir

from pellucid.network.engines.compiled.language.kernel import Kernel, Primitive
from pellucid.network.engines.compiled.language.values import (
    LanguageError,
    Type,
    Value,
    compare,
    converted,
    double,
    i1,
    i8,
    i32,
    i64,
    is_number,
    llvm_type,
    of_literal,
    operate,
)


class Expressions:
    """Variables, and a method for each kind of expression."""

    function: Callable[..., Any]  # the kernel being translated
    builder: Any
    variables: dict[str, Value]  # addresses; LLVM turns them into registers

    def function_for(self, called: Kernel, types: tuple[Type, ...]) -> tuple[Any, Any]:
        """The LLVM function of another kernel, and the type of its result."""
        raise NotImplementedError

    # ── variables ────────────────────────────────────────────────────────────────────────────────────────────

    def store(self, target: Any, value: Any) -> None:
        """Give a variable, several, or the element at a pointer a value."""
        if isinstance(target, ast.Name):
            self.assign(target.id, value)
        elif isinstance(target, ast.Tuple):
            for part, one in zip(target.elts, value, strict=True):
                self.store(part, one)
        else:
            pointer, place = self.element(target)
            kind = pointer.type.element
            if kind in (i8, i32):
                self.builder.store(self.builder.trunc(converted(self.builder, value, i64), kind), place)
            else:
                self.builder.store(converted(self.builder, value, kind), place)

    def assign(self, name: str, value: Any) -> None:
        """A variable has the type of what it is given first."""
        if name not in self.variables:
            kind = of_literal(value)
            with self.builder.goto_entry_block():
                self.variables[name] = Value(kind, self.builder.alloca(llvm_type(kind), name=name))
        variable = self.variables[name]
        self.builder.store(converted(self.builder, value, variable.type), variable.llvm)

    def element(self, node: Any) -> tuple[Value, Any]:
        """A pointer and the address of ``pointer[index]``."""
        pointer = self.value(node.value)
        index = converted(self.builder, self.value(node.slice), i64)
        return pointer, self.builder.gep(pointer.llvm, [index], source_etype=pointer.type.element)

    # ── expressions ──────────────────────────────────────────────────────────────────────────────────────────

    def value(self, node: Any) -> Any:
        """What an expression stands for: a Value, a literal, or a tuple of them."""
        return getattr(self, f"of_{type(node).__name__.lower()}")(node)

    def of_constant(self, node: Any) -> Any:
        """A literal."""
        return node.value

    def of_name(self, node: Any) -> Any:
        """A variable, or what the name stands for where the kernel was written."""
        if node.id in self.variables:
            variable = self.variables[node.id]
            return Value(variable.type, self.builder.load(variable.llvm, typ=llvm_type(variable.type)))
        if node.id in self.function.__globals__:
            return self.function.__globals__[node.id]
        raise LanguageError(f"{node.id} is not known")

    def of_tuple(self, node: Any) -> Any:
        """Several values."""
        return tuple(self.value(part) for part in node.elts)

    def of_binop(self, node: Any) -> Any:
        """``a + b`` and the like."""
        return operate(self.builder, type(node.op), self.value(node.left), self.value(node.right))

    def of_unaryop(self, node: Any) -> Any:
        """``not a`` and ``−a``."""
        value = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            if not isinstance(value, Value):
                return not value
            return Value(i1, self.builder.not_(self.truth(value)))
        return operate(self.builder, ast.Sub, 0 if of_literal(value) == i64 else -0.0, value)

    def of_compare(self, node: Any) -> Any:
        """``a < b``, or ``a < b < c``."""
        sides = [self.value(side) for side in (node.left, *node.comparators)]
        found: Any = True
        for operator, a, b in zip(node.ops, sides, sides[1:], strict=False):
            one = compare(self.builder, type(operator), a, b)
            both = None if found is True else self.builder.and_(found.llvm, converted(self.builder, one, i1))
            found = one if both is None else Value(i1, both)
        return found

    def truth(self, value: Any) -> Any:
        """A condition; a whole number is true where it is not 0."""
        if isinstance(value, Value) and value.type == i64:
            return self.builder.icmp_signed("!=", value.llvm, ir.Constant(i64, 0))
        return converted(self.builder, value, i1)

    def of_boolop(self, node: Any) -> Any:
        """``and`` and ``or``: the second operand is looked at only where it decides."""
        return self.choose_between(node.values, isinstance(node.op, ast.And))

    def choose_between(self, nodes: list[Any], every: bool) -> Any:
        """Whether every operand is true, or one is."""
        first = self.value(nodes[0])
        if len(nodes) == 1:
            return first
        if not isinstance(first, Value):
            return self.choose_between(nodes[1:], every) if bool(first) == every else first
        rest, after = self.builder.append_basic_block("rest"), self.builder.append_basic_block("decided")
        decided = self.builder.block
        self.builder.cbranch(self.truth(first), *((rest, after) if every else (after, rest)))
        self.builder.position_at_end(rest)
        second = self.truth(self.choose_between(nodes[1:], every))
        came_from = self.builder.block
        self.builder.branch(after)
        self.builder.position_at_end(after)
        merged = self.builder.phi(i1)
        merged.add_incoming(ir.Constant(i1, int(not every)), decided)
        merged.add_incoming(second, came_from)
        return Value(i1, merged)

    def of_ifexp(self, node: Any) -> Any:
        """``a if condition else b``: only one of them is computed."""
        condition = self.value(node.test)
        if not isinstance(condition, Value):
            return self.value(node.body if condition else node.orelse)
        yes, no, after = (self.builder.append_basic_block(name) for name in ("if", "otherwise", "chosen"))
        self.builder.cbranch(self.truth(condition), yes, no)
        ends = []
        for start, part in ((yes, node.body), (no, node.orelse)):
            self.builder.position_at_end(start)
            value = self.value(part)
            ends.append((value, self.builder.block))
        kind = next((value.type for value, _ in ends if isinstance(value, Value)), of_literal(ends[0][0]))
        incoming = []
        for value, block in ends:
            self.builder.position_at_end(block)
            incoming.append((converted(self.builder, value, kind), block))
            self.builder.branch(after)
        self.builder.position_at_end(after)
        chosen = self.builder.phi(llvm_type(kind))
        for one, block in incoming:
            chosen.add_incoming(one, block)
        return Value(kind, chosen)

    def of_subscript(self, node: Any) -> Any:
        """The element at a pointer; of bytes and words the whole number that they are."""
        pointer, place = self.element(node)
        kind = pointer.type.element
        made = self.builder.load(place, typ=kind)
        return Value(i64, self.builder.zext(made, i64)) if kind in (i8, i32) else Value(kind, made)

    def of_call(self, node: Any) -> Any:
        """What a kernel or primitive returns; ``min``, ``max`` and ``float`` are known, too."""
        arguments = [self.value(argument) for argument in node.args]
        if node.func.id in ("min", "max"):
            return self.extreme(node.func.id, *arguments)
        if node.func.id == "float":
            return self.as_double(arguments[0])
        called = self.value(node.func)
        if isinstance(called, Primitive):
            return called(self.builder, *arguments)
        if not isinstance(called, Kernel):
            raise LanguageError(f"{node.func.id} is neither a kernel nor a primitive")
        made, result = self.function_for(called, tuple(of_literal(a) for a in arguments))
        given = [converted(self.builder, a, of_literal(a)) for a in arguments]
        returned = self.builder.call(made, given)
        if isinstance(result, tuple):
            parts = (self.builder.extract_value(returned, i) for i in range(len(result)))
            return tuple(Value(kind, part) for kind, part in zip(result, parts, strict=True))
        return None if result is None else Value(result, returned)

    def extreme(self, name: str, a: Any, b: Any) -> Any:
        """The smaller or larger of two."""
        if not isinstance(a, Value) and not isinstance(b, Value):
            return min(a, b) if name == "min" else max(a, b)
        first = compare(self.builder, ast.Lt if name == "min" else ast.Gt, a, b)
        kind = a.type if isinstance(a, Value) else b.type
        left, right = converted(self.builder, a, kind), converted(self.builder, b, kind)
        return Value(kind, self.builder.select(first.llvm, left, right))

    def as_double(self, value: Any) -> Any:
        """A number in double precision."""
        if not isinstance(value, Value):
            return float(value)
        if value.type == double:
            return value
        change = self.builder.fpext if is_number(value.type) else self.builder.sitofp
        return Value(double, change(value.llvm, double))
