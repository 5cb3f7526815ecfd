"""Networks that predict foreground and boundaries of cells: ONNX, or TorchScript.

What is asked of a network:

- input: one float32 tensor (1, channels, ny, nx); each channel with mean 0 and standard deviation 1 over the image.
  Rows and columns are multiples of 32, filled up by reflection; a network made for one size only sees images of that
  size.
- output: one float32 tensor (1, classes, ny, nx), probabilities from 0 to 1.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchwork.extras import needs_extra
from batchwork.screening.plates.errors import NetworkError

MULTIPLE = 32
"""Rows and columns of what a network sees: five halvings."""
_ROUNDING = 1e-3
_ONNX, _TORCH = frozenset({".onnx"}), frozenset({".pt", ".pth", ".ts", ".torchscript"})
_KERAS = frozenset({".h5", ".hdf5", ".keras", ".pb", ".tflite"})
_ONNX_ERRORS = ("Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NoSuchFile", "NotImplemented",
                "RuntimeException")  # fmt: skip
"""What onnxruntime raises on files and images that do not fit."""
_AXES = 4
Tensor = NDArray[np.float32]
Network = Callable[[Tensor], Tensor]


def predict_planes(path: Path, planes: Sequence[NDArray[Any]], *, gpu: bool = False) -> Tensor:
    """Predict the classes of one image.

    Parameters
    ----------
    path : Path
        The network, .onnx or TorchScript.
    planes : sequence of (ny, nx)
        Its channels, any real type and unit.
    gpu : bool
        Whether to use the first graphics card that this process may see.

    Returns
    -------
    (classes, ny, nx) float32
        Probabilities.

    Raises
    ------
    NetworkError
        If the file is no such network, or does not give what it should.
    MissingExtraError
        Without onnxruntime or torch, whichever the file needs.
    """
    network = open_network(path, path.stat().st_mtime_ns, gpu=gpu)
    rows, columns = np.shape(planes[0])
    result = network(_filled_up(np.stack([_standardised(plane) for plane in planes])[None]))
    if result.ndim != _AXES or len(result) != 1 or result.shape[2] < rows or result.shape[3] < columns:
        raise NetworkError(f"{path}: gives {result.shape}; (1, classes, rows, columns) as large as its input is needed")
    found = result[0, :, :rows, :columns]
    if not (np.isfinite(found).all() and found.min() >= -_ROUNDING and found.max() <= 1 + _ROUNDING):
        raise NetworkError(
            f"{path}: gives values from {found.min():.3g} to {found.max():.3g}, which are no probabilities; "
            "export it with its sigmoid or softmax at the end"
        )
    return np.asarray(np.clip(found, 0, 1), np.float32)


def _standardised(plane: NDArray[Any]) -> Tensor:
    values = np.asarray(plane, np.float32)
    mean, spread = values.mean(dtype=np.float64), values.std(dtype=np.float64)
    return np.asarray((values - mean) / (spread or 1.0), np.float32)


def _filled_up(image: Tensor) -> Tensor:
    """Reflect the far borders outwards until rows and columns are multiples."""
    more = [-length % MULTIPLE for length in image.shape[2:]]
    return np.pad(image, ((0, 0), (0, 0), (0, more[0]), (0, more[1])), mode="symmetric")


@lru_cache(maxsize=2)
def open_network(path: Path, changed: int, *, gpu: bool) -> Network:  # noqa: ARG001 - a changed file is another one
    """Open a network once for all images of a process.

    Raises
    ------
    NetworkError
        If the file is no network of a known kind.
    """
    suffix = path.suffix.lower()
    if suffix in _ONNX:
        return _open_onnx(path, gpu=gpu)
    if suffix in _TORCH:
        return _open_torch(path, gpu=gpu)
    if suffix in _KERAS:
        raise NetworkError(
            f"{path}: weights of Keras, as StarDist has them, cannot be used; convert the network to ONNX "
            "(python -m tf2onnx.convert --saved-model DIR --output net.onnx), with foreground and boundary as outputs, "
            "or leave --network out"
        )
    raise NetworkError(f"{path}: is no network; .onnx, or TorchScript as .pt, .pth, .ts or .torchscript")


def _open_onnx(path: Path, *, gpu: bool) -> Network:
    with needs_extra("networks", f"the network {path.name}"):
        import onnxruntime as ort
        from onnxruntime.capi import onnxruntime_pybind11_state as state
    broken = tuple(getattr(state, name) for name in _ONNX_ERRORS)
    known = ort.get_available_providers()
    providers = [p for p in ("CUDAExecutionProvider",) if gpu and p in known] + ["CPUExecutionProvider"]
    try:
        session = ort.InferenceSession(str(path), _one_thread(ort), providers=providers)
    except broken as error:
        raise NetworkError(f"{path}: cannot be read as ONNX: {_last_line(error)}") from error
    entries, results = session.get_inputs(), session.get_outputs()
    if len(entries) != 1 or len(results) != 1:
        raise NetworkError(f"{path}: has {len(entries)} inputs and {len(results)} outputs; one of each is needed")

    def run(image: Tensor) -> Tensor:
        try:
            return np.asarray(session.run(None, {entries[0].name: image})[0], np.float32)
        except broken as error:
            raise NetworkError(f"{path}: takes {entries[0].shape}, not {image.shape}: {_last_line(error)}") from error

    return run


def _one_thread(ort: Any) -> Any:  # Any: the library has no types
    """Let a session take one thread: the engine runs as many tasks as there are cores."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return options


def _open_torch(path: Path, *, gpu: bool) -> Network:
    with needs_extra("torch", f"the network {path.name}"):
        import torch
    device = "cuda" if gpu and torch.cuda.is_available() else "cpu"
    try:
        module = torch.jit.load(str(path), map_location=device).eval()  # type: ignore[no-untyped-call]  # theirs
    except (RuntimeError, ValueError, OSError) as error:
        raise NetworkError(
            f"{path}: is no TorchScript; weights alone cannot be used: "
            "write torch.jit.script(model).save('net.pt') where the model is"
        ) from error

    def run(image: Tensor) -> Tensor:
        try:
            with torch.inference_mode():
                return np.asarray(module(torch.from_numpy(image).to(device)).float().cpu().numpy(), np.float32)
        except (RuntimeError, AttributeError, TypeError) as error:
            raise NetworkError(f"{path}: does not take {image.shape}: {_last_line(error)}") from error

    return run


def _last_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:200]
