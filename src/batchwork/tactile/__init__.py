"""Tactile encoding: from stimuli on the skin to spike trains, over parameter sweeps."""
