"""Pictures: of the sites of a well with what was found on them, and of the scores of a plate."""
