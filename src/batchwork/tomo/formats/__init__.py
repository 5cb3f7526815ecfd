"""Tomography files: reading scans, checking them, simulating them, and writing volumes."""

from batchwork.tomo.formats.completeness import Completeness, how_complete, is_complete
from batchwork.tomo.formats.errors import ScanDefect
from batchwork.tomo.formats.flat_fields import FlatFields
from batchwork.tomo.formats.reader import data_nbytes, open_scan, read_metadata
from batchwork.tomo.formats.scan import Scan, ScanInfo

__all__ = [
    "Completeness",
    "FlatFields",
    "Scan",
    "ScanDefect",
    "ScanInfo",
    "data_nbytes",
    "how_complete",
    "is_complete",
    "open_scan",
    "read_metadata",
]
