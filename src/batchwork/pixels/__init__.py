"""Pixel classification: real ilastik projects in, probabilities out, without ilastik.

A project is read by `batchwork.pixels.projects.read_project`; `batchwork.pixels.prediction.predict` gives the
probabilities that ilastik would compute for an array, and `batchwork.pixels.kernels.features.compute_features`
the features below them.
"""
