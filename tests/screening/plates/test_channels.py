import json

import pytest

from batchwork.screening.plates.channels import find_mapping, read_mapping, roles_of, serum_name
from batchwork.screening.plates.errors import ChannelMappingError

GOOD = {"DAPI": "nuclei", "WF_GFP": "marker", "TRITC": "serum_IgG", "WF_Cy5": "serum_IgA", "DIA": None}


def test_roles_by_channel_leave_out_what_is_dropped():
    roles = roles_of(GOOD)
    assert roles.channels == {"nuclei": "DAPI", "marker": "WF_GFP", "serum_IgG": "TRITC", "serum_IgA": "WF_Cy5"}
    assert roles.serums == ("serum_IgA", "serum_IgG")
    assert [serum_name(role) for role in (*roles.serums, "serum")] == ["IgA", "IgG", "serum"]


def test_outlines_come_from_cells_then_from_igg_then_from_any_serum():
    assert roles_of(GOOD).outlines == "serum_IgG"
    assert roles_of({**GOOD, "DIA": "cells"}).outlines == "cells"
    assert roles_of({"a": "nuclei", "b": "marker", "c": "serum_IgM", "d": "serum_IgA"}).outlines == "serum_IgA"


@pytest.mark.parametrize("missing", ["DAPI", "WF_GFP"])
def test_a_role_that_is_needed_and_missing_is_named(missing):
    role = GOOD[missing]
    with pytest.raises(ChannelMappingError, match=f"no channel is mapped to '{role}'"):
        roles_of({channel: r for channel, r in GOOD.items() if channel != missing})


def test_a_mapping_is_found_beside_the_images(tmp_path):
    (tmp_path / "channel_mapping.json").write_text(json.dumps(GOOD))
    assert find_mapping(tmp_path, None, ["DAPI"]) == GOOD


@pytest.mark.parametrize("text", ["[]", "{", '{"a": 1}', "\xff"])
def test_a_file_that_is_no_mapping_is_named(tmp_path, text):
    path = tmp_path / "m.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ChannelMappingError, match=r"m\.json"):
        read_mapping(path)


def test_without_a_mapping_the_channels_are_listed_ready_to_be_mapped(tmp_path):
    with pytest.raises(
        ChannelMappingError, match=r'channels DAPI, DIA\. Write the file as {"DAPI": null, "DIA": null}'
    ):
        find_mapping(tmp_path, None, ["DAPI", "DIA"])
    with pytest.raises(ChannelMappingError, match="they are 0, 1 and so on"):
        find_mapping(tmp_path, None, [])
