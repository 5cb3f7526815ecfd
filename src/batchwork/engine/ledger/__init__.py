"""The ledger: one SQLite file that knows every item, value, task and attempt of a batch."""
