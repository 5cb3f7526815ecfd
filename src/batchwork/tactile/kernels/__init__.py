"""Tactile encoding on arrays: no files, no engine, no logging."""
