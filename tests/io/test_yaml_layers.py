"""Files that extend others."""

import pytest

from batchwork.errors import ConfigError
from batchwork.io.yaml_layers import read_layers


def written(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.yml").write_text(text)
    return folder / f"{next(iter(files))}.yml"


def test_a_file_alone_is_as_it_stands(tmp_path):
    document = read_layers(written(tmp_path, a="x: 1\ny: [1, 2]\n"))
    assert document.data == {"x": 1, "y": [1, 2]}


def test_mappings_are_joined_and_the_rest_is_replaced(tmp_path):
    base = "m: {a: 1, b: 2, c: {d: 3}}\nl: [1, 2, 3]\nn: 1\n"
    top = written(tmp_path, a="extends: base.yml\nm: {b: 20, c: {e: 5}}\nl: [9]\n", base=base)
    assert read_layers(top).data == {"m": {"a": 1, "b": 20, "c": {"d": 3, "e": 5}}, "l": [9], "n": 1}


def test_places_know_their_file(tmp_path):
    top = written(tmp_path, a="extends: base.yml\nm:\n  b: 20\n", base="m:\n  a: 1\nl: [1]\n")
    document = read_layers(top)
    assert document.spot(("m", "a")) == (str(tmp_path / "base.yml"), 2, 3)
    assert document.spot(("m", "b")) == (str(top), 3, 3)
    assert document.spot(("l", 0)).file == str(tmp_path / "base.yml")


def test_nothing_of_a_replaced_list_is_seen(tmp_path):
    top = written(tmp_path, a="extends: base.yml\nl:\n  - {b: 1}\n", base="l: [{a: 1}, {a: 2}]\n")
    document = read_layers(top)
    assert document.spot(("l", 0, "a")) == document.spot(("l", 0)) == (str(top), 3, 5)
    assert document.spot(("l", 1)) == (str(top), 2, 1)


def test_bases_have_bases_relative_to_themselves(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.yml").write_text("extends: ../c.yml\ny: 2\n")
    top = written(tmp_path, a="extends: sub/b.yml\nx: 1\n", c="x: 3\ny: 3\nz: 3\n")
    assert read_layers(top).data == {"x": 1, "y": 2, "z": 3}


def test_a_circle_is_refused(tmp_path):
    top = written(tmp_path, a="extends: b.yml\n", b="x: 1\nextends: a.yml\n")
    with pytest.raises(ConfigError, match=r"b\.yml:2:10: extends: a\.yml extends this file in turn"):
        read_layers(top)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("extends: no.yml\n", r"a\.yml:1:10: extends: there is no file .*no\.yml"),
        ("extends: [b.yml]\n", r"a\.yml:1:10: extends: name one file, got \['b\.yml'\]"),
        ("extends:\n", r"a\.yml:1:1: extends: name one file, got None"),
        ("extends: .\n", r"there is no file"),
        ("- 1\n", r"a\.yml:1:1: the configuration must be a mapping of keys"),
        ("", r"a\.yml:1:1: the configuration is empty"),
    ],
)
def test_what_cannot_be_read(tmp_path, text, told):
    with pytest.raises(ConfigError, match=told):
        read_layers(written(tmp_path, a=text))


def test_a_defect_of_a_base_names_the_base(tmp_path):
    top = written(tmp_path, a="extends: b.yml\n", b="x: 1\nx: 2\n")
    with pytest.raises(ConfigError, match=r"b\.yml:2:1: the key 'x' stands here twice"):
        read_layers(top)


@pytest.mark.parametrize("text", ["a: " + "[" * 5000, "{a: " * 5000])
def test_brackets_within_brackets_end(tmp_path, text):
    with pytest.raises(ConfigError, match=r"a\.yml:1:1: is nested too deeply"):
        read_layers(written(tmp_path, a=text))


def test_aliases_that_multiply_end(tmp_path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 10)}]" for k in range(1, 12)]
    with pytest.raises(ConfigError, match=r"a\.yml:\d+:\d+: the file has more than 100,000 parts"):
        read_layers(written(tmp_path, a="\n".join(lines)))
