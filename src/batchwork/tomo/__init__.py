"""Tomography: from a folder of scans to volumes."""
