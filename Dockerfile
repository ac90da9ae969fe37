# One image for all processes of production; compose.yaml says which there are. docs/operations.md explains both.
#
#   docker build --tag tether-calls .

ARG PYTHON=3.12

# The packages, exactly those of the lock, in a stage of their own: pip and its caches stay behind.
FROM python:${PYTHON}-slim AS packages
WORKDIR /srv/tether
COPY requirements.lock ./
RUN python -m venv --without-pip .venv
RUN pip --python .venv/bin/python install --no-cache-dir --only-binary :all: --require-hashes -r requirements.lock

FROM python:${PYTHON}-slim
WORKDIR /srv/tether
ENV PATH=/srv/tether/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=tether_calls.settings.production
COPY --from=packages /srv/tether/.venv .venv
COPY manage.py pyproject.toml ./
COPY tether_calls tether_calls
COPY contacts contacts
COPY conversations conversations
COPY calls calls
# Whom the processes run as: they write nothing into the image but static files, which `prepare` collects.
RUN useradd --system --uid 10001 --no-create-home tether && mkdir static && chown tether static
USER tether
EXPOSE 8000 8001
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as http; http.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "4", \
    "--blocking-threads", "40", "--respawn-failed-workers", "tether_calls.wsgi:application"]
