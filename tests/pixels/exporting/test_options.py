import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.pixels.exporting.converting import Conversion
from batchwork.pixels.exporting.options import ExportOptions, ResultType, parse_range


@pytest.mark.parametrize(
    ("text", "stages", "name"),
    [
        ("Probabilities", 1, "Probabilities"),
        ("simple_segmentation", 1, "Simple Segmentation"),
        ("Probabilities Stage 1", 2, "Probabilities Stage 1"),
        ("probabilities-stage-all", 2, "Probabilities Stage All"),
        ("Probabilities All Stages", 2, "Probabilities Stage All"),
        ("Probabilities All", 2, "Probabilities Stage All"),
        ("Input Stage 2", 2, "Input Stage 2"),
    ],
)
def test_export_sources(text, stages, name):
    assert ResultType.parse(text, stages).name == name


@pytest.mark.parametrize(
    ("text", "stages"), [("Probabilitis", 1), ("Probabilities Stage 1", 1), ("Features Stage 3", 2)]
)
def test_unknown_export_sources_name_the_nearest(text, stages):
    with pytest.raises(ParameterError, match=r"is unknown; (did you mean|known)"):
        ResultType.parse(text, stages)


@pytest.mark.parametrize(
    "given",
    [
        {"export_dtype": "uint64"},
        {"pipeline_result_drange": (0, 1)},
        {"export_drange": (0, 1)},
        {"pipeline_result_drange": (1, 0), "export_drange": (0, 1)},
        {"output_internal_path": "/"},
    ],
)
def test_options_that_contradict_themselves(given):
    with pytest.raises(ParameterError):
        ExportOptions(**given)


def test_ranges():
    assert parse_range("(0.0,255)") == (0.0, 255.0)
    for text in ("", "1", "(1,2,3)", "(a,b)"):
        with pytest.raises(ParameterError, match="no range"):
            parse_range(text)


@pytest.mark.parametrize(
    ("dtype", "before", "after", "wanted"),
    [
        ("uint8", (0, 1), (0, 255), [0, 128, 255]),
        ("uint8", (0, 1), (0, 510), [0, 255, 255]),
        ("int16", (0, 1), (-100, 100), [-100, 0, 100]),
        ("float64", None, None, [0, 0.5, 1]),
        ("uint16", (3, 3), (7, 9), [7, 7, 7]),
        ("uint8", None, None, [0, 0, 1]),
    ],
)
def test_values_are_stretched_rounded_and_cut_off(dtype, before, after, wanted):
    found = Conversion(np.dtype(dtype), before, after)(np.array([0, 0.5, 1], np.float32))
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, wanted)
