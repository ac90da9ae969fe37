"""Who may be called, and when: rules as data with their sources, and the one reading of them. Pure."""
