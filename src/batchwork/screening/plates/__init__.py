"""Plates on disk: names of files, channels, images, containers, maps."""
