"""How a table becomes what a method takes; everything is learnt from training rows alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.tabular.table_set import CLASSES

if TYPE_CHECKING:
    from benchmarks.tabular.methods import Task


def as_numbers_and_one_hot(task: Task, estimator: Any) -> Any:
    """The usual preparation for a network: means fill gaps, numbers are standardized, categories one-hot."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    # an unknown category is all zeros; a gap is a category like any other
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    numbers = make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler())
    columns = ColumnTransformer(
        [("numbers", numbers, task.numbers), ("categories", one_hot, task.categories)]
    )
    return make_pipeline(columns, estimator)


def scaled_target(task: Task, estimator: Any) -> Any:
    """A number is learnt in units of its standard deviation; without that, no network is at its best."""
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.preprocessing import StandardScaler

    if task.kind == CLASSES:
        return estimator
    return TransformedTargetRegressor(estimator, transformer=StandardScaler())


def ordinal(task: Task, estimator: Any) -> Any:
    """Categories as their numbers in the order of their names, gaps as they are."""
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OrdinalEncoder

    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    columns = ColumnTransformer(
        [("numbers", "passthrough", task.numbers), ("categories", codes, task.categories)]
    )
    return make_pipeline(columns, estimator)


def text_categories(task: Task, estimator: Any) -> Any:
    """Categories as text, a gap in them as a word: what CatBoost takes."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    def with_text(frame: Any) -> Any:
        return frame.assign(
            **{name: frame[name].astype("object").fillna("missing") for name in task.categories}
        )

    return make_pipeline(FunctionTransformer(with_text), estimator)
