"""Natural order, series, templates."""

import re
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchwork.errors import DeclarationError
from batchwork.io.naming import natural_key, nearest, render, series_of, template_fields

texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)
words = st.text("abcxyz_-. äß", max_size=6)


@given(words, words, st.integers(0, 10**24), st.integers(0, 10**24))
def test_numbers_count_as_numbers(head, tail, a, b):
    keys = [natural_key(f"{head}{n}{tail}") for n in (a, b)]
    assert (keys[0] < keys[1]) == (a < b)


letters = st.text("abcü", min_size=1, max_size=3)


@given(st.lists(st.tuples(letters, st.integers(0, 999), letters, st.integers(0, 10**11))))
def test_the_order_is_that_of_parts(rows):
    natural = sorted(rows, key=lambda row: natural_key("".join(map(str, row))))
    assert natural == sorted(rows)


@given(texts, texts)
def test_different_texts_have_different_keys(a, b):
    assert (natural_key(a) == natural_key(b)) == (a == b)


def test_leading_zeros_have_a_definite_order():
    written = ["a_1", "a_01", "a_2", "a_001", "b", "a"]
    assert sorted(written, key=natural_key) == ["a", "a_001", "a_01", "a_1", "a_2", "b"]


@pytest.mark.parametrize(
    ("stem", "series"),
    [
        ("sample_010", ("sample", 10)),
        ("sample001", ("sample", 1)),
        ("sample_-.7", ("sample", 7)),
        ("sample", ("sample", 0)),
        ("001", ("", 1)),
        ("a1b2", ("a1b", 2)),
        ("a_1_", ("a_1_", 0)),
        ("", ("", 0)),
        ("_3", ("", 3)),
        ("größe_4", ("größe", 4)),
    ],
)
def test_series(stem, series):
    assert series_of(stem) == series


@given(st.text("ab_-.1", max_size=8), st.integers(0, 9999), st.integers(0, 3), st.sampled_from(["_", "-", ".", ""]))
def test_members_of_a_series_meet(name, number, zeros, joint):
    name = name.rstrip("_-.0123456789")
    assert series_of(f"{name}{joint}{'0' * zeros}{number}") == (name, number)


def test_the_nearest_name():
    assert nearest("sgma", ["sigma", "mode"]) == "did you mean 'sigma'?"
    assert nearest("zzz", ["b", "a"]) == "known: a, b"
    assert nearest("x", []) == "none is known"


def test_fields_of_a_template():
    assert template_fields("{stem}_{index:03d}/{key!s}.tif") == ("stem", "index", "key")
    assert template_fields("plain") == ()
    assert template_fields("{{not}}") == ()


@pytest.mark.parametrize("template", ["{", "}", "{stem", "{}", "{0}", "{a.b}", "{a[0]}", "{a b}"])
def test_templates_that_cannot_be(template):
    with pytest.raises(DeclarationError, match=re.escape(template)):
        template_fields(template)


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("{stem}_rec/", "scan_1_rec"),
        ("a//{stem}.tif", "a/scan_1.tif"),
        ("./{stem}", "scan_1"),
        ("{index:03d}.txt", "001.txt"),
        ("{folder}/{stem}", "day 1/x/scan_1"),
        ("a/{stem}/.", "a/scan_1"),
        ("..{stem}", "..scan_1"),
    ],
)
def test_filling_in(template, path):
    assert render(template, {"stem": "scan_1", "index": 1, "folder": "day 1/x"}) == path


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{stm}.tif", r"'\{stm\}' is unknown; did you mean 'stem'\?"),
        ("{nothing:03d}", "unsupported format string"),
        ("{stem:03d}", "Unknown format code 'd'"),
        ("{up}/x", "gives '../../x', which is outside the output folder"),
        ("a/..", "outside"),
        ("..", "outside"),
        (".", "outside"),
        ("{empty}", "outside"),
        ("a/../../x", "outside"),
    ],
)
def test_what_cannot_be_filled_in(template, told):
    with pytest.raises(DeclarationError, match=told):
        render(template, {"stem": "s", "nothing": None, "up": "../..", "empty": ""})


@given(st.lists(st.sampled_from(["{a}", "{b}", "/", ".", "..", "x", "//", "./", "é"]), max_size=6), texts, texts)
def test_what_is_filled_in_is_a_clean_path_below_the_folder(parts, a, b):
    try:
        path = render("".join(parts), {"a": a, "b": b})
    except DeclarationError:
        return
    assert path == str(PurePosixPath(path))
    assert not path.startswith("/")
    assert not {"", ".", ".."} & set(path.split("/"))
