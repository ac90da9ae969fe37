"""What providers send us: kept, believed, understood, applied; each step in a module of its own."""
