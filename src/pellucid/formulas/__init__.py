"""Which formula, which slope? Activations, losses, initializers, penalties, optimizers, metrics."""
