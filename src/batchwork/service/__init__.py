"""What a user can do to a batch, as plain calls; the terminal and the page stand on it."""
