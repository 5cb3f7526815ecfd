"""The page about a scan, from a simulated one."""

import base64
import re
from html.parser import HTMLParser

import h5py
import numpy as np
import pytest

from batchwork.tomo.formats.metadata import read_facts
from batchwork.tomo.formats.reader import open_scan
from batchwork.tomo.formats.volume import VolumeInfo, volume_writer
from batchwork.tomo.formats.volumes.reading import open_volume
from batchwork.tomo.page_content import PageContent
from batchwork.tomo.publishing.scan_page import scan_page


class Page(HTMLParser):
    """Collects the pictures and everything that points somewhere."""

    def __init__(self, text):
        super().__init__()
        self.sources, self.links, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):  # noqa: ARG002 - the parser's signature
        for name, value in attrs:
            if name == "src":
                self.sources.append(value)
            elif name in {"href", "action", "srcset"}:
                self.links.append(value)

    def handle_data(self, data):
        self.words.append(data.strip())


@pytest.fixture
def volume(tmp_path, good_scan):
    folder = tmp_path / "scan_001_rec"
    folder.mkdir()
    info = VolumeInfo(range(3, 9), (40, 50), 57.1, "parzen", provenance={"stripe": "vo", "binning": 0})
    rng = np.random.default_rng(0)
    with volume_writer("tiff", folder, info) as writer:
        for index in info.slices:
            writer.write(index, rng.random((40, 50)).astype(np.float32))
    return folder


def page_of(path, volume, **options):
    with open_scan(path) as scan, open_volume(volume) as made:
        return scan_page(scan, made, PageContent(**options)).html()


def test_the_page_needs_nothing_but_itself(good_scan, volume):
    text = page_of(good_scan[0], volume)
    page = Page(text)
    assert page.links == []
    assert len(page.sources) == 4
    for source in page.sources:
        assert base64.b64decode(source.removeprefix("data:image/png;base64,")).startswith(b"\x89PNG")
    assert not re.search(r"https?://", text)


def test_it_tells_of_the_scan_and_of_how_it_was_reconstructed(good_scan, volume):
    words = Page(page_of(good_scan[0], volume, note="Look <here> & there")).words
    for word in ("scan_001.h5", "Look <here> & there", "181, 0° to 179°", "128 × 20 pixels", "57.1", "parzen", "vo",
                 "50 × 40 × 6", "simulated instrument", "measurement/instrument/detector/exposure_time"):  # fmt: skip
        assert any(word in text for text in words), word


def test_places_and_contrast_are_taken(good_scan, volume):
    text = page_of(good_scan[0], volume, low=0.25, high=0.75, column=1, row=2, slice=5)
    for word in ("Section z: slice 5", "Section y: row 2", "Section x: column 1", "0.25 to 0.75"):
        assert word in text


def test_facts_of_a_file_are_its_single_numbers_and_texts(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["exchange/data"] = np.zeros((2, 3, 4))
        file["process/energy"] = np.array([25.5])
        file["process/energy"].attrs["units"] = "keV"
        file["process/count"] = 7
        file["process/name"] = "a tooth"
        file["process/many"] = np.arange(4)
        file["process/nothing"] = h5py.SoftLink("/gone")
    found = {fact.name: (fact.value, fact.unit) for fact in read_facts(tmp_path / "a.h5")}
    assert found == {"process/energy": ("25.5", "keV"), "process/count": ("7", ""), "process/name": ("a tooth", "")}


def test_a_file_that_is_no_hdf5_has_no_facts(tmp_path):
    (tmp_path / "a.tif").write_bytes(b"II*\0")
    assert read_facts(tmp_path / "a.tif") == []
    assert read_facts(tmp_path) == []
