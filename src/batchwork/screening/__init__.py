"""Screening: from the images of a plate to the scores of its wells."""
