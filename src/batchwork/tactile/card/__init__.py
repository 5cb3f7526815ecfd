"""The card of a data set: what it is, how it was made, and whether it is as it was."""
