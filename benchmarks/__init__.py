"""Measurements beside the alternatives."""
