"""How the service is seen to run: what it counts, one line for each request, errors and traces.

Each part is off until its setting is given, and its library is imported only then.
"""
