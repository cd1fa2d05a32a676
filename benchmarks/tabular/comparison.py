"""Who is better, where, and whether that may be chance."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, median
from typing import Any

import numpy as np

from benchmarks.tabular.material import Material
from benchmarks.tabular.results import Place
from benchmarks.tabular.splits import TEST_SHARE
from benchmarks.tabular.table_set import CLASSES

Record = dict[str, Any]
BASELINE = "scikit-learn"
SURE = 0.05  # a difference is called clear where chance alone makes one as great less often than this


def compare(
    records: dict[Place, Record], tables: dict[str, Material], methods: Sequence[str]
) -> dict[str, Any]:
    """Errors, ranks and wins, over the tables and seeds on which every method was measured.

    Parameters
    ----------
    records : dict
        By table, method and seed.
    tables : dict of Material
    methods : sequence of str
        Those to be compared.
    """
    sets = {}
    for name, about in tables.items():
        seeds = sorted({seed for table, _, seed in records if table == name})
        seeds = [seed for seed in seeds if all((name, method, seed) in records for method in methods)]
        if seeds:
            sets[name] = _on_one_table(records, about, methods, seeds)
    return {"sets": sets, "methods": {method: _overall(sets, method) for method in methods}}


def _on_one_table(
    records: dict[Place, Record], about: Material, methods: Sequence[str], seeds: list[int]
) -> dict[str, Any]:
    found = {method: [records[about.name, method, seed] for seed in seeds] for method in methods}
    result: dict[str, Any] = {"kind": about.kind, "seeds": seeds, "methods": {}}
    for method, runs in found.items():
        result["methods"][method] = {"failed": _failures(runs), **_means(runs)}
    for measure in ("error", "log_loss") if about.kind == CLASSES else ("error",):
        means = [result["methods"][method].get(measure, np.inf) for method in methods]
        for method, rank in zip(methods, ranks(means), strict=True):
            result["methods"][method][f"{measure}_rank"] = rank
    for method in methods:
        result["methods"][method]["against_baseline"] = against(
            [error_of(run) for run in found.get(BASELINE, [])], [error_of(run) for run in found[method]]
        )
    return result


def error_of(record: Record) -> float:
    """The share of wrong answers, or the error in standard deviations; infinite for a failure."""
    if "failed" in record:
        return float("inf")
    return float(1 - record["accuracy"] if "accuracy" in record else record["rmse_share"])


def _failures(runs: list[Record]) -> list[str]:
    return sorted({run["failed"] for run in runs if "failed" in run})


def _means(runs: list[Record]) -> dict[str, Any]:
    """A method that fails with one seed has no means: the others would flatter it."""
    if any("failed" in run for run in runs):
        return {}
    means = {"error": fmean(map(error_of, runs)), "errors": [error_of(run) for run in runs]}
    if "log_loss" in runs[0]:
        means["log_loss"] = fmean(run["log_loss"] for run in runs)
    for name in ("fit_seconds", "fit_processor_seconds", "predict_seconds", "share_of_others"):
        means[name] = median(run[name] for run in runs)
    return means


def ranks(errors: Sequence[float]) -> list[float]:
    """1 for the least error; equals share the mean of their ranks.

    Examples
    --------
    >>> ranks([0.2, 0.1, 0.2])
    [2.5, 1.0, 2.5]
    """
    numbers = np.asarray(errors, dtype="float64")
    below = (numbers[None, :] < numbers[:, None]).sum(axis=1)
    equal = (numbers[None, :] == numbers[:, None]).sum(axis=1)
    return [float(rank) for rank in below + (equal + 1) / 2]


def against(theirs: list[float], ours: list[float]) -> dict[str, Any] | None:
    """How much less our error is than theirs, seed by seed, and how often chance makes such a difference.

    The same rows serve in several splits, so that the differences are not independent: their variance is taken as
    (1/s + n_test/n_train) times that of s seeds.

    References
    ----------
    Nadeau, Bengio (2003), Inference for the generalization error, Machine Learning 52.
    """
    from scipy.stats import t

    if not theirs or not np.isfinite(theirs).all():
        return None
    if not np.isfinite(ours).all():
        return {"less": None, "p": None}
    differences = np.subtract(theirs, ours)
    less, s = float(differences.mean()), len(differences)
    deviation = float(differences.std(ddof=1)) if s > 1 else 0.0
    if deviation == 0:
        return {"less": less, "p": None}
    statistic = less / (deviation * np.sqrt(1 / s + TEST_SHARE / (1 - TEST_SHARE)))
    return {"less": less, "p": float(2 * t.sf(abs(statistic), s - 1))}


def _overall(sets: dict[str, Any], method: str) -> dict[str, Any]:
    """A method's mean ranks, wins against the baseline, and times."""
    about = {name: one["methods"][method] for name, one in sets.items()}
    classes = [about[name] for name, one in sets.items() if one["kind"] == CLASSES]
    numbers = [about[name] for name, one in sets.items() if one["kind"] != CLASSES]
    pairs = [one["against_baseline"] for one in about.values() if one["against_baseline"] is not None]
    less = [-np.inf if pair["less"] is None else pair["less"] for pair in pairs]
    clear = [pair["p"] is not None and pair["p"] < SURE for pair in pairs]
    fits = [one["fit_seconds"] for one in about.values() if "fit_seconds" in one]
    return {
        "sets": len(about),
        "mean_rank": _mean([one["error_rank"] for one in about.values()]),
        "mean_rank_accuracy": _mean([one["error_rank"] for one in classes]),
        "mean_rank_log_loss": _mean([one["log_loss_rank"] for one in classes]),
        "mean_rank_number": _mean([one["error_rank"] for one in numbers]),
        "pairs": len(pairs),
        "better": sum(d > 0 for d in less),
        "equal": sum(d == 0 for d in less),
        "worse": sum(d < 0 for d in less),
        "clearly_better": sum(d > 0 and sure for d, sure in zip(less, clear, strict=True)),
        "clearly_worse": sum(d < 0 and sure for d, sure in zip(less, clear, strict=True)),
        "wilcoxon_p": _wilcoxon([d for d in less if np.isfinite(d)]),
        "failed_sets": sum(bool(one["failed"]) for one in about.values()),
        "median_fit_seconds": median(fits) if fits else None,
        "sum_fit_seconds": sum(fits),
    }


def _mean(numbers: list[float]) -> float | None:
    return fmean(numbers) if numbers else None


def _wilcoxon(differences: list[float]) -> float | None:
    """How often chance alone puts the tables so much on one side: the signed-rank test over tables."""
    from scipy.stats import wilcoxon

    if sum(d != 0 for d in differences) < 6:
        return None
    return float(wilcoxon([d for d in differences if d != 0]).pvalue)
