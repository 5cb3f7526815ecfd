from batchwork.engine.plans import Selection
from batchwork.engine.session import selection_from, selection_plain


def test_keys_are_taken_as_they_are_and_globs_among_them():
    chosen = Selection(items=("b*",), keys=frozenset({"a[1]", "b1"}))
    assert [key for key in ("a[1]", "a1", "b1", "b2") if chosen.takes_item(key)] == ["b1"]
    assert Selection(keys=frozenset({"a[1]"})).takes_item("a[1]")
    assert not Selection(keys=frozenset({"a[1]"})).takes_item("a1")


def test_keys_of_two_selections_are_put_together():
    both = Selection(keys=frozenset("a")).union(Selection(keys=frozenset("b")))
    assert both.keys == {"a", "b"}
    assert both.union(Selection()).keys is None


def test_keys_survive_the_way_to_a_running_batch():
    chosen = Selection(steps=frozenset({"s"}), keys=frozenset({"b", "a"}))
    assert selection_from(selection_plain(chosen)) == chosen
