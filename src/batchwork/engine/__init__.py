"""The engine: what to run and why, running it, and never losing what was done."""
