"""Pellucid: neural networks you can see through."""
