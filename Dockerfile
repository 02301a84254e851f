# One target per service: fetcher, loader, gateway, simulator. `docker compose build` makes all.
# No syntax line and no BuildKit features: every engine builds this, also without the public hub.

# Bytecode without times: the same lock files and sources give the same files, whenever they are
# built. It is never compared with its source, which nobody changes in an image.
FROM python:3.13-slim AS builder
ENV PYTHONHASHSEED=0 \
    COMPILE="python -m compileall -q --invalidation-mode unchecked-hash"

FROM builder AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_REQUIRE_HASHES=1 \
    PIP_NO_DEPS=1 \
    PIP_ONLY_BINARY=:all: \
    PIP_ROOT_USER_ACTION=ignore \
    PIP_PREFIX=/packages
WORKDIR /requirements

FROM packages AS fetcher-packages
COPY requirements/fetcher.txt .
RUN pip install --no-compile -r fetcher.txt && $COMPILE -s /packages -p /usr/local /packages

FROM packages AS loader-packages
COPY requirements/loader.txt .
RUN pip install --no-compile -r loader.txt && $COMPILE -s /packages -p /usr/local /packages

FROM packages AS gateway-packages
COPY requirements/gateway.txt .
RUN pip install --no-compile -r gateway.txt && $COMPILE -s /packages -p /usr/local /packages

FROM packages AS simulator-packages
COPY requirements/simulator.txt .
RUN pip install --no-compile -r simulator.txt && $COMPILE -s /packages -p /usr/local /packages

# What the tests need on the Python of the images; the tests themselves are mounted.
FROM packages AS tests
ENV PIP_PREFIX= \
    PYTHONDONTWRITEBYTECODE=1 \
    HYPOTHESIS_STORAGE_DIRECTORY=/tmp/hypothesis
COPY requirements/dev.txt .
RUN pip install --no-compile -r dev.txt
WORKDIR /project


# The sources, readable by any user whatever the umask of the clone, and compiled, because the
# user of the image cannot write.
FROM builder AS sources
WORKDIR /sources/common
COPY libs/__init__.py libs/
COPY libs/common libs/common
COPY services/__init__.py services/
WORKDIR /sources/fetcher
COPY services/fetcher services/fetcher
WORKDIR /sources/loader
COPY services/loader services/loader
WORKDIR /sources/gateway
COPY services/gateway services/gateway
COPY libs/cli libs/cli
# The operator's command: docker-compose exec api hemis …
RUN mkdir bin && printf '#!/bin/sh\nexec python -m libs.cli "$@"\n' > bin/hemis && chmod 755 bin/hemis
WORKDIR /sources/simulator
COPY libs/__init__.py libs/
COPY libs/simulator libs/simulator
RUN chmod -R a+rX /sources \
 && for part in common fetcher loader gateway simulator; do \
      $COMPILE -s "/sources/$part" -p /app "/sources/$part" || exit 1; \
    done


FROM python:3.13-slim AS service
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
# Nothing is installed in a running container.
RUN useradd --uid 10001 --no-create-home --home-dir /app --shell /usr/sbin/nologin hemis \
 && python -m pip uninstall --yes --quiet --root-user-action ignore pip
WORKDIR /app
USER hemis
STOPSIGNAL SIGTERM
# The commit, where the build is told: --build-arg REVISION="$(git rev-parse HEAD)".
ARG REVISION=unknown
LABEL org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="$REVISION"
# PROBE_URL is set by each target. The empty ProxyHandler: an HTTP proxy that Docker passes into
# containers must not be asked about 127.0.0.1.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import os; from urllib.request import ProxyHandler, build_opener; build_opener(ProxyHandler({})).open(os.environ['PROBE_URL'], timeout=4)"]

FROM service AS fetcher
LABEL org.opencontainers.image.title="hemis-sync fetcher" \
      org.opencontainers.image.description="Fetches students and employees from HEMIS into Kafka"
COPY --from=fetcher-packages /packages /usr/local
COPY --from=sources /sources/common /sources/fetcher ./
ENV PROBE_URL=http://127.0.0.1:8081/healthz
EXPOSE 8081
CMD ["python", "-m", "services.fetcher"]

FROM service AS loader
LABEL org.opencontainers.image.title="hemis-sync loader" \
      org.opencontainers.image.description="Loads records from Kafka into PostgreSQL"
COPY --from=loader-packages /packages /usr/local
COPY --from=sources /sources/common /sources/loader ./
ENV PROBE_URL=http://127.0.0.1:8082/healthz
EXPOSE 8082
CMD ["python", "-m", "services.loader"]

FROM service AS gateway
LABEL org.opencontainers.image.title="hemis-sync gateway" \
      org.opencontainers.image.description="REST, progress, schedule and dashboard of hemis-sync"
COPY --from=gateway-packages /packages /usr/local
COPY --from=sources /sources/common /sources/gateway ./
ENV PROBE_URL=http://127.0.0.1:3000/healthz \
    PATH=/app/bin:$PATH
EXPOSE 3000
CMD ["python", "-m", "services.gateway"]

# A HEMIS with invented people, to try things on.
FROM service AS simulator
LABEL org.opencontainers.image.title="hemis-sync simulator" \
      org.opencontainers.image.description="A HEMIS with invented people, to try hemis-sync on"
COPY --from=simulator-packages /packages /usr/local
COPY --from=sources /sources/simulator ./
ENV PROBE_URL=http://127.0.0.1:8800/healthz
EXPOSE 8800
CMD ["python", "-m", "libs.simulator", "--host", "0.0.0.0"]
