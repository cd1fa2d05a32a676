"""All commands together, and what becomes of an error: one line on standard error and an exit status."""

from __future__ import annotations

import inspect
import io
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from pellucid.basics.errors import OptionError, PellucidError
from pellucid.basics.files import storage_error
from pellucid.using.command_line import EXIT_INTERRUPTED
from pellucid.using.command_line.console import err, open_missing_streams, out
from pellucid.using.command_line.cross_validate import cross_validate
from pellucid.using.command_line.data import app as data_app
from pellucid.using.command_line.digits import digits
from pellucid.using.command_line.evaluate import evaluate
from pellucid.using.command_line.option_records import flag_of
from pellucid.using.command_line.predict import predict
from pellucid.using.command_line.terminal_pictures import printable
from pellucid.using.command_line.train import train
from pellucid.using.command_line.tune import tune
from pellucid.version import __version__

EXIT_USAGE = 2
EXIT_INTERNAL = 70
ANYWHERE = ("--debug", "--verbose", "-v")  # these may stand before and after the command

EXIT_STATUSES = (
    "Exit status: 0 ok, 2 usage, 3 data, 4 model file, 5 disk or network, 6 training diverged, "
    "70 internal error, 130 interrupted."
)


class Commands(TyperGroup):
    """The commands; of itself, typer turns Ctrl-C into an exit status without a word."""

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        """Read the arguments."""
        with _ctrl_c_aborts():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        with _ctrl_c_aborts():
            return super().invoke(ctx)


@contextmanager
def _ctrl_c_aborts() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        raise typer.Abort from None


app = typer.Typer(
    cls=Commands,
    name="pellucid",
    help="Neural networks you can see through.",
    epilog=EXIT_STATUSES,
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)
COMMANDS = (digits, train, cross_validate, tune, evaluate, predict)
for command in COMMANDS:
    app.command()(command)
app.add_typer(data_app, name="data")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pellucid {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(
        False, "--version", metavar="", callback=_version, is_eager=True, help="Show the version."
    ),
    verbose: bool = typer.Option(
        False, "--verbose", "-v", metavar="", help="Say which engine computes, and why."
    ),
    debug: bool = typer.Option(False, "--debug", metavar="", help="Show the whole traceback of an error."),
) -> None:
    """Neural networks you can see through.

    [bold]pellucid digits[/bold] trains the lecture's 784-16-16-10 network on MNIST and shows how well it does;
    [bold]pellucid train[/bold] does the same for your own table or pictures.
    """


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    open_missing_streams()
    status = _run(sys.argv[1:] if arguments is None else arguments)
    for console in (out, err):  # now, for the interpreter would complain about a reader that has gone
        console.write_line(end="")
    if out.failure is not None and status == 0:
        fault = storage_error("standard output", "write", out.failure)
        return _complain(str(fault), fault.exit_status, debug=False)
    return status


def _run(arguments: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what an old terminal can't show must not stop us
    debug, err.verbose = "--debug" in arguments, not {"--verbose", "-v"}.isdisjoint(arguments)
    arguments = [argument for argument in arguments if argument not in ANYWHERE]
    try:
        status = app(arguments, prog_name="pellucid", standalone_mode=False)
    except BrokenPipeError:  # the reader of our output has gone, as with `| head`
        return 0
    except (KeyboardInterrupt, typer.Abort, EOFError):
        return _complain("interrupted", EXIT_INTERRUPTED, debug)
    except PellucidError as error:
        notes = getattr(error, "__notes__", ())
        return _complain(" ".join([_message(error), *notes]), error.exit_status, debug)
    except TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # typer exports it under no name; it carries the help
            typer.echo(error.format_message())
            return EXIT_USAGE
        return _complain(_usage_line(error, arguments), error.exit_code, debug)
    except OSError as error:
        wrapped = storage_error(error.filename or "a file", "read or write it", error)
        return _complain(str(wrapped), wrapped.exit_status, debug)
    except MemoryError:
        return _complain("there is not enough memory for this; use less data or a smaller network", 5, debug)
    except Exception as error:  # noqa: BLE001 - the last line of defence: no traceback without --debug
        message = (
            f"internal error: {type(error).__name__}: {error} (run again with --debug for the traceback)"
        )
        return _complain(message, EXIT_INTERNAL, debug)
    return status if isinstance(status, int) else 0


def _usage_line(error: TyperException, arguments: list[str]) -> str:
    """What typer complains about, with the user's own value and the command whose help to read."""
    line = error.format_message()
    option = next(iter(getattr(getattr(error, "param", None), "opts", ())), "")
    if option and ("valid integer" in line or "valid number" in line):
        words = [
            word for argument in arguments for word in argument.split("=", 1)
        ]  # --epochs=5 and --epochs 5
        value = words[words.index(option) + 1]
        line = f"{option} is {value!r}; expected a {'whole ' if 'integer' in line else ''}number."
    context = getattr(error, "ctx", None)
    command = "pellucid" if context is None else context.command_path
    return f"{line}{'' if line.endswith(('.', '?')) else '.'} See {command} --help."


def _message(error: PellucidError) -> str:
    """What an error says, with options' names where it names settings: `batch_size is 0`, `give validation=0.1`."""
    text = str(error)
    if not isinstance(error, OptionError):
        return text
    flags = _flags()
    found = re.match(r"(\w+)(?= is | needs )", text)
    if found is not None and found[1] in flags:
        text = flags[found[1]] + text[found.end() :]
    return re.sub(r"(?<=give )(\w+)=", lambda given: f"{flags.get(given[1], given[1])} ", text)


def _flags() -> dict[str, str]:
    """The option for each setting, by the name that the library has for it."""
    flags: dict[str, str] = {}
    for command in COMMANDS:
        for name, parameter in inspect.signature(command).parameters.items():
            if flag := flag_of(parameter.annotation):
                flags.setdefault(name, flag)
    return {**flags, "n_threads": flags["threads"]}


def _complain(message: str, status: int, debug: bool) -> int:
    if debug and sys.exc_info()[0] is not None:
        err.write_line(traceback.format_exc(), end="")
    line = printable(" ".join(message.split()))
    err.write_line(f"pellucid: {line}")
    return status
