"""How does a person get in? From Python with a display, and from the command line."""
