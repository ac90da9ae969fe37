"""Pages on how long calls are kept, what holds them, and what persons have asked for."""
