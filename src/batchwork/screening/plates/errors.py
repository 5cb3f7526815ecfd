"""What can be wrong with the images of a plate, each with its own name in the table of failures."""

from batchwork.errors import ConfigError, FileFormatError, TaskError


class TruncatedImage(FileFormatError):
    """A file ends before its image does, or is no TIFF at all."""


class ChannelCountError(FileFormatError):
    """An image has not as many channels as its name, or the mapping, says."""


class MissingChannel(FileFormatError):
    """A channel that the workflow needs is not there."""


class ImageTypeError(FileFormatError):
    """An image holds other numbers than 8 or 16 bits of unsigned whole ones, or has other axes."""


INVALID_INPUTS = (TruncatedImage, ChannelCountError, MissingChannel, ImageTypeError)
"""What makes an image an invalid input; everything else that fails is a failed output."""


class NetworkError(TaskError):
    """A network cannot be used, or does not give what it should."""


class NoGoodImages(TaskError):
    """No image of the plate can be used."""


class MissingControls(TaskError):
    """The plate lacks controls that its scores need."""


class ChannelMappingError(ConfigError):
    """The mapping of channels to roles is missing or cannot be used."""


class NamingError(ConfigError):
    """Files are not named as any plate is."""


class PlateTableError(ConfigError):
    """A plate map, or a table of outliers, cannot be used."""
