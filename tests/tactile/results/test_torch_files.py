"""Files for `torch.load`: PyTorch reads what was written, in its safe default."""

import math
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchwork.errors import FileFormatError, ParameterError
from batchwork.tactile.results.torch_files import read_plain, write_torch
from batchwork.tactile.results.torch_pickles import STORAGES, Storage, Tensor

torch = pytest.importorskip("torch")

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5),
    lambda part: (
        st.lists(part, max_size=4) | st.dictionaries(st.text(max_size=3), part, max_size=4) | st.tuples(part, part)
    ),
    max_leaves=20,
)
SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def saved(folder, data, streamed=None):
    path = folder / "a.pt"
    with path.open("wb") as file:
        write_torch(file, data, streamed)
    return path


def equal(one, other):
    if isinstance(one, float) and math.isnan(one):
        return math.isnan(other)
    if isinstance(one, dict):
        return type(other) is dict and list(one) == list(other) and all(equal(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple):
        return type(one) is type(other) and len(one) == len(other) and all(map(equal, one, other))
    return type(one) is type(other) and one == other


@SHARED
@given(PLAIN)
def test_plain_values_come_back(tmp_path, data):
    path = saved(tmp_path, data)
    assert equal(data, torch.load(path))
    assert equal(data, read_plain(path))


@pytest.mark.parametrize("dtype", STORAGES)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 0, 4), (2, 3, 4)])
def test_arrays_become_tensors(tmp_path, dtype, shape):
    array = np.random.default_rng(1).integers(0, 2, shape).astype(dtype)
    found = torch.load(saved(tmp_path, {"a": array, "b": [array.T, array]}))
    for tensor, wanted in ((found["a"], array), (found["b"][0], array.T), (found["b"][1], array)):
        assert tensor.numpy().dtype == array.dtype
        np.testing.assert_array_equal(tensor.numpy(), wanted)


def test_streamed_tensors_are_parts_of_one_storage(tmp_path):
    storage = Storage("0", "bool", 24)
    values = np.random.default_rng(1).random(24) < 0.5
    data = {"a": Tensor(storage, 0, (3, 4)), "b": [Tensor(storage, 12, (12,)), Tensor(storage, 20, (2, 2))]}
    path = saved(tmp_path, data, {storage: (values[i : i + 5] for i in range(0, 24, 5))})
    for mmap in (False, True):
        found = torch.load(path, mmap=mmap)
        np.testing.assert_array_equal(found["a"].numpy(), values[:12].reshape(3, 4))
        np.testing.assert_array_equal(found["b"][0].numpy(), values[12:])
        np.testing.assert_array_equal(found["b"][1].numpy(), values[20:].reshape(2, 2))


def test_many_texts_are_kept_apart(tmp_path):
    data = [{f"name{i}": f"value{i}"} for i in range(400)] * 2
    assert torch.load(saved(tmp_path, data)) == data


def test_an_iterator_becomes_a_list(tmp_path):
    assert torch.load(saved(tmp_path, {"a": (i * i for i in range(3)), "b": iter(())})) == {"a": [0, 1, 4], "b": []}


def test_equal_data_makes_equal_files(tmp_path):
    data = {"a": np.arange(3), "b": [1, 2.5, "x"]}
    content = saved(tmp_path, data).read_bytes()
    assert saved(tmp_path, data).read_bytes() == content


@pytest.mark.parametrize(
    "value", [np.float64(1), np.int64(3), {1, 2}, b"x", object(), np.array(["a"]), 1 << 2050, np.float16([1])]
)
def test_what_pytorch_would_refuse_is_refused(tmp_path, value):
    with pytest.raises(ParameterError, match="stored for PyTorch"):
        saved(tmp_path, {"a": [value]})


def test_parts_that_do_not_fill_a_storage(tmp_path):
    storage = Storage("0", "int64", 3)
    with pytest.raises(ParameterError, match="16 bytes of values"):
        saved(tmp_path, Tensor(storage, 0, (3,)), {storage: [np.arange(2)]})


def test_reading_runs_nothing(tmp_path):
    path = saved(tmp_path, {"a": np.arange(3)})
    with pytest.raises(FileFormatError, match=r"a\.pt: cannot be read: it holds a"):
        read_plain(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(FileFormatError, match=r"it holds a os\.system"):
        read_plain(path)


@pytest.mark.parametrize("share", [0, 0.3, 0.9])
def test_a_file_that_is_cut_off(tmp_path, share):
    path = saved(tmp_path, {"a": 1})
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(FileFormatError, match="cannot be read"):
        read_plain(path)
