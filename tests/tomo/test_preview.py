import numpy as np
import pytest

from batchwork.tomo.preview import PREVIEW_PX, preview_pixels, write_preview


@pytest.mark.parametrize(("n", "side"), [(1, 1), (511, 511), (512, 512), (513, 256), (1024, 512), (2448, 489)])
def test_the_picture_is_at_most_512_pixels_wide(n, side):
    assert preview_pixels(np.zeros((n, n), np.float32)).shape == (side, side)
    assert side <= PREVIEW_PX


def test_black_and_white_are_the_5th_and_95th_percentile():
    image = np.linspace(-1, 1, 10_000, dtype=np.float32).reshape(100, 100)
    pixels = preview_pixels(image).ravel()
    assert pixels[500] == 0
    assert pixels[499:502].max() <= 1
    assert pixels[9499] >= 254
    assert pixels[5000] == pytest.approx(128, abs=1)


def test_what_is_not_finite_is_black_and_flat_images_do_not_divide_by_zero():
    image = np.full((8, 8), 3, np.float32)
    assert not preview_pixels(image).any()
    image[0, :4] = 5, 7, np.nan, np.inf
    assert preview_pixels(image)[0, 2:4].tolist() == [0, 0]
    assert not preview_pixels(np.full((8, 8), np.nan, np.float32)).any()


def test_it_is_written_as_png(tmp_path):
    write_preview(tmp_path / "a.png", np.eye(16, dtype=np.float32))
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
