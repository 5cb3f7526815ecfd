"""What a room imports is declared: by the package, by the extra of its own, or by one that is said here."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

import batchwork

SOURCE = Path(batchwork.__file__).parent
PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DISTRIBUTIONS = {
    "PIL": "pillow", "cupy": "cupy-cuda12x", "cupyx": "cupy-cuda12x", "pydantic_core": "pydantic", "pywt": "pywavelets",
    "ruamel": "ruamel.yaml",
}  # fmt: skip
"""What is to be installed, by what is imported, where these differ; the core of pydantic is a part of it."""
PACKS = ("tomo", "pixels", "tactile", "screening")
MORE = {
    "tomo/training": {"training"},
    "tomo/models/tomocor": {"tomocor"},
    "tomo/kernels/gpu": {"gpu", "torch"},
    "tomo/devices.py": {"gpu", "torch"},
    "tomo/spectra.py": {"spectra"},
    "tomo/kernels/hardening_beam.py": {"spectra"},
    "tactile/kernels/batched": {"torch"},
    "tactile": {"torch", "report", "parquet"},
    "pixels/objects": {"parquet"},
    "tomo_objects": {"tomo", "pixels", "parquet"},
    "screening/networks.py": {"networks", "torch"},
    "io": set(PACKS) | {"parquet"},
    "jobs": set(PACKS),
}
"""Extras beside a pack's own that part of a room may ask for, where it says how to install them."""
ONE_FORMAT = {"io/containers/zarr_groups.py": {"zarr", "numcodecs"}}
"""Libraries of modules that are imported only when their format is asked for."""
AUTHORS = {"testing": {"pytest"}}
"""What they have who use a room that no command does."""
SHARED = {"io", "jobs"}
"""Rooms of all packs: what they import when they are imported, each pack's extra installs."""


def listed(extras):
    lines = [*PROJECT["dependencies"], *(line for one in extras for line in PROJECT["optional-dependencies"][one])]
    return {re.split(r"[>=;\s\[]", line)[0] for line in lines}


def imported(nodes):
    """Name the libraries that are imported below some nodes."""
    for node in (found for top in nodes for found in ast.walk(top)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        else:
            continue
        tops = {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"batchwork"}
        yield from (DISTRIBUTIONS.get(top, top) for top in tops)


def extras_of(name):
    """Name the extras that a module may need: the pack's own, and those of its part of the room."""
    room = name.partition("/")[0]
    more = (extras for part, extras in MORE.items() if name == part or name.startswith(f"{part}/"))
    return ({room} & set(PACKS)).union(*more)


MODULES = {str(path.relative_to(SOURCE)): ast.parse(path.read_text("utf-8")) for path in SOURCE.rglob("*.py")}


@pytest.mark.parametrize("room", sorted({name.partition("/")[0] for name in MODULES}))
def test_what_a_room_imports_is_declared(room):
    for name, tree in MODULES.items():
        if name.partition("/")[0] == room:
            assert set(imported([tree])) - AUTHORS.get(room, set()) <= listed(extras_of(name)), name


@pytest.mark.parametrize("pack", PACKS)
def test_what_all_packs_share_is_in_the_extra_of_each(pack):
    for name, tree in MODULES.items():
        if name.partition("/")[0] in SHARED:
            tops = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
            assert set(imported(tops)) - ONE_FORMAT.get(name, set()) <= listed({pack}), name


def test_every_extra_is_in_all_but_what_needs_a_machine_or_a_gigabyte():
    (every,) = PROJECT["optional-dependencies"]["all"]
    told = set(re.search(r"\[(.*)\]", every)[1].split(","))
    assert set(PROJECT["optional-dependencies"]) - told == {
        "all",
        "gpu",
        "tomocor",
        "torch",
        "training",
        "tomo-objects",
    }
