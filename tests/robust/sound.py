"""Sound small inputs of every format, which the corpus is made of."""

import json
from pathlib import Path

import h5py
import numpy as np
import tifffile
from PIL import Image
from tests.pixels.conftest import write_project
from tests.tomo.formats.conftest import counts

from batchwork.io import open_file
from batchwork.io.containers.images import write_image
from batchwork.io.containers.tables import write_table
from batchwork.tactile.kernels.events import Events
from batchwork.tactile.results.checkpoint import Checkpoint
from batchwork.tactile.results.layout import Layout, Response
from batchwork.tactile.results.shards import Shard

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 255, (40, 50)).astype(np.uint8)

TACTILE = """\
batch: {output_dir: out, format: pytorch, num_workers: 2}
pipeline: {grid_size: 8, duration_ms: 50.0, dt_ms: 0.5}
neurons: {sa_neurons: 10, ra_neurons: 10}
stimuli:
  - type: gaussian
    amplitude: [10, 20]
    sigma: [0.3, 0.5]
    repetitions: 2
"""
BATCH = "workflow: tomo\nitems: scans/*.h5\nout: results\nrun: {workers: 2, timeout: 30min}\n"
FEATURES = "GaussianSmoothing: [0.7, 1.6]\nin_2d: [1.6]\n"


def dxchange(path: Path) -> None:
    """Write a scan in the DXchange layout."""
    with h5py.File(path, "w") as file:
        for name, values in counts().items():
            file[f"exchange/{name}"] = values


def nxtomo(path: Path) -> None:
    """Write a scan in the NXtomo layout."""
    told = counts()
    frames = np.concatenate([told["data_dark"], told["data_white"], told["data"]])
    keys = np.repeat([2, 1, 0], [len(told[name]) for name in ("data_dark", "data_white", "data")])
    with h5py.File(path, "w") as file:
        entry = file.create_group("entry1/tomo_entry")
        entry["data/data"], entry["instrument/detector/image_key"] = frames, keys
        entry["data/rotation_angle"] = told["theta"]


def tiff_scan(path: Path) -> None:
    """Write projections as one TIFF stack."""
    tifffile.imwrite(path, counts()["data"])


def volume(path: Path) -> None:
    """Write a reconstructed volume."""
    with h5py.File(path, "w") as file:
        file["exchange/data"] = RNG.random((4, 16, 16), np.float32)
        file["exchange/data"].attrs["provenance"] = "{}"


def stack(path: Path) -> None:
    """Write a reconstructed volume as a folder of slices."""
    path.mkdir()
    for index in range(3):
        tifffile.imwrite(
            path / f"recon_{index:05d}.tiff", RNG.random((16, 16), np.float32), description='{"units": "1/cm"}'
        )


def container(path: Path) -> None:
    """Write a container with an image and, if it can hold text, a table."""
    with open_file(path, "w") as file:
        write_image(file, "raw", PIXELS.astype(np.uint16))
        if path.suffix != ".n5":  # holds no text
            write_table(file, "cells", {"label": np.arange(5), "name": np.array(["a", "b", "c", "d", "e"])})


def array(path: Path) -> None:
    """Write one image as HDF5, N5 or Zarr."""
    with open_file(path, "w") as file:
        file.create_dataset("data", data=PIXELS, chunks=(16, 16))


def site(path: Path) -> None:
    """Write a site of a plate."""
    tifffile.imwrite(path, RNG.integers(0, 4000, (3, 32, 40)).astype(np.uint16), photometric="minisblack")


def packed(path: Path) -> None:
    """Write a compressed TIFF."""
    tifffile.imwrite(path, np.stack([PIXELS] * 3).astype(np.uint16), compression="zlib", photometric="minisblack")


def checkpoint(path: Path) -> None:
    """Write a checkpoint of touch."""
    Checkpoint(2, 4, 2, {"pipeline": {"grid_size": 8}}, ("a.events.h5",)).write(path)


def shard(path: Path) -> None:
    """Write a shard of spikes."""
    layout = Layout("f" * 16, 20, {"sa": 5})
    spikes = Events(np.array([1, 2], np.int32), np.array([0, 3], np.int32), 20, 5)
    Shard.of(layout, [Response("k", {"amplitude": 10.0}, {"sa": spikes})]).write(path.parent).rename(path)


def texts() -> dict[str, tuple[str, str]]:
    """Give text inputs: reader → name, content."""
    mapping = {"DAPI": "nuclei", "WF_GFP": "marker", "TRITC": "serum_IgG", "DIA": None}
    return {
        "batch": ("batch.yml", BATCH),
        "tactile": ("sweep.yml", TACTILE),
        "settings": ("plate.conf", "threshold = 4.8\nbackground = darkest\nfolder = out\n"),
        "features": ("features.yml", FEATURES),
        "mapping": ("channel_mapping.json", json.dumps(mapping)),
        "plate_map": ("map.csv", "well,condition,control\nA01,none,mock\nA02,serum 1,positive\n"),
        "outliers": ("outliers.csv", "filename,label\nA01.tiff,1\nA02.tiff,0\n"),
        "item_table": ("items.csv", "key,file,dose\na,a.tif,1\nb,b.tif,2.5\n"),
        "centres_json": ("rot_cen.json", '{"scan_001.h5": 1024.5, "scan_002.h5": 1020}'),
        "centres_csv": ("batch_cor_values.csv", "Filename,COR\nscan_001.h5,1024.5\n"),
        "theta": ("theta.txt", "\n".join(str(angle) for angle in counts()["theta"]) + "\n"),
    }


FILES = {
    "scan": (("scan_001.h5", dxchange), ("scan_002.nxs", nxtomo), ("scan_003.tif", tiff_scan)),
    "volume": (("volume.h5", volume), ("scan_rec", stack)),
    "image": (("a.h5", array), ("b.n5", array), ("c.zarr", array), ("d.tif", site), ("e.tif", packed),
              ("f.npy", lambda path: np.save(path, PIXELS)), ("g.png", lambda path: Image.fromarray(PIXELS).save(path)),
              ("h.jpg", lambda path: Image.fromarray(PIXELS).save(path)),
              ("i.bmp", lambda path: Image.fromarray(PIXELS).save(path))),
    "project": (("cells.ilp", write_project),),
    "container": (("a.h5", container), ("b.n5", container), ("c.zarr", container)),
    "site": (("WellA01_PointA01_0000_ChannelDAPI,WF_GFP,TRITC_Seq0000.tiff", site), ("packed.tiff", packed)),
    "checkpoint": (("checkpoint.pt", checkpoint),),
    "shard": (("00000.events.h5", shard),),
}  # fmt: skip
"""Reader → names and what writes them."""
