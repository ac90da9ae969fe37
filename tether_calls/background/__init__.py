"""Work in the background: jobs that come round by the clock, done by Celery or by the one server process.

A job is a function without arguments that settings.TETHER_JOBS names. It finds what is to be done in rows, and may be
cut off anywhere: the next run goes on. So there is nothing to queue, and nothing is lost with a broker.
"""
