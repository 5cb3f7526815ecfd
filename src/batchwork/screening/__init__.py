"""Screening: from the images of a plate to the scores of its wells."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchwork.screening.kernels.cells import segment_cells
    from batchwork.screening.kernels.nuclei import segment_nuclei
    from batchwork.screening.kernels.statistics import measure

_HOMES = {"measure": "statistics", "segment_cells": "cells", "segment_nuclei": "nuclei"}

__all__ = ["measure", "segment_cells", "segment_nuclei"]


def __getattr__(name: str) -> object:
    """Load a kernel when it is first asked for, so that the command line starts without it."""
    if name not in _HOMES:
        raise AttributeError(f"module 'batchwork.screening' has no attribute '{name}'")
    value = getattr(import_module(f"batchwork.screening.kernels.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
