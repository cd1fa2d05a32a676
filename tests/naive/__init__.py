"""The slow obvious twins: textbook formulas, one number at a time, written without looking at the package's own."""
