"""The trained network as two ONNX files."""

import os
import warnings
from pathlib import Path

import torch
from torch import nn

from batchwork.extras import needs_extra
from batchwork.tomo.kernels.scorers.net import EYE_FILE, JUDGE_FILE
from batchwork.tomo.kernels.scorers.net_inputs import CURVES, FACTS, PICTURES
from batchwork.tomo.training.network import FEATURES, CentreNet

_SIDE, _COUNT = 64, 24
"""Of the examples that the network is traced with; it runs on any."""


def export(net: CentreNet, folder: Path) -> tuple[Path, Path]:
    """Write both halves of a network into a folder, each file replaced as a whole.

    Returns
    -------
    (Path, Path)
        The two files.

    Raises
    ------
    MissingExtraError
        If onnx is missing.
    """
    with needs_extra("training", "writing the network"):
        import onnx  # noqa: F401 - PyTorch imports it by itself, and fails less clearly
    net.eval()
    pictures = torch.zeros(2, PICTURES, _SIDE, _SIDE)
    _write(net.eye, (pictures,), folder / EYE_FILE, {"pictures": {0: "b", 2: "n", 3: "n"}, "features": {0: "b"}})
    lists = (
        torch.zeros(1, _COUNT, FEATURES), torch.zeros(1, _COUNT, len(CURVES)), torch.zeros(1, len(FACTS)),
    )  # fmt: skip
    axes = {"features": {1: "k"}, "curves": {1: "k"}, "facts": dict[int, str](), "scores": {1: "k"}}
    _write(net.judge, lists, folder / JUDGE_FILE, axes)
    return folder / EYE_FILE, folder / JUDGE_FILE


def _write(module: nn.Module, example: tuple[torch.Tensor, ...], path: Path, axes: dict[str, dict[int, str]]) -> None:
    """Trace a module; its inputs and its one output are named in the order of `axes`."""
    *inputs, output = axes
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter that needs no more than onnx is to be replaced one day
        torch.onnx.export(
            module, example, str(partial), dynamo=False, input_names=inputs, output_names=[output], dynamic_axes=axes
        )
    partial.replace(path)
