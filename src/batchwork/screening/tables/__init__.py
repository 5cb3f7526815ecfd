"""Tables: of cells, images and wells; what is measured, what it is set against, what is left out."""
