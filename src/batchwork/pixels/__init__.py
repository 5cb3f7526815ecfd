"""Pixel classification: real ilastik projects in, probabilities out, without ilastik.

Features, forests, training and prediction on arrays have their names here; files are the command line's.
"""

from typing import TYPE_CHECKING

from batchwork.lazy import lazy_names

if TYPE_CHECKING:
    from batchwork.pixels.kernels.classifier import Classifier
    from batchwork.pixels.kernels.features import compute_features
    from batchwork.pixels.kernels.forest import Forest
    from batchwork.pixels.kernels.growing import grow_forest
    from batchwork.pixels.kernels.selection import Feature, FeatureSelection
    from batchwork.pixels.kernels.votes import forest_probabilities
    from batchwork.pixels.prediction import predict
    from batchwork.pixels.projects.reading import read_project
    from batchwork.pixels.projects.writing import write_project
    from batchwork.pixels.training.arrays import train_on_arrays
    from batchwork.pixels.training.selecting import all_features, default_features
    from batchwork.pixels.training.training import Growth, Trained

_HOMES = {
    "Classifier": "kernels.classifier",
    "Feature": "kernels.selection",
    "FeatureSelection": "kernels.selection",
    "Forest": "kernels.forest",
    "Growth": "training.training",
    "Trained": "training.training",
    "all_features": "training.selecting",
    "compute_features": "kernels.features",
    "default_features": "training.selecting",
    "forest_probabilities": "kernels.votes",
    "grow_forest": "kernels.growing",
    "predict": "prediction",
    "read_project": "projects.reading",
    "train_on_arrays": "training.arrays",
    "write_project": "projects.writing",
}

__all__ = [
    "Classifier",
    "Feature",
    "FeatureSelection",
    "Forest",
    "Growth",
    "Trained",
    "all_features",
    "compute_features",
    "default_features",
    "forest_probabilities",
    "grow_forest",
    "predict",
    "read_project",
    "train_on_arrays",
    "write_project",
]


__getattr__, __dir__ = lazy_names(__name__, _HOMES)
