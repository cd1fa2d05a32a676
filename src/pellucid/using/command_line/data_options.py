"""The options that say what the data are, how they become features, and which rows judge."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial
from typing import Annotated, Any, cast

import typer

from pellucid.basics.errors import OptionError
from pellucid.basics.places import expanded
from pellucid.data.catalog import DATASETS, load
from pellucid.data.dataset import Splits
from pellucid.data.kinds import Embed
from pellucid.data.originals import OnEvent
from pellucid.data.preparation import fit_preparation
from pellucid.data.scales import SCALES
from pellucid.data.table_files import TABLE_ENDINGS, read_table
from pellucid.data.tables import Table
from pellucid.understanding.evaluation.cross_validation import Prepare
from pellucid.using.command_line.option_values import column_names, picture_size, two_numbers
from pellucid.using.command_line.options import DATA, Delimiter, Group, Ignore, Sheet, Target, default, names

CHECKS = ("auto", "yes", "no")


@dataclass(frozen=True, slots=True)
class DataOptions:
    """How a source is read; what each field is, its help says."""

    target: Target = None
    group: Group = None
    ignore: Ignore = None
    scale: Annotated[
        str,
        typer.Option(
            "--scale",
            metavar="NAME",
            help=f"How a table's numbers become features: one of {names(SCALES)}.",
            rich_help_panel=DATA,
        ),
    ] = "standard"
    embed: Annotated[
        str,
        typer.Option(
            "--embed",
            metavar="NAME",
            help="auto: a table's categories of many levels become numbers that are learnt; never: a feature for each "
            "level.",
            rich_help_panel=DATA,
        ),
    ] = "auto"
    categories: Annotated[
        str | None,
        typer.Option(
            "--categories",
            metavar="COLUMN",
            help="Columns that are categories although they hold numbers, such as codes.",
            rich_help_panel=DATA,
        ),
    ] = None
    delimiter: Delimiter = None
    sheet: Sheet = None
    size: Annotated[
        str | None,
        typer.Option(
            "--size",
            metavar="N[,N]",
            help=f"What a folder's pictures are fitted into: 28, or rows,columns. {default('from the pictures')}",
            rich_help_panel=DATA,
        ),
    ] = None
    channels: Annotated[
        int | None,
        typer.Option(
            "--channels",
            metavar="N",
            help=f"1 for gray, 3 for colors. {default('as the pictures have')}",
            rich_help_panel=DATA,
        ),
    ] = None
    shades: Annotated[
        str | None,
        typer.Option(
            "--shades",
            metavar="N,N",
            help=f"Stored values of a folder's pictures that are black and white. {default('by their depth')}",
            rich_help_panel=DATA,
        ),
    ] = None
    skip_bad: Annotated[
        bool,
        typer.Option(
            "--skip-bad",
            metavar="",
            help="Leave out pictures that can't be read; say which.",
            rich_help_panel=DATA,
        ),
    ] = False
    pixel_range: Annotated[
        str | None,
        typer.Option(
            "--pixel-range",
            metavar="N,N",
            help=f"What black and white become. {default('0,1')}",
            rich_help_panel=DATA,
        ),
    ] = None

    def is_table(self, source: str) -> bool:
        """Whether a source is the file of a table."""
        return source not in DATASETS and expanded(source).suffix.lower() in TABLE_ENDINGS

    def load(
        self, source: str, *, test: float, validation: float, seed: int, on_event: OnEvent | None = None
    ) -> Splits:
        """The parts of a source, pixels in their range.

        Parameters
        ----------
        source : str
            A name or a path.
        test, validation : float
            Shares of the rows.
        seed : int
        on_event : callable, optional
            Gets a `FetchEvent` for each thing that happens while files are fetched.

        Raises
        ------
        OptionError
            If an option is out of range, or about another kind of data; and as `pellucid.data.load` does.
        """
        self._check_table_options(source)
        parts = load(
            source,
            target=self._targets,
            group=self.group,
            ignore=column_names(self.ignore),
            test=test,
            validation=validation,
            seed=seed,
            scale=self.scale,
            embed=self._embed,
            categories=column_names(self.categories),
            delimiter=self.delimiter,
            sheet=self.sheet,
            size=picture_size(self.size),
            channels=self.channels,
            shades=None if self.shades is None else two_numbers("--shades", self.shades, "0,4095"),
            skip_bad=self.skip_bad,
            on_event=on_event,
        )
        if self.pixel_range is None:
            return parts
        low, high = two_numbers("--pixel-range", self.pixel_range, "-0.5,0.5")
        if not parts.train.input.is_picture:
            raise OptionError(
                f"--pixel-range {self.pixel_range} is about pictures, but {source} has none; leave it out."
            )
        return parts.scaled(low=low, high=high)

    def table(self, source: str) -> Table:
        """The table of a source, as it stands in its file."""
        return read_table(expanded(source), delimiter=self.delimiter, sheet=self.sheet).without(
            column_names(self.ignore)
        )

    @property
    def prepare(self) -> Prepare:
        """What prepares such a table by some of its rows."""
        return partial(
            fit_preparation,
            target=self._targets,
            group=self.group,
            scale=self.scale,
            embed=self._embed,
            categories=column_names(self.categories),
        )

    @property
    def reading(self) -> dict[str, Any]:
        """What has to be known to read the same rows again, besides what a model file holds anyway."""
        wishes = {"sheet": self.sheet, "skip_bad": self.skip_bad or None}
        return {name: value for name, value in wishes.items() if value is not None}

    @property
    def _targets(self) -> str | list[str] | None:
        if self.target is None or "," not in self.target:
            return self.target
        return column_names(self.target)

    @property
    def _embed(self) -> Embed:
        return cast(Embed, self.embed)  # whatever else it is, the preparation refuses

    def _check_table_options(self, source: str) -> None:
        """Nobody should believe that an option did something that means nothing for these data."""
        if self.is_table(source):
            return
        usual = {field.name: field.default for field in fields(self)}
        for name in ("scale", "embed"):
            value = getattr(self, name)
            if value != usual[name]:
                raise OptionError(
                    f"--{name} {value} is about a table's columns, but {source} is no table; leave it out."
                )


Validation = Annotated[
    float,
    typer.Option(
        "--validation",
        metavar="SHARE",
        help="Share of the rows to judge each epoch by.",
        rich_help_panel=DATA,
    ),
]
Test = Annotated[
    float,
    typer.Option(
        "--test",
        metavar="SHARE",
        help="Share of the rows to set apart for the final test, for data without a test part.",
        rich_help_panel=DATA,
    ),
]


@dataclass(frozen=True, slots=True)
class HoldingOutOptions:
    """Which rows are not learnt from; what each field is, its help says."""

    validation: Validation = 0.1
    test: Test = 0.2
    check_duplicates: Annotated[
        str,
        typer.Option(
            "--check-duplicates",
            metavar="|".join(CHECKS),
            help="Warn of rows that stand, nearly the same, on two sides of a split; auto: where that is quick.",
            rich_help_panel=DATA,
        ),
    ] = "auto"

    def shares(self, seed: int) -> dict[str, Any]:
        """What decides which rows are held out."""
        return {"test": self.test, "validation": self.validation, "seed": seed}
