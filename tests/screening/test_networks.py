"""Networks that predict foreground and boundaries: what they see, what they give, what is refused."""

import numpy as np
import pytest
import torch
from tests.screening.networks_made import write_onnx, write_torchscript

from batchwork.screening.networks import predict_planes
from batchwork.screening.plates.errors import NetworkError


def disc():
    y, x = np.mgrid[:50, :70]
    return np.where((y - 25) ** 2 + (x - 30) ** 2 < 100, 900, 100).astype(np.uint16)


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning", "ignore:.*onnx.mapping:DeprecationWarning")
@pytest.mark.parametrize(("name", "write"), [("net.onnx", write_onnx), ("net.pt", write_torchscript)])
def test_both_kinds_see_the_standardised_image_and_give_one_of_its_size(tmp_path, name, write):
    image = disc()
    found = predict_planes(write(tmp_path / name), [image])
    assert found.shape == (2, 50, 70)
    assert found.dtype == np.float32
    standard = (image - image.mean()) / image.std()
    assert found[0] == pytest.approx(1 / (1 + np.exp(2 - 4 * standard)), abs=1e-5)
    edge = standard[20:30, 20:30] * 0
    assert found[1, 20:30, 25:35] == pytest.approx(edge + 1 / (1 + np.exp(3)), abs=1e-5)


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
def test_what_is_no_network_is_refused_with_what_to_do(tmp_path):
    (tmp_path / "stardist.h5").write_bytes(b"")
    (tmp_path / "net.onnx").write_bytes(b"none")
    (tmp_path / "net.txt").write_bytes(b"none")
    torch.save({"weight": torch.zeros(2)}, tmp_path / "net.pt")
    told = {
        "stardist.h5": "convert the network to ONNX",
        "net.onnx": "cannot be read as ONNX",
        "net.txt": "is no network; .onnx, or TorchScript",
        "net.pt": r"is no TorchScript; weights alone cannot be used: write torch\.jit\.script",
    }
    for name, why in told.items():
        with pytest.raises(NetworkError, match=why) as caught:
            predict_planes(tmp_path / name, [disc()])
        assert str(tmp_path / name) in str(caught.value)


def test_what_gives_no_probabilities_or_takes_other_images_is_refused(tmp_path):
    with pytest.raises(NetworkError, match="no probabilities; export it with its sigmoid"):
        predict_planes(write_onnx(tmp_path / "raw.onnx", sigmoid=False), [disc()])
    net = write_onnx(tmp_path / "net.onnx")
    with pytest.raises(NetworkError, match=r"net\.onnx: takes \[1, 1, 'y', 'x'\], not \(1, 2, 64, 96\)"):
        predict_planes(net, [disc(), disc()])
    fixed = write_onnx(tmp_path / "fixed.onnx", shape=(1, 1, 32, 32))
    with pytest.raises(NetworkError, match=r"takes \[1, 1, 32, 32\], not \(1, 1, 64, 96\)"):
        predict_planes(fixed, [disc()])
