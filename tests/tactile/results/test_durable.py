"""Files that appear whole."""

import pytest

from batchwork.tactile.results.durable import leftovers, written_whole


def test_a_file_appears_under_its_name(tmp_path):
    written_whole(tmp_path / "a.pt", lambda path: path.write_text("new"))
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.pt", "new")]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_what_goes_wrong_leaves_the_old_file(tmp_path, error):
    (tmp_path / "a.pt").write_text("old")

    def write(path):
        path.write_text("half")
        raise error

    with pytest.raises(error):
        written_whole(tmp_path / "a.pt", write)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.pt", "old")]


def test_a_file_that_was_left_unfinished_is_written_over(tmp_path):
    (tmp_path / ".a.pt.partial").write_text("half of another run")
    assert [path.name for path in leftovers(tmp_path, ".pt")] == [".a.pt.partial"]
    written_whole(tmp_path / "a.pt", lambda path: path.write_text("new"))
    assert [path.name for path in tmp_path.iterdir()] == ["a.pt"]
    assert list(leftovers(tmp_path, ".pt")) == []
