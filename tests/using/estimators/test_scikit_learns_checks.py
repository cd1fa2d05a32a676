"""scikit-learn's own judgment: its checks for estimators, and the tests of the classes that ours replace."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest
import sklearn.neural_network
from sklearn.utils.estimator_checks import parametrize_with_checks

from pellucid import MLPClassifier, MLPRegressor

PAIRS = [
    (MLPClassifier, sklearn.neural_network.MLPClassifier),
    (MLPRegressor, sklearn.neural_network.MLPRegressor),
]
PRIVATE = {
    "test_gradient": "calls _loss_grad_lbfgs",
    "test_learning_rate_warmstart": "reads _optimizer",
    "test_adaptive_learning_rate": "reads _optimizer",
    "test_n_iter_no_change": "reads _no_improvement_count",
    "test_n_iter_no_change_inf": "reads _no_improvement_count",
}
# Ours refuses to learn one class, on purpose; test_classifier has this test with two.
REFUSED = {"test_preserve_feature_names[MLPClassifier]": "fits one class only"}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks([MLPClassifier(), MLPRegressor()])
def test_every_check_of_estimators_passes(estimator, check):
    check(estimator)


@pytest.mark.slow
def test_scikit_learns_own_tests_pass_with_our_classes(tmp_path):
    module = "sklearn.neural_network.tests.test_mlp"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "in_place_of_scikit_learn",
        "-p",
        "no:cacheprovider",
    ]
    path = Path(sys.modules["sklearn"].__file__).parent / "neural_network/tests/test_mlp.py"
    for name in (*PRIVATE, *REFUSED):
        command += ["--deselect", f"::{name}"]
    paths = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [*command, "--pyargs", module],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:]
    n_tests = sum(line.startswith("def test_") for line in path.read_text(encoding="utf-8").splitlines())
    assert f"{len(PRIVATE) + len(REFUSED)} deselected" in done.stdout
    assert int(done.stdout.split(" passed")[0].split()[-1]) >= n_tests - len(PRIVATE)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_the_constructor_begins_as_scikit_learns(ours, theirs):
    mine, other = (list(inspect.signature(kind).parameters.values()) for kind in (ours, theirs))
    assert [(p.name, p.kind, p.default) for p in mine[: len(other)]] == [
        (p.name, p.kind, p.default) for p in other
    ]
    assert all(p.kind is inspect.Parameter.KEYWORD_ONLY for p in mine[len(other) :])


def kind(value):
    """The type; NumPy's numbers of 64 bits count as Python's own."""
    return float if isinstance(value, float) else type(value)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_everything_public_that_fitting_leaves_is_there(ours, theirs):
    X, y = [[0.0], [1.0], [2.0], [3.0]], [0, 1, 1, 0]
    for settings in ({}, {"early_stopping": True, "validation_fraction": 0.5}):
        mine, other = (home(max_iter=2, **settings).fit(X, y) for home in (ours, theirs))
        public = {name for name in vars(other) if name.endswith("_") and not name.startswith("_")}
        assert public <= set(vars(mine))
        for name in sorted(public - {"coefs_", "intercepts_", "classes_"}):
            assert kind(getattr(mine, name)) is kind(getattr(other, name)), name
        methods = {name for name in dir(other) if not name.startswith("_")}
        assert methods <= set(dir(mine))
