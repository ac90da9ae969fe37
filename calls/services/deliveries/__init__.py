"""What providers send us: verified, kept, interpreted, applied; each step in a module of its own."""
