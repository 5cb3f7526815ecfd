"""What tables of a plate take of a well, through its file."""

import numpy as np

from batchwork.screening.tables.summaries import WellSummary
from batchwork.screening.tables.table import Table


def test_a_summary_comes_back_as_it_was(tmp_path):
    scores = {"well": "B02", "serum": "IgG", "score": None, "ratio": 1 / 3, "cells": 7, "qc": "too few cells"}
    images = [{"image": "ä.tiff", "serum": "IgG", "ratio": value, "excluded": ""} for value in (2.0, np.inf)]
    made = WellSummary(Table.of_rows([scores]), Table.of_rows(images), {"ä.tiff": -0.1})
    made.write(tmp_path / "B02.json")
    found = WellSummary.read(tmp_path / "B02.json")
    assert [*found.scores.dicts()] == [scores]
    assert [*found.images.dicts()] == images
    assert found.influence == made.influence
    kinds = {name: column.dtype.kind for name, column in made.scores.columns.items()}
    assert {name: column.dtype.kind for name, column in found.scores.columns.items()} == kinds
