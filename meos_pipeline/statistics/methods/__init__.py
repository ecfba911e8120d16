"""Numbers in, numbers out: no frames, no words, no policy."""
