"""Containers of arrays: HDF5, N5 and Zarr behind one interface, that of h5py."""
