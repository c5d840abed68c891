"""The analyses: a source and parameters in, a frame with declared columns out."""
