"""The command line: the root command, and what all commands share."""
