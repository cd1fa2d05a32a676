"""How does it look? Training curves, confusion matrices, mistakes and weights as pictures.

Every function gives a `matplotlib.figure.Figure` made without pyplot: no display is needed, nothing global changes,
and several threads may draw at once.
"""

from pellucid.understanding.figures.augmentations import augmentations_figure
from pellucid.understanding.figures.confusion import confusion_figure
from pellucid.understanding.figures.curves import training_curves
from pellucid.understanding.figures.folds import folds_figure
from pellucid.understanding.figures.learning_rates import learning_rates_figure
from pellucid.understanding.figures.paper import figure_png, save_figure
from pellucid.understanding.figures.pictures import examples_figure, mean_pictures_figure, mistakes_figure
from pellucid.understanding.figures.reliability import reliability_figure
from pellucid.understanding.figures.report import report_figure
from pellucid.understanding.figures.weights import first_layer_figure

__all__ = [
    "augmentations_figure",
    "confusion_figure",
    "examples_figure",
    "figure_png",
    "first_layer_figure",
    "folds_figure",
    "learning_rates_figure",
    "mean_pictures_figure",
    "mistakes_figure",
    "reliability_figure",
    "report_figure",
    "save_figure",
    "training_curves",
]
