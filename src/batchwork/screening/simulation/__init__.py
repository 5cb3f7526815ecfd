"""Simulated plates whose truth is known, as hard as the assay: cells, their light, the microscope and the camera."""
