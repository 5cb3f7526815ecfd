"""The N5 format: folders of blocks, as n5-java and z5py write and read them.

Source: the N5 specification, https://github.com/saalfeldlab/n5#file-system-specification, version 2.0.
"""
