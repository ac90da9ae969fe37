"""Orbit, a carrier that there is not: what has to be written for a new one, and nothing else of the product changes."""
