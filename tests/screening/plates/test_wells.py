import pytest

from batchwork.screening.plates.wells import FORMATS, Place, format_of, place_of
from batchwork.screening.simulation.plate import well_names


@pytest.mark.parametrize("wells", [24, 96, 384, 1536])
def test_names_of_all_wells_are_read_back(wells):
    rows, columns = FORMATS[wells]
    found = [place_of(name) for name in well_names(wells)]
    assert found == [Place(row, column) for row in range(rows) for column in range(columns)]
    assert [place.name for place in found] == well_names(wells)


@pytest.mark.parametrize(("text", "name"), [("a1", "A01"), (" H012 ", "H12"), ("AF48", "AF48"), ("af048", "AF48")])
def test_other_ways_to_write_a_well_are_known(text, name):
    assert place_of(text).name == name


@pytest.mark.parametrize("text", ["", "1A", "A0", "AG1", "A100", "well"])
def test_what_is_no_well_is_none(text):
    assert place_of(text) is None


@pytest.mark.parametrize(
    ("last", "shape"), [("A01", (8, 12)), ("H12", (8, 12)), ("I01", (16, 24)), ("A13", (16, 24)), ("Q01", (32, 48))]
)
def test_a_partial_plate_is_the_smallest_usual_one(last, shape):
    assert format_of([place_of("A01"), place_of(last)]) == shape
