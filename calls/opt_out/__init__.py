"""Whether somebody on the line asks not to be called again: a pure reading of what was said."""
