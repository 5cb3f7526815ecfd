import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchwork.pixels.blocking import Region, block_bytes, block_size, blocks_of
from batchwork.pixels.kernels.features import ClassifierKernels

from .forests import blobs, classifier_for


@pytest.fixture(scope="module")
def flat():
    image = blobs(1, 40, 40)[..., None]
    return [ClassifierKernels.of(classifier_for(image, (0.3, 10.0)), 1, volume=False)]


@pytest.fixture(scope="module")
def deep():
    image = blobs(16, 20, 20)[..., None]
    return [ClassifierKernels.of(classifier_for(image, (0.3, 3.5)), 1, volume=True)]


def region(*shape):
    return Region((0, 1), tuple((0, n) for n in shape))


@given(st.tuples(*[st.integers(1, 9)] * 3), st.tuples(*[st.integers(1, 5)] * 3), st.tuples(*[st.integers(0, 4)] * 3))
def test_blocks_cover_a_region_once(extent, size, start):
    box = tuple((a, a + n) for a, n in zip(start, extent, strict=True))
    seen = np.zeros((2, 14, 14, 14), int)
    for time, block in blocks_of(Region((0, 2), box), size):
        seen[(time, *(slice(*span) for span in block))] += 1
    wanted = np.zeros_like(seen)
    wanted[(slice(None), *(slice(*span) for span in box))] = 1
    np.testing.assert_array_equal(seen, wanted)


def test_blocks_keep_to_the_memory(flat, deep):
    for stages, shape in ((flat, (1, 9000, 9000)), (deep, (512, 512, 512))):
        for limit in (64 << 20, 256 << 20, 1 << 30):
            size = block_size(stages, 1, region(*shape), threads=2, max_bytes=limit)
            assert 2 * block_bytes(stages, 1, size) <= limit
        largest = block_size(stages, 1, region(*shape), threads=2, max_bytes=1 << 40)
        assert np.prod(size) <= np.prod(largest)


def test_the_least_block_is_a_tile(flat, deep):
    assert block_size(flat, 1, region(1, 9000, 9000), threads=2, max_bytes=1) == (1, 32, 64)
    assert block_size(deep, 1, region(512, 512, 512), threads=2, max_bytes=1) == (8, 32, 64)


def test_every_thread_has_work_unless_blocks_would_be_small(flat):
    assert block_size(flat, 1, region(1, 100, 200), threads=4, max_bytes=1 << 30) == (1, 100, 200)
    rows, columns = block_size(flat, 1, region(1, 1024, 1024), threads=4, max_bytes=1 << 30)[1:]
    assert (1024 // rows) * (1024 // columns) >= 8


def test_stages_after_one_another_take_more(flat):
    assert block_bytes([*flat, *flat], 1, (1, 256, 256)) > block_bytes(flat, 1, (1, 256, 256))
