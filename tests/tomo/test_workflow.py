"""What the pack declares, and what importing it costs."""

import subprocess
import sys

import pytest

from batchwork.engine.definition import Definition
from batchwork.engine.items import files
from batchwork.engine.loading import load_pack, pack_workflow
from batchwork.errors import ParameterError
from batchwork.tomo.kernels.filters import FILTER_NAMES
from batchwork.tomo.workflow import flow, full


def test_the_pack_is_registered():
    assert load_pack("tomo").workflow == "batchwork.tomo.workflow:flow"
    assert pack_workflow("tomo") is flow


@pytest.mark.parametrize("module", ["pack", "workflow", "cli"])
def test_declarations_load_no_numerical_library(module):
    code = (
        f"import sys, batchwork.tomo.{module}\n"
        "print([m for m in ('numpy', 'scipy', 'numba', 'h5py', 'tifffile') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_parameter_has_a_meaning_and_the_filters_are_those_of_the_kernel():
    parameters = {parameter.name: parameter for parameter in full.parameters}
    assert all(parameter.help for parameter in parameters.values())
    assert parameters["fallback_cor"].unit == "columns"
    assert sorted(parameters["filter"].annotation.__args__) == sorted(set(FILTER_NAMES) - {"none"})


@pytest.mark.parametrize(
    ("name", "value"),
    [("filter", "none"), ("rows", "5"), ("columns", "a:b"), ("binning", 4), ("binning", -1), ("units", "1/m"),
     ("memory_gb", 0), ("fallback_cor", "middle"), ("filtre", "ramp")],
)  # fmt: skip
def test_parameters_are_checked_before_anything_runs(tmp_path, name, value):
    with pytest.raises(ParameterError, match=name):
        Definition(flow, files("*.h5"), tmp_path, {"full": {name: value}}).recipes()
