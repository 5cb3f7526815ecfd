"""Features and the forest that was trained on them."""

from dataclasses import dataclass

from batchwork.errors import ParameterError
from batchwork.pixels.kernels.forest import Forest
from batchwork.pixels.kernels.selection import FeatureSelection


@dataclass(frozen=True, slots=True, eq=False)
class Classifier:
    """What turns an image into class probabilities.

    Raises
    ------
    ParameterError
        If labels and forest do not fit each other.
    """

    selection: FeatureSelection
    forest: Forest
    labels: tuple[int, ...]
    """Label of each class of the forest, from 1 on."""
    classes: int
    """Channels of the result; labels that the forest does not know have probability 0."""

    def __post_init__(self) -> None:
        """Check that each class of the forest has a label."""
        if len(self.labels) != self.forest.classes or len(set(self.labels)) != len(self.labels):
            raise ParameterError(f"the forest has {self.forest.classes} classes, but its labels are {self.labels}")
        if min(self.labels) < 1 or max(self.labels) > self.classes:
            raise ParameterError(f"labels must lie between 1 and {self.classes}, not {self.labels}")

    def columns(self, channels: int, *, volume: bool) -> int:
        """Count the columns of its features for an image."""
        return len(self.selection.columns(channels, volume=volume))
