"""From probabilities to objects: found, measured, written as a table, and classified."""
