"""What the service is measured beside: the same work, written by hand with other tools."""
