"""How good, and why? Evaluation, inspection, figures."""
