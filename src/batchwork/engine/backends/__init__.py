"""Places where tasks run. `base` has the contract, `local` the one that needs nothing else."""
