"""From a Python function to LLVM: the small part of Python in which the kernels are written.

LLVM is the compiler that C, Rust and Julia use; it wants to be told every operation with its types. The kernels are
plain Python functions of whole numbers, numbers, registers and pointers, with assignments, ``if``, ``while``,
``for … in range``, calls of one another and of `primitive` operations. Translating just that takes a second; a
general compiler of Python needs many times longer for the same functions, because it has to infer what is written
here, and every user would wait for it. Each kernel is translated once for the types that it is called with.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from dataclasses import dataclass, field
from typing import Any

from llvmlite import ir

from pellucid.network.engines.compiled.language.expressions import Expressions
from pellucid.network.engines.compiled.language.kernel import Kernel
from pellucid.network.engines.compiled.language.values import (
    LanguageError,
    Type,
    Value,
    converted,
    i64,
    llvm_type,
    of_literal,
    operate,
)


@dataclass(slots=True, eq=False)
class Program:
    """A module of LLVM code and the kernels translated into it so far."""

    module: ir.Module = field(default_factory=lambda: ir.Module("pellucid"))
    made: dict[tuple[Kernel, tuple[Type, ...]], tuple[ir.Function, Any]] = field(default_factory=dict)

    def add(self, kernel: Kernel, types: tuple[Type, ...], *, name: str = "") -> tuple[ir.Function, Any]:
        """The LLVM function of a kernel for such arguments, and the type of its result: None, one, or several.

        Parameters
        ----------
        kernel : Kernel
        types : tuple
            Of its arguments.
        name : str
            Under which it can be found from outside; without a name it can't.
        """
        key = (kernel, types)
        if key not in self.made:
            self.made[key] = _Translator(self, kernel, types, name).translate()
        return self.made[key]


class _Translator(Expressions):
    """Translates one kernel for one combination of argument types: a method for each kind of statement."""

    def __init__(self, program: Program, kernel: Kernel, types: tuple[Type, ...], name: str) -> None:
        self.program, self.function = program, kernel.function
        source = textwrap.dedent(inspect.getsource(kernel.function))
        parsed: Any = ast.parse(source)
        self.tree = parsed.body[0]
        self.variables = {}
        self.loops: list[tuple[ir.Block, ir.Block]] = []  # where continue and break go
        self.result: Any = None
        unique = name or program.module.get_unique_name(kernel.function.__name__)
        signature = ir.FunctionType(ir.VoidType(), [llvm_type(kind) for kind in types])
        self.made = ir.Function(program.module, signature, unique)
        self.made.linkage = "" if name else "internal"
        self.builder = ir.IRBuilder(self.made.append_basic_block("entry"))
        names = [argument.arg for argument in self.tree.args.args]
        if len(names) != len(types):
            raise LanguageError(f"{kernel.function.__name__} takes {len(names)} arguments, not {len(types)}")
        for argument, kind, given in zip(names, types, self.made.args, strict=True):
            self.assign(argument, Value(kind, given))

    def translate(self) -> tuple[ir.Function, Any]:
        """The finished function, and the type or types of its result."""
        self.block(self.tree.body)
        if not self.builder.block.is_terminated:
            self.builder.ret_void() if self.result is None else self.builder.unreachable()
        kinds = self.result if isinstance(self.result, tuple) else (self.result,)
        if self.result is None:
            returned: Any = ir.VoidType()
        elif isinstance(self.result, tuple):
            returned = ir.LiteralStructType([llvm_type(kind) for kind in kinds])
        else:
            returned = llvm_type(self.result)
        # what it returns is known only now
        signature = ir.FunctionType(returned, self.made.ftype.args)
        self.made.ftype, self.made.type = signature, signature.as_pointer()
        self.made.return_value = ir.ReturnValue(self.made, returned)
        return self.made, self.result

    def function_for(self, called: Kernel, types: tuple[Type, ...]) -> tuple[Any, Any]:
        return self.program.add(called, types)

    # ── statements ───────────────────────────────────────────────────────────────────────────────────────────

    def block(self, statements: list[ast.stmt]) -> None:
        """Translate statements up to one that leaves the block."""
        for statement in statements:
            if self.builder.block.is_terminated:
                return
            try:
                getattr(self, f"do_{type(statement).__name__.lower()}")(statement)
            except LanguageError as error:
                if not hasattr(error, "__notes__"):
                    place = (
                        f"{self.function.__name__}, line {statement.lineno}: {ast.unparse(statement)[:100]}"
                    )
                    error.add_note(f"in {self.function.__module__}.{place}")
                raise

    def do_expr(self, statement: Any) -> None:
        if not isinstance(statement.value, ast.Constant):  # a docstring
            self.value(statement.value)

    def do_pass(self, statement: Any) -> None:
        """Nothing."""

    def do_assign(self, statement: Any) -> None:
        self.store(statement.targets[0], self.value(statement.value))

    def do_augassign(self, statement: Any) -> None:
        old = self.value(statement.target)
        self.store(
            statement.target, operate(self.builder, type(statement.op), old, self.value(statement.value))
        )

    def do_return(self, statement: Any) -> None:
        value = None if statement.value is None else self.value(statement.value)
        if value is None:
            self.builder.ret_void()
        elif isinstance(value, tuple):
            self.result = self.result or tuple(of_literal(v) for v in value)
            struct = ir.Constant(ir.LiteralStructType([llvm_type(k) for k in self.result]), ir.Undefined)
            for i, (v, kind) in enumerate(zip(value, self.result, strict=True)):
                struct = self.builder.insert_value(struct, converted(self.builder, v, kind), i)
            self.builder.ret(struct)
        else:
            self.result = self.result or of_literal(value)
            self.builder.ret(converted(self.builder, value, self.result))

    def do_if(self, statement: Any) -> None:
        condition = self.value(statement.test)
        if not isinstance(condition, Value):  # known now: the other branch is not even translated
            self.block(statement.body if condition else statement.orelse)
            return
        yes, no, after = (self.builder.append_basic_block(name) for name in ("then", "else", "after"))
        self.builder.cbranch(self.truth(condition), yes, no)
        for start, statements in ((yes, statement.body), (no, statement.orelse)):
            self.builder.position_at_end(start)
            self.block(statements)
            if not self.builder.block.is_terminated:
                self.builder.branch(after)
        self.builder.position_at_end(after)

    def do_while(self, statement: Any) -> None:
        test, body, after = (self.builder.append_basic_block(name) for name in ("while", "body", "after"))
        self.builder.branch(test)
        self.builder.position_at_end(test)
        self.builder.cbranch(self.truth(self.value(statement.test)), body, after)
        self.inside(body, statement.body, test, after)
        self.builder.position_at_end(after)

    def do_for(self, statement: Any) -> None:
        bounds = [self.value(argument) for argument in statement.iter.args]
        if statement.iter.func.id != "range":
            raise LanguageError("for is known over range only")
        start, stop, step = (0, bounds[0], 1) if len(bounds) == 1 else (*bounds, 1)[:3]
        downwards = isinstance(step, int) and step < 0
        with self.builder.goto_entry_block():  # only there LLVM makes registers of them
            counter = self.builder.alloca(i64)
        last, step = converted(self.builder, stop, i64), converted(self.builder, step, i64)
        self.builder.store(converted(self.builder, start, i64), counter)
        test, body, following, after = (
            self.builder.append_basic_block(name) for name in ("for", "body", "next", "after")
        )
        self.builder.branch(test)
        self.builder.position_at_end(test)
        now = self.builder.load(counter, typ=i64)
        self.builder.cbranch(self.builder.icmp_signed(">" if downwards else "<", now, last), body, after)
        self.builder.position_at_end(body)
        self.assign(statement.target.id, Value(i64, now))
        self.inside(body, statement.body, following, after)
        self.builder.position_at_end(following)
        self.builder.store(self.builder.add(self.builder.load(counter, typ=i64), step), counter)
        self.builder.branch(test)
        self.builder.position_at_end(after)

    def inside(self, body: ir.Block, statements: list[ast.stmt], again: ir.Block, after: ir.Block) -> None:
        """The body of a loop."""
        self.builder.position_at_end(body)
        self.loops.append((again, after))
        self.block(statements)
        self.loops.pop()
        if not self.builder.block.is_terminated:
            self.builder.branch(again)

    def do_break(self, statement: Any) -> None:
        self.builder.branch(self.loops[-1][1])

    def do_continue(self, statement: Any) -> None:
        self.builder.branch(self.loops[-1][0])
