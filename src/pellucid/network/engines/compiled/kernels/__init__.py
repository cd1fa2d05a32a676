"""What the engine computes, in the language of `language/`."""
