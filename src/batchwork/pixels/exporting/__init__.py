"""What becomes of an image: the result that is asked for, cut out, converted and written."""
