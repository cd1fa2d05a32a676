"""Who computes it? Each engine offers the same functions; the reference is the one that the others are held to."""
