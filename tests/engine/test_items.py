"""Where items come from."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchwork.engine.items import (
    FileItems,
    FoundItems,
    ItemSource,
    SweepItems,
    TableItems,
    files,
    from_plain,
    items,
    point_key,
    sweep,
)
from batchwork.errors import ConfigError
from batchwork.io.fingerprints import fingerprint

NOWHERE = Path("/nowhere")


def keys(source: ItemSource, skip: Path = NOWHERE) -> list[str]:
    return [found.key for found in source.find(skip)]


def attributes(source: ItemSource) -> dict[str, dict[str, object]]:
    return {found.key: source.attributes(found) for found in source.find(NOWHERE)}


def put(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


class TestFiles:
    def test_in_natural_order_each_once_with_its_fingerprint(self, tmp_path):
        put(tmp_path, "a_10.h5", "a_2.h5", "b_1.h5", "note.txt")
        source = files(tmp_path / "*.h5", tmp_path / "a_*")
        found = list(source.find(NOWHERE))
        assert [f.key for f in found] == ["a_2.h5", "a_10.h5", "b_1.h5"]
        assert [f.sort for f in found] == sorted(f.sort for f in found)
        assert [f.source for f in found] == [str(tmp_path / f.key) for f in found]
        assert all(f.print == fingerprint(f.source) for f in found)

    def test_keys_count_from_the_fixed_part_of_the_patterns(self, tmp_path):
        put(tmp_path, "day1/a.h5", "day2/a.h5")
        assert keys(files(tmp_path / "day*" / "*.h5")) == ["day1/a.h5", "day2/a.h5"]
        assert keys(files(tmp_path / "day1" / "*.h5")) == ["a.h5"]
        assert keys(files(tmp_path / "day1", tmp_path / "day2" / "a.h5")) == ["day1/a.h5", "day2/a.h5"]

    def test_series_and_index(self, tmp_path):
        put(tmp_path, "a_010.h5", "tooth.h5", "day1/a_2.h5", "day1/7.h5")
        assert attributes(files(tmp_path / "**" / "*.h5")) == {
            "a_010.h5": {"series": "a", "index": 10},
            "tooth.h5": {"series": "tooth", "index": 0},
            "day1/a_2.h5": {"series": "day1/a", "index": 2},
            "day1/7.h5": {"series": "day1/", "index": 7},
        }

    def test_attributes_from_the_name(self, tmp_path):
        put(tmp_path, "P1/B03_s2.tif")
        source = files(tmp_path / "*" / "*.tif", attrs=r"(?P<plate>\w+)/(?P<well>[A-H]\d\d)_s(?P<site>\d)")
        assert attributes(source)["P1/B03_s2.tif"] == {
            "series": "P1/B03_s", "index": 2, "plate": "P1", "well": "B03", "site": "2",
        }  # fmt: skip
        put(tmp_path, "P1/other.tif")
        with pytest.raises(ConfigError, match=r"item 'P1/other\.tif' does not match attrs"):
            attributes(source)

    def test_what_is_excluded_is_no_item(self, tmp_path):
        put(tmp_path, "a.tif", "a_flats.tif", "day/b.tif", "day/c.tif")
        source = files(tmp_path / "**" / "*.tif", exclude=["*_flats.tif", "day/c*"])
        assert [found.key for found in source.find(NOWHERE)] == ["a.tif", "day/b.tif"]
        assert from_plain(source.plain()) == source

    def test_directories_with_a_suffix_are_items(self, tmp_path):
        put(tmp_path, "a.zarr/0", "a.zarr/1", "b/0")
        (found,) = files(tmp_path / "*.zarr").find(NOWHERE)
        assert found.key == "a.zarr"
        assert found.print == fingerprint(tmp_path / "a.zarr")
        assert found.print.files == 2

    def test_the_output_folder_is_no_input(self, tmp_path):
        put(tmp_path, "a.tif", "results/a.tif")
        assert keys(files(tmp_path / "**" / "*.tif"), tmp_path / "results") == ["a.tif"]

    def test_hidden_files_and_links_to_nothing_are_none(self, tmp_path):
        put(tmp_path, "a.tif", ".b.tif", ".c/d.tif")
        (tmp_path / "gone.tif").symlink_to("nothing")
        assert keys(files(tmp_path / "**" / "*.tif")) == ["a.tif"]

    def test_relative_patterns_count_from_the_current_folder(self, tmp_path, monkeypatch):
        here = tmp_path / "run[1]"
        put(here, "in/a.tif", "in/b[1].tif")
        monkeypatch.chdir(here)
        assert keys(files("in/*.tif")) == ["a.tif", "b[1].tif"]
        assert keys(files("in/b[1].tif")) == ["b[1].tif"]
        assert keys(files(Path("in"))) == ["a.tif", "b[1].tif"]
        monkeypatch.chdir(tmp_path)
        assert files("*").patterns == (f"{tmp_path}/*",)
        assert files("~/x").patterns == (f"{Path.home()}/x",)

    def test_names_in_any_script(self, tmp_path):
        put(tmp_path, "größe_1.tif", "試料_2.tif", "a b_3.tif")
        assert {a["series"] for a in attributes(files(tmp_path / "*")).values()} == {"größe", "試料", "a b"}

    def test_a_name_that_is_no_utf_8_is_told(self, tmp_path):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.tif")).touch()
        with pytest.raises(ConfigError, match=r"this file's name is no text in UTF-8; rename it"):
            keys(files(tmp_path / "*"))

    def test_what_is_no_pattern(self):
        with pytest.raises(ConfigError, match="needs at least one pattern"):
            files()
        with pytest.raises(ConfigError, match=r"'\(' is not a regular expression"):
            files("*", attrs="(")


class TestLists:
    def test_keys_and_attributes(self):
        source = items(["b_10", "b_9", {"key": 3, "well": "A1", "index": 7}])
        assert keys(source) == ["3", "b_9", "b_10"]
        assert attributes(source)["3"] == {"series": "", "index": 7, "well": "A1"}
        assert attributes(source)["b_9"] == {"series": "b", "index": 9}

    def test_sources(self, tmp_path, monkeypatch):
        put(tmp_path, "a.txt")
        monkeypatch.chdir(tmp_path)
        source = items([{"key": "a", "source": "a.txt"}, {"key": "b", "source": "/gone.txt"}, {"key": "c"}])
        monkeypatch.chdir("/")
        found = list(source.find(NOWHERE))
        assert [f.source for f in found] == [f"{tmp_path}/a.txt", "/gone.txt", None]
        assert [f.print for f in found] == [fingerprint(tmp_path / "a.txt"), None, None]

    def test_what_is_no_list(self):
        with pytest.raises(ConfigError, match="two items have the key '1'"):
            items([{"key": 1}, "1"])
        with pytest.raises(ConfigError, match=r"an item needs a 'key'; {'name': 'a'} has none"):
            items([{"name": "a"}])


class TestTables:
    def table(self, tmp_path: Path, text: str | bytes) -> TableItems:
        path = tmp_path / "items.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return TableItems(str(path))

    def test_columns_become_attributes(self, tmp_path):
        put(tmp_path, "in/a.tif")
        text = '\ufeffkey,file,dose,well,note\r\nx_2,in/a.tif,1.5,A01,\r\nx_1,,-3,007,"a, b"\r\n'
        source = self.table(tmp_path, text)
        assert keys(source) == ["x_1", "x_2"]
        assert attributes(source) == {
            "x_1": {"series": "x", "index": 1, "dose": -3, "well": "007", "note": "a, b"},
            "x_2": {"series": "x", "index": 2, "dose": 1.5, "well": "A01", "note": ""},
        }
        assert [f.source for f in source.find(NOWHERE)] == [None, str(tmp_path / "in" / "a.tif")]

    def test_without_a_key_the_first_column_names(self, tmp_path):
        assert attributes(self.table(tmp_path, "well,n\nA1,1e3\n")) == {
            "A1": {"series": "A", "index": 1, "well": "A1", "n": 1000.0}
        }

    def test_words_that_python_takes_for_numbers_stay_words(self, tmp_path):
        (row,) = attributes(self.table(tmp_path, "key,a,b,c,d\nx,nan,inf,1_000,+1\n")).values()
        assert [row[name] for name in "abcd"] == ["nan", "inf", "1_000", "+1"]

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("key,a\nx,1,2\n", "row 2 has not as many fields as the header"),
            ("key,a\ny,1\nx\n", "row 3 has not as many fields as the header"),
            ("key,a\nx,1\nx,2\n", "two items have the key 'x'"),
            ('key,a\nx,"1\n', "is no CSV in UTF-8: unexpected end of data"),
            (b"key\n\xff\n", "is no CSV in UTF-8"),
        ],
    )
    def test_tables_that_cannot_be_used(self, tmp_path, text, told):
        with pytest.raises(ConfigError, match=told):
            self.table(tmp_path, text)

    def test_a_table_that_is_not_there(self, tmp_path):
        with pytest.raises(ConfigError, match=r"none\.csv: cannot read the table of items: No such file"):
            TableItems(str(tmp_path / "none.csv"))

    def test_an_empty_table_has_no_items(self, tmp_path):
        assert keys(self.table(tmp_path, "key,a\n")) == keys(self.table(tmp_path, "")) == []


class TestSweeps:
    def test_every_combination_the_last_axis_fastest(self):
        source = sweep(a=[1, 2], b=["x", "y", "z"])
        found = list(source.find(NOWHERE))
        points = [source.attributes(f) for f in found]
        assert [tuple(p.values()) for p in points] == [(a, b) for a in (1, 2) for b in "xyz"]
        assert [f.key for f in found] == [point_key(p) for p in points]
        assert [f.sort for f in found] == sorted(f.sort for f in found)
        assert all(f.source is None and f.print is None for f in found)

    def test_a_point_keeps_its_key_when_the_sweep_grows(self):
        assert set(keys(sweep(a=[1, 2], b=[3]))) < set(keys(sweep(b=[5, 3], a=[0, 1, 2])))

    @pytest.mark.parametrize(
        ("axes", "told"),
        [
            ({}, "needs at least one name"),
            ({"a": []}, "'a' needs a list of values"),
            ({"a": "xyz"}, "'a' needs a list of values"),
            ({"a": [1, 2, 1]}, "'a' has the value 1 twice"),
            ({"a": [1, object()]}, "'a' has <object object at .*; values are numbers"),
        ],
    )
    def test_what_is_no_sweep(self, axes, told):
        with pytest.raises(ConfigError, match=told):
            sweep(**axes)

    @given(
        st.dictionaries(
            st.sampled_from("abc"), st.lists(st.integers() | st.text(), min_size=1, unique=True, max_size=4)
        )
    )
    def test_positions_and_points_agree(self, axes):
        source = SweepItems(axes)
        assert [source.attributes(f) for f in source.find(NOWHERE)] == list(source.points())


def test_a_source_comes_back_from_its_description(tmp_path):
    put(tmp_path, "a_1.tif")
    (tmp_path / "t.csv").write_text("key,file\nx,a_1.tif\n")
    sources = [
        files(tmp_path / "*.tif"),
        files(tmp_path / "*.tif", attrs="(?P<x>.)"),
        items(["a", {"key": "b", "n": 1}]),
        sweep(a=[1, 2.5, "x", [1, 2], None]),
        TableItems(str(tmp_path / "t.csv")),
        FoundItems(f"{__name__}:folders_and_texts", str(tmp_path)),
    ]
    for source in sources:
        again = from_plain(json.loads(json.dumps(source.plain())))
        assert type(again) is type(source)
        assert list(again.find(NOWHERE)) == list(source.find(NOWHERE))
        assert attributes(again) == attributes(source)
    assert from_plain(FileItems(("/a",)).plain()) == FileItems(("/a",))


@pytest.mark.parametrize("plain", [{}, {"files": "x"}, {"sweep": [1]}, {"items": []}])
def test_a_description_that_is_none(plain):
    with pytest.raises(ConfigError, match="is none of files, items, table, sweep"):
        from_plain(plain)


def folders_and_texts(folder):
    return [path for path in folder.iterdir() if path.is_dir() or path.suffix == ".txt"]


def test_what_a_function_finds_is_looked_for_each_time(tmp_path):
    (tmp_path / "a_2.txt").write_text("a")
    (tmp_path / "b.csv").write_text("b")
    source = FoundItems(f"{__name__}:folders_and_texts", str(tmp_path))
    assert [found.key for found in source.find(NOWHERE)] == ["a_2.txt"]
    (tmp_path / "a_1.5").mkdir()
    folder, file = source.find(NOWHERE)
    assert (folder.key, file.key) == ("a_1.5", "a_2.txt")
    assert file.print == fingerprint(tmp_path / "a_2.txt")
    assert source.attributes(file) == {"series": "a", "index": 2}
    assert source.attributes(folder) == {"series": "a_1", "index": 5}


def test_files_beside_the_source_count_as_the_item(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    row = {"key": "k", "source": str(tmp_path / "a"), "also": [str(tmp_path / "b")], "kind": "stack"}
    source = items([row])
    (before,) = source.find(tmp_path / "out")
    assert before.source == str(tmp_path / "a")
    assert "also" not in source.attributes(before)
    assert source.attributes(before)["kind"] == "stack"
    (tmp_path / "b").write_text("longer")
    (after,) = source.find(tmp_path / "out")
    assert after.print != before.print
    (tmp_path / "b").unlink()
    assert next(source.find(tmp_path / "out")).print is None
