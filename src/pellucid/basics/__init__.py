"""What may every room use? Errors, registers, random draws, atomic files."""
