import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchwork.errors import ConfigError
from batchwork.tomo.centres import (
    NoCentre,
    centre_rows,
    choose_centre,
    parse_assignments,
    parse_centre,
    read_centre_list,
)

SCAN = Path("/data/foam_001.h5")


@pytest.mark.parametrize(
    ("own", "fallback", "chosen"),
    [(30.25, None, 30.25), (30.25, 40.0, 30.25), (None, 40.0, 40.0), (0.0, 40.0, 0.0), (math.nan, 40.0, 40.0),
     (math.inf, 40.0, 40.0), (64.0, 40.0, 40.0), (-3.0, 40.0, 40.0), (63.5, None, 63.5), (-0.5, None, -0.5)],
)  # fmt: skip
def test_the_scans_own_centre_comes_first_and_an_unusable_one_counts_as_none(own, fallback, chosen):
    assert choose_centre(SCAN, 64, own, fallback) == chosen


@pytest.mark.parametrize(("own", "fallback"), [(None, None), (math.nan, None), (None, 1e9), (-5.0, 64.0)])
def test_without_a_centre_the_scan_and_the_remedy_are_named(own, fallback):
    with pytest.raises(
        NoCentre, match=r"foam_001\.h5 has no centre .*batchwork tomo set /data foam_001\.h5=COR.*--cor"
    ):
        choose_centre(SCAN, 64, own, fallback)


def test_an_unusable_centre_is_named():
    with pytest.raises(NoCentre, match=r"\(1000: not on its 64 columns\)"):
        choose_centre(SCAN, 64, 1000, None)
    with pytest.raises(NoCentre, match=r"\(1000: not on its 64 columns\)"):
        choose_centre(SCAN, 64, 1000, 1000)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_number_is_read_as_it_stands(centre):
    assert parse_centre(f" {centre!r} ") == centre


@pytest.mark.parametrize("text", ["abc", "nan", "inf", "1,5", "0x10"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ConfigError, match="is no centre of rotation"):
        parse_centre(text)


def test_assignments():
    assert parse_assignments(["a=1.5", "b.h5=", "c=d=2"]) == {"a": 1.5, "b.h5": None, "c=d": 2.0}
    for word in ("a", "=3"):
        with pytest.raises(ConfigError, match="write SCAN=COR"):
            parse_assignments([word])


def test_a_centre_list_of_the_reference_program(tmp_path):
    path = tmp_path / "rot_cen.json"
    listed = {
        "/old/a.h5": "10.5",
        "b.h5": ["20", "21"],
        "c.h5": 30,
        "d.h5": "",
        "e.h5": "none",
        "f.h5": [],
        "g.h5": None,
    }
    path.write_text(json.dumps(listed))
    assert read_centre_list(path) == {"a.h5": 10.5, "b.h5": 20.0, "c.h5": 30.0}


@pytest.mark.parametrize(
    ("text", "told"), [("[1, 2]", "no list of centres"), ("{", "no JSON"), (None, "cannot be read")]
)
def test_what_is_no_centre_list_is_told(tmp_path, text, told):
    path = tmp_path / "rot_cen.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError, match=told):
        read_centre_list(path)


def test_rows_of_the_table():
    origin = {"by": "hand", "confidence": None, "when": "now", "previous": 3.0, "note": ""}
    items = [
        {"key": "a", "values": {"cor": 4.0}, "origins": {"cor": origin}},
        {"key": "b", "values": {}},
        {"key": "c", "values": {}, "proposed": {"cor": 5.0}},
    ]
    assert centre_rows({"items": items}) == [
        ["a", "4.00", "hand", "", "now", "3.00"],
        ["b", "", "", "", "", ""],
        ["c", "(proposed: 5.00)", "", "", "", ""],
    ]


def test_the_older_table_of_centres_is_read(tmp_path):
    path = tmp_path / "batch_cor_values.csv"
    path.write_text(
        "\ufeffFilename,COR\n/data/a_001.h5,1024.5\n/data/a_002.h5,\n/data/a_003.h5,oops\nb.h5, 12 \n", "utf-8"
    )
    assert read_centre_list(path) == {"a_001.h5": 1024.5, "b.h5": 12.0}
    path.write_text("name,centre\na,1\n")
    with pytest.raises(ConfigError, match="Filename and COR"):
        read_centre_list(path)
    path.write_bytes(b"\xff\xfe\x00bad")
    with pytest.raises(ConfigError, match="it is no text"):
        read_centre_list(path)
