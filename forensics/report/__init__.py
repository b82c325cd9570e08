"""Reports: the result document as sections of blocks, and one renderer per medium."""
