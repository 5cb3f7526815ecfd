"""Settings of workflows: those that are shipped, files of the user, and what has options of its own."""
