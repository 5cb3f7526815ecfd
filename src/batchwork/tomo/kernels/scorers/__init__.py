"""Scorers of the centre of rotation, and the search that uses them.

Register your own with ``SCORERS["name"] = scorer``; it needs a method `judge`, see `Scorer`.
"""

from batchwork.tomo.kernels.scorers.base import SCORERS, Grid, Judgement, NotApplicable, Scorer, Slice, scorer
from batchwork.tomo.kernels.scorers.consensus import SURE, Consensus
from batchwork.tomo.kernels.scorers.correlation import Correlation
from batchwork.tomo.kernels.scorers.double_wedge import DoubleWedge
from batchwork.tomo.kernels.scorers.images import CandidateImages
from batchwork.tomo.kernels.scorers.mass import Mass
from batchwork.tomo.kernels.scorers.net import Net
from batchwork.tomo.kernels.scorers.overlap import Overlap
from batchwork.tomo.kernels.scorers.search import Inferred, infer_centre
from batchwork.tomo.kernels.scorers.sharpness import Entropy, Negativity

SCORERS |= {
    "consensus": Consensus(),
    "vo": DoubleWedge(),
    "phase": Correlation(),
    "mass": Mass(),
    "entropy": Entropy(),
    "negativity": Negativity(),
    "overlap": Overlap(),
    "net": Net(),
}

__all__ = [
    "SCORERS",
    "SURE",
    "CandidateImages",
    "Grid",
    "Inferred",
    "Judgement",
    "Net",
    "NotApplicable",
    "Scorer",
    "Slice",
    "infer_centre",
    "scorer",
]
