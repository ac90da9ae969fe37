"""Text messages: sent once, followed on their way, taken when they come in."""
