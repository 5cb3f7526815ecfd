"""Screening: from the images of a plate to the scores of its wells."""

from typing import TYPE_CHECKING

from batchwork.lazy import lazy_names

if TYPE_CHECKING:
    from batchwork.screening.kernels.cells import segment_cells
    from batchwork.screening.kernels.nuclei import segment_nuclei
    from batchwork.screening.kernels.statistics import measure

_HOMES = {"measure": "kernels.statistics", "segment_cells": "kernels.cells", "segment_nuclei": "kernels.nuclei"}

__all__ = ["measure", "segment_cells", "segment_nuclei"]


__getattr__, __dir__ = lazy_names(__name__, _HOMES)
