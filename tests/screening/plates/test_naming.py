import pytest

from batchwork.screening.plates.errors import NamingError
from batchwork.screening.plates.naming import open_folder


def touch(folder, *names):
    for name in names:
        (folder / name).write_bytes(name.encode())


def test_the_assays_names_are_read(tmp_path):
    name = "WellB03_PointB03_0007_ChannelDAPI,WF_GFP,TRITC,DIA_Seq0021.tiff"
    touch(tmp_path, name, "notes.tif", ".hidden.tiff")
    plate = open_folder(tmp_path)
    (site,) = plate.sites
    assert (site.key, site.well, site.site, site.sequence) == (name, "B03", 7, 21)
    assert plate.channels == ["DAPI", "WF_GFP", "TRITC", "DIA"]
    assert plate.others == ("notes.tif",)


def test_files_of_single_channels_become_one_site(tmp_path):
    touch(
        tmp_path, "r02c11f03p01-ch2sk1fk1fl1.tiff", "r02c11f03p01-ch1sk1fk1fl1.tiff", "r02c11f04p01-ch1sk1fk1fl1.tiff"
    )
    plate = open_folder(tmp_path)
    assert plate.scheme.name == "operetta"
    assert [(site.key, site.channels) for site in plate.sites] == [("B11_0003", ("1", "2")), ("B11_0004", ("1",))]
    row = plate.sites[0].row()
    assert (row["well"], row["site"]) == ("B11", "3")
    path, size, _ = row["planes"]["2"]
    assert (path, size) == (str(tmp_path / "r02c11f03p01-ch2sk1fk1fl1.tiff"), 30)


def test_imagexpress_names_are_read(tmp_path):
    touch(tmp_path, "run 7_P24_s2_w1.TIF".lower().replace("p24", "P24"), "run 7_P24_s2_w2.tif")
    (site,) = open_folder(tmp_path).sites
    assert (site.key, site.channels) == ("P24_0002", ("1", "2"))


def test_a_pattern_of_ones_own_counts(tmp_path):
    touch(tmp_path, "plate.A1.3.tif")
    (site,) = open_folder(tmp_path, r"plate\.(?P<well>[A-H]\d+)\.(?P<site>\d+)\.tif").sites
    assert (site.key, site.well, site.site) == ("plate.A1.3.tif", "A01", 3)


@pytest.mark.parametrize("naming", ["(", "nonsense", "(?P<well>A1)", "(?P<row>1)(?P<site>2)"])
def test_a_naming_that_cannot_be_used_is_refused(tmp_path, naming):
    touch(tmp_path, "WellA01_PointA01_0000_ChannelDAPI_Seq0000.tiff")
    with pytest.raises(NamingError):
        open_folder(tmp_path, naming)
