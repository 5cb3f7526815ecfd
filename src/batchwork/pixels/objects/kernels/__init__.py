"""From probabilities to objects, on arrays: no files, no engine, no logging."""
