"""Training of pixel classifiers: from images and labels, or from the labels of a project."""

from batchwork.pixels.training.lanes import Lane, blocks_of_labels
from batchwork.pixels.training.training import Growth, Trained, train

__all__ = ["Growth", "Lane", "Trained", "blocks_of_labels", "train"]
