"""Image files: opened lazily as sources of pixels, and written block by block."""

from batchwork.pixels.images.opening import OpenedImage, open_image
from batchwork.pixels.images.stacks import open_stack

__all__ = ["OpenedImage", "open_image", "open_stack"]
