"""What the report page tells of a batch, gathered from its ledger as plain facts."""
