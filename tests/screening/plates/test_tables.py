import pytest

from batchwork.screening.plates.errors import PlateTableError
from batchwork.screening.plates.tables import MapRow, read_outliers, read_plate_map, wells_that_are

IMAGES = ["WellA01_PointA01_0000_ChannelDAPI,TRITC_Seq0000.tiff", "b.tiff", "c.tiff"]


def test_outliers_are_found_by_name_with_or_without_suffix(tmp_path):
    path = tmp_path / "o.csv"
    path.write_text(f"filename,label\n{IMAGES[0]},1\nb.h5,0\nc,-1\n")
    assert read_outliers(path, IMAGES) == {IMAGES[0]: 1, "b.tiff": 0, "c.tiff": -1}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("filename,label\nb,2\n", r"o\.csv:2: '2' is no label"),
        ("filename,label\nb,1\nx,1\n", r"o\.csv:3: there is no image 'x'"),
        ("name,label\nb,1\n", "needs a column filename"),
        ("filename,label,by\nb,1\n", "not as many fields"),
    ],
)
def test_a_table_of_outliers_with_a_mistake_names_its_line(tmp_path, text, told):
    (tmp_path / "o.csv").write_text(text)
    with pytest.raises(PlateTableError, match=told):
        read_outliers(tmp_path / "o.csv", IMAGES)


def test_a_plate_map_names_controls(tmp_path):
    (tmp_path / "m.csv").write_text("well,condition,control,cohort\na1,none,Mock,\nB2,drug,,A\nh12,,background,\n")
    found = read_plate_map(tmp_path / "m.csv")
    assert found["B02"] == MapRow("drug", "", "A")
    assert wells_that_are(found, "mock") == ("A01",)
    assert wells_that_are(found, "background") == ("H12",)


@pytest.mark.parametrize("text", ["well\nA01\nA1\n", "well\nZZ1\n", "place\nA01\n"])
def test_a_plate_map_with_a_mistake_is_refused(tmp_path, text):
    (tmp_path / "m.csv").write_text(text)
    with pytest.raises(PlateTableError, match=r"m\.csv"):
        read_plate_map(tmp_path / "m.csv")
