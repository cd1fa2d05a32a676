"""What an epoch is worth by one of the metrics, for stopping early and for tuning."""

from __future__ import annotations

from pellucid.basics.errors import OptionError
from pellucid.data.dataset import Splits
from pellucid.formulas.metrics import METRICS
from pellucid.network.network import Network
from pellucid.training.run import Score


def validation_score(metric: str, data: Splits) -> Score:
    """What gives a network's score on the validation rows by a metric: the higher the better, errors with a minus.

    Parameters
    ----------
    metric : str
        A name from `METRICS`; of numbers it is that of the data's units.
    data : Splits

    Raises
    ------
    OptionError
        If there are no validation rows, or the metric is for another kind of answers.
    """
    found, part = METRICS[metric], data.validation
    if part is None:
        raise OptionError(f"--monitor {metric} needs validation rows; give --validation 0.1, say.")
    kind = "classes" if part.is_classification else "numbers"
    if found.targets != kind:
        fitting = ", ".join(m.name for m in METRICS.values() if m.targets == kind)
        raise OptionError(
            f"--monitor {metric} is for {found.targets}, but here are {kind}; choose {fitting}."
        )
    sign = 1 if found.best == "high" else -1

    def score(net: Network) -> float:
        predicted = net.predict(part.X)
        if part.is_classification:
            return sign * found.value(part.y, predicted)
        return sign * found.value(net.in_units(part.y.reshape(len(part), -1)), net.in_units(predicted))

    return score
