import numpy as np
import pytest

from batchwork.screening.plates.containers import CELLS, read_image, read_images, write_images

IMAGE = np.random.default_rng(0).integers(0, 60_000, (300, 280)).astype(np.uint16)


@pytest.mark.parametrize("suffix", ["h5", "n5"])
@pytest.mark.parametrize(("most", "kind"), [(500, np.uint16), (70_000, np.uint32)])
def test_images_and_labels_come_back(tmp_path, suffix, most, kind):
    labels = np.zeros(IMAGE.shape, np.int32)
    labels[5:9, 7:9] = most
    path = tmp_path / f"a.{suffix}"
    write_images(path, {"nuclei": IMAGE, "serum_IgG": IMAGE + 1}, {CELLS: labels})
    found = read_images(path)
    assert set(found) == {"nuclei", "serum_IgG", CELLS}
    assert np.array_equal(found["serum_IgG"], IMAGE + 1)
    assert np.array_equal(read_image(path, CELLS), labels)
    assert found[CELLS].dtype == kind


def test_the_same_images_give_the_same_bytes(tmp_path):
    for name in ("a.h5", "b.h5"):
        write_images(tmp_path / name, {"nuclei": IMAGE}, {CELLS: IMAGE > 900})
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()
