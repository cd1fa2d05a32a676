"""scikit-learn's way in: `MLPClassifier` and `MLPRegressor`, over an ordinary `Network` and the ordinary training loop.

They translate (`translation`), check (`parameters`, `inputs`, `targets`), watch (`stopping`, `scoring`) and show
(`drawing`); they contain no mathematics. scikit-learn is imported here and nowhere else at the top of a module.
"""
