"""All tables of the comparison, by name."""

from __future__ import annotations

from benchmarks.tabular.classification_sets import CLASSIFICATION_SETS
from benchmarks.tabular.regression_sets import REGRESSION_SETS
from benchmarks.tabular.table_set import TableSet

CATALOG: dict[str, TableSet] = {one.name: one for one in (*CLASSIFICATION_SETS, *REGRESSION_SETS)}
