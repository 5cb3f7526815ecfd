"""Writers of reconstructed volumes, one module for each format."""
