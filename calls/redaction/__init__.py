"""Reports without what is not to be kept, and when in a recording it was said. Pure."""
