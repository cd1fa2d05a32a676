"""What is it, where in theta, who computes it? Architecture, layout, network, model files, engines."""
