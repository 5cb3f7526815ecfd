"""Showing a reconstructed scan to others."""
