"""How good a plate is: controls, places, drift, what it can detect, and which images to look at."""
