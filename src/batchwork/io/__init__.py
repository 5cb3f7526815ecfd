"""Files and names: atomic writing, fingerprints, templates, file systems."""
