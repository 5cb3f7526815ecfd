"""Screening on arrays: no files, no engine, no logging."""
