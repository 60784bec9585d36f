"""Qt-free library of HuMP-CAT Studio: audio, features, the network, bundles and prediction."""

__version__ = "0.1.0"
