"""Search in texts: what a word is, what a search says, and how each database is asked. No model, no application."""
