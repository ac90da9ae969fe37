"""The list of calls: what can be asked for, what a row tells, and what can be done with several calls at once."""
