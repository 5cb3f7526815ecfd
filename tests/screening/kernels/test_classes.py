"""Soft classes, against samples whose classes are known."""

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import norm

from batchwork.errors import ParameterError
from batchwork.screening.kernels.classes import (
    Logistic,
    log_error_of_unmixed,
    mixture_likelihood,
    probabilities,
    unmixed_medians,
)
from batchwork.screening.tables.confidence import log_error_of_median


def sample(rng, n, share):
    """Two normal classes two sigmas apart, whose log odds at even priors are 2 x."""
    infected = rng.random(n) < share
    return rng.normal(np.where(infected, 1, -1), 1, n)[:, None], infected


def test_log_odds_are_those_at_even_priors_whatever_the_shares_were():
    rng = np.random.default_rng(1)
    parts = [sample(rng, 20_000, share) for share in (0.2, 0.9)]
    features, infected = (np.concatenate(told) for told in zip(*parts, strict=True))
    model = Logistic.fit(features, infected, np.repeat([0.2, 0.9], 20_000))
    at = np.linspace(-2, 2, 9)[:, None]
    np.testing.assert_allclose(model.log_odds(at), 2 * at[:, 0], atol=0.25)


def test_one_class_teaches_nothing():
    with pytest.raises(ParameterError, match="one class"):
        Logistic.fit(np.zeros((3, 1)), np.ones(3, bool), np.full(3, 0.5))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.85])
def test_the_share_of_a_well_is_found(share):
    features, infected = sample(np.random.default_rng(2), 40_000, share)
    probability, found = probabilities(2 * features[:, 0])
    assert abs(found - infected.mean()) < 0.01
    np.testing.assert_allclose(probability, expit(2 * features[:, 0] + logit(found)), atol=1e-5)


def test_unmixed_medians_are_those_of_the_classes():
    rng = np.random.default_rng(3)
    features, infected = sample(rng, 40_000, 0.7)
    values = rng.lognormal(0, 0.3, infected.size) * np.where(infected, 1.6, 1.0)
    probability, _ = probabilities(2 * features[:, 0])
    high, low = unmixed_medians(values, probability)
    assert abs(high - 1.6) < 0.015
    assert abs(low - 1.0) < 0.015
    hard = np.median(values[probability > 0.5]) / np.median(values[probability <= 0.5])
    assert hard < 1.52  # wrong classes squeeze it


def test_probabilities_that_tell_nothing_apart_give_nothing():
    assert np.isnan(unmixed_medians(np.arange(10.0), np.full(10, 0.4))).all()
    assert np.isnan(unmixed_medians(np.empty(0), np.empty(0))).all()


def test_the_likelihood_of_a_mixture_is_that_of_its_normals_and_greatest_with_the_right_shares():
    rng = np.random.default_rng(4)
    share = rng.beta(0.5, 0.5, 30_000)
    first = rng.random(share.size) < share
    values = rng.normal(np.where(first, 8.0, 7.0), 0.3)
    right = mixture_likelihood(values, share, np.array([7.8, 7.3]), 0.3)
    density = share * norm.pdf(values, 8, 0.3) + (1 - share) * norm.pdf(values, 7, 0.3)
    expected = np.log(density * np.sqrt(2 * np.pi) + 0.004).sum()
    np.testing.assert_allclose(right, expected, rtol=1e-3)
    for other in (np.full(share.size, 0.5), expit(2 * logit(share)), expit(logit(share) + 1)):
        assert mixture_likelihood(values, other, np.array([7.8, 7.3]), 0.3) < right


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_the_error_of_unmixed_medians_is_their_spread_over_samples(share):
    rng, ratios, errors = np.random.default_rng(4), [], []
    for _ in range(200):
        features, infected = sample(rng, 2000, share)
        values = rng.lognormal(0, 0.3, infected.size) * np.where(infected, 1.4, 1.0)
        probability = expit(2 * features[:, 0] + logit(share))
        ratios.append(np.log(np.divide(*unmixed_medians(values, probability))))
        errors.append(log_error_of_unmixed(values, probability))
    assert np.std(ratios) == pytest.approx(np.sqrt(np.mean(np.square(errors))), rel=0.15)


def test_of_known_classes_it_is_that_of_two_medians():
    rng = np.random.default_rng(5)
    infected = rng.random(40_000) < 0.6
    values = rng.lognormal(0, 0.3, infected.size)
    apart = np.hypot(log_error_of_median(values[infected]), log_error_of_median(values[~infected]))
    assert log_error_of_unmixed(values, infected.astype(float)) == pytest.approx(apart, rel=0.15)


def test_where_there_are_no_medians_above_zero_there_is_no_error():
    half = np.arange(100) % 2 == 0
    assert np.isnan(log_error_of_unmixed(np.arange(100.0), np.full(100, 0.4)))
    assert np.isnan(log_error_of_unmixed(np.linspace(-1, 1, 100), half.astype(float)))
