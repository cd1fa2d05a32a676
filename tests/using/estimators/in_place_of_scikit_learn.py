"""A pytest plugin: whoever imports scikit-learn's MLP gets ours. Used by test_scikit_learns_own_tests in a process."""

import sklearn.neural_network

from pellucid import MLPClassifier, MLPRegressor

sklearn.neural_network.MLPClassifier = MLPClassifier
sklearn.neural_network.MLPRegressor = MLPRegressor
