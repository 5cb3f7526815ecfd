"""What a sweep leaves behind: native events, results in the forms that others read, checkpoints, datasets."""
