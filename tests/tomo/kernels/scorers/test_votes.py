import pytest

from batchwork.tomo.kernels.scorers.votes import Vote, value, weight, winners


def test_most_weight_wins_not_most_voices():
    votes = [Vote("a", 10, 0.9), Vote("b", 20, 0.3), Vote("c", 20.4, 0.3)]
    assert [v.name for v in winners(votes)] == ["a"]


def test_votes_that_agree_add_up():
    votes = [Vote("a", 10, 0.5), Vote("b", 20, 0.3), Vote("c", 20.4, 0.3)]
    most = winners(votes)
    assert [v.name for v in most] == ["b", "c"]
    assert weight(most) == pytest.approx(0.6)


def test_the_value_is_a_median_that_one_far_vote_does_not_move():
    near = [Vote("a", 10.0, 1), Vote("b", 10.1, 1), Vote("c", 10.2, 1)]
    assert value(near) == pytest.approx(10.1)
    assert value([*near[:2], Vote("c", 11.4, 1)]) == pytest.approx(10.1)


def test_a_precise_vote_draws_the_value():
    rough, fine = Vote("rough", 10.0, 1, precision=0.1), Vote("fine", 11.0, 1, precision=10)
    assert value([rough, fine]) > 10.9
