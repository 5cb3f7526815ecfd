"""From scans to tables of objects: steps of tomography and of pixel classification in one batch."""
