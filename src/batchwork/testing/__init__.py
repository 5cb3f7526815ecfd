"""What authors of backends test with."""

from batchwork.testing.backends import BackendConformance
from batchwork.testing.driving import Driver

__all__ = ["BackendConformance", "Driver"]
