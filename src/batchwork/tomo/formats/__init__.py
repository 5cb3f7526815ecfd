"""Tomography files: reading scans, checking them, simulating them, and writing volumes."""

from batchwork.tomo.formats.errors import ScanDefect
from batchwork.tomo.formats.reader import data_nbytes, open_scan, read_metadata
from batchwork.tomo.formats.scan import Scan, ScanInfo

__all__ = ["Scan", "ScanDefect", "ScanInfo", "data_nbytes", "open_scan", "read_metadata"]
