"""Trained networks that are read from files."""
