"""Training of `net`, the learned scorer of centres of rotation, on generated and on labelled scans."""
