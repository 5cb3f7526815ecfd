"""Small networks whose result is known: the first class is the sigmoid of the image, the second that of its edges."""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

KERNEL = np.zeros((2, 1, 3, 3), np.float32)
KERNEL[0, 0, 1, 1] = 4.0
KERNEL[1, 0] = np.float32([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])
BIAS = np.float32([-2.0, -3.0])


def write_onnx(path: Path, *, sigmoid: bool = True, shape=(1, 1, "y", "x")) -> Path:
    """Write the network as ONNX; without its sigmoid it gives no probabilities."""
    nodes = [helper.make_node("Conv", ["image", "w", "b"], ["raw"], pads=[1, 1, 1, 1])]
    if sigmoid:
        nodes.append(helper.make_node("Sigmoid", ["raw"], ["out"]))
    graph = helper.make_graph(
        nodes,
        "cells",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("out" if sigmoid else "raw", TensorProto.FLOAT, (1, 2, *shape[2:]))],
        [numpy_helper.from_array(KERNEL, "w"), numpy_helper.from_array(BIAS, "b")],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path


def write_torchscript(path: Path) -> Path:
    """Write the same network as TorchScript."""
    net = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3, padding=1), torch.nn.Sigmoid()).eval()
    with torch.no_grad():
        net[0].weight.copy_(torch.from_numpy(KERNEL))
        net[0].bias.copy_(torch.from_numpy(BIAS))
        torch.jit.trace(net, torch.zeros(1, 1, 32, 32)).save(str(path))
    return path
