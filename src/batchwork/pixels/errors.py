"""What can be wrong with a project, and with an image that is given to it.

The class names are the failure classes that users see in the table::

    FileFormatError
    └── ProjectError
        ├── MissingProject (FileNotFoundError)
        ├── NotAProject
        ├── DamagedProject (OSError)
        ├── MissingFeatures
        ├── MissingClassifier
        ├── ForeignClassifier
        ├── MissingLabels
        ├── MovedRawData (FileNotFoundError)
        └── UnwritableProject (OSError)
    FileFormatError
    └── ImageError
        ├── MissingImage (FileNotFoundError)
        ├── UnreadableImage (OSError)
        ├── MissingInnerDataset (LookupError)
        ├── MixedStack
        └── WrongLabels
    BatchworkError
    └── ImageMismatch (ValueError)
        ├── WrongAxes
        ├── WrongChannels
        ├── ImageTooSmall
        ├── EmptyImage
        ├── NotFiniteImage
        ├── WrongPixelType (TypeError)
        ├── WrongMask
        ├── CutOutside
        └── UnknownImage
    BatchworkError
    └── FormatLimit (ValueError)
"""

from pathlib import Path
from typing import Self

from batchwork.errors import BatchworkError, FileFormatError


class ProjectError(FileFormatError):
    """Base of everything that can be wrong with a project file."""

    @classmethod
    def at(cls, path: Path, what: str) -> Self:
        """Make the error whose text begins with the file."""
        return cls(f"{path}: {what}")


class MissingProject(ProjectError, FileNotFoundError):
    """There is no file under this path."""


class NotAProject(ProjectError):
    """The file is no HDF5 file, or not one of pixel classification."""


class DamagedProject(ProjectError, OSError):
    """A part of the project cannot be read, or contradicts another."""


class MissingFeatures(ProjectError):
    """No features were selected before the project was saved."""


class MissingClassifier(ProjectError):
    """The project holds no trained classifier."""


class ForeignClassifier(ProjectError):
    """The classifier is none of vigra's random forests."""


class MissingLabels(ProjectError):
    """There are no labels to train with, or only those of one class."""


class MovedRawData(ProjectError, FileNotFoundError):
    """An image that the project was made with is not where it was."""


class UnwritableProject(ProjectError, OSError):
    """The project file cannot be written."""


class ImageError(FileFormatError):
    """Base of everything that can be wrong with an image file."""

    @classmethod
    def at(cls, path: Path | str, what: str) -> Self:
        """Make the error whose text begins with the file."""
        return cls(f"{path}: {what}")


class MissingImage(ImageError, FileNotFoundError):
    """There is no file under this path."""


class UnreadableImage(ImageError, OSError):
    """The file is of an unknown kind, cut off or damaged."""


class MissingInnerDataset(ImageError, LookupError):
    """The container holds no such dataset, or several and none was named."""


class MixedStack(ImageError):
    """The files of a stack differ in size, type or axes."""


class WrongLabels(ImageError):
    """An image of labels does not fit the image that it labels, or is no image of labels."""


class ImageMismatch(BatchworkError, ValueError):
    """Base of the ways in which an image does not fit a project."""


class WrongAxes(ImageMismatch):
    """The axes do not name the array's dimensions, or one that is needed is missing."""


class WrongChannels(ImageMismatch):
    """The image has another number of channels than the classifier was trained on."""


class ImageTooSmall(ImageMismatch):
    """A scale of the features reaches further than the image does."""


class EmptyImage(ImageMismatch):
    """The image has no pixel."""


class NotFiniteImage(ImageMismatch):
    """The image holds NaN or infinite values."""


class WrongPixelType(ImageMismatch, TypeError):
    """The pixels are no real numbers."""


class WrongMask(ImageMismatch):
    """The prediction mask has another size than its image."""


class CutOutside(ImageMismatch):
    """A cut-out leaves nothing of the image, or does not fit its axes."""


class UnknownImage(ImageMismatch):
    """The image is none of those that the project holds labels for."""


class FormatLimit(BatchworkError, ValueError):
    """A format cannot hold this result: its channels, its type of values or its axes."""
