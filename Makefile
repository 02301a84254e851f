# The same commands on a laptop, in a hook and in CI. `make` lists them.
SHELL := /bin/sh
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
ONCE   ?=
# Audit tools have an environment of their own, apart from the packages they check.
AUDIT_ENV := .local/audit
IMAGES := fetcher loader gateway simulator
# Permissive licences, in each spelling that packages use.
LICENCES := MIT;MIT License;BSD-2-Clause;BSD-3-Clause;BSD License;Apache-2.0;Apache 2;Apache 2.0;Apache Software License;Apache-2.0 AND MIT;Apache-2.0 AND BSD-2-Clause;Apache-2.0 OR BSD-2-Clause;ISC License (ISCL);PSF-2.0;Python Software Foundation License
# Test processes, each with its own Kafka and PostgreSQL (400 MB). Tests mostly wait.
TESTERS ?= 3
# Creates `.venv/bin/hemis`, which works from any folder and runs the sources in place.
LAUNCHER = printf '\#!/bin/sh\nPYTHONPATH="%s" exec "%s" -m libs.cli "$$@"\n' \
  "$(CURDIR)" "$(CURDIR)/$(BIN)/python" > $(BIN)/hemis && chmod +x $(BIN)/hemis

.DEFAULT_GOAL := help
.PHONY: help run test test-unit test-compose test-image-python test-browser tables screenshots test-examples soak soak-compose check check-alerts check-contract contract fmt bench bench-fetching bench-gateway bench-settled bench-universities up down audit licences sbom lock clean hooks chaos

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/run ## Start everything here, sync, show progress, keep serving (ONCE=1: end after the syncs)
	@$(BIN)/python -m libs.localstack $(if $(ONCE),--once)

test: $(VENV)/dev ## All tests that need no Docker engine and no browser
	@$(BIN)/python -m libs.localstack.jars
	$(BIN)/pytest -n $(TESTERS) --dist loadfile --no-loadscope-reorder -m "not compose and not browser and not soak and not examples" \
	  --ignore=tests/contract/test_house.py --cov --cov-report= --cov-fail-under=90

# Importing unused plug-ins would take longer than the tests.
test-unit: $(VENV)/dev ## Unit tests only: seconds, needs only Python packages
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest tests/unit -q -p no:schemathesis -p no:hypothesispytest -p no:anyio -p no:cov -p no:xdist

test-compose: $(VENV)/dev ## Tests of the compose stack (needs a Docker engine)
	$(BIN)/pytest tests/compose -m "compose and not soak" --override-ini=timeout=900

test-image-python: ## Unit tests and scenarios on the Python of the images (needs a Docker engine)
	docker build -q -t hemis-sync-tests --target tests .
	docker run --rm --network none -v "$(CURDIR):/project:ro" hemis-sync-tests \
	  python -m pytest tests/unit tests/scenarios -q -n 2 --dist loadfile -p no:cacheprovider

soak-compose: $(VENV)/dev ## Kill the compose stack's containers 30 times at random, and restart them one by one
	$(BIN)/pytest tests/compose -m "compose and soak"

test-browser: $(VENV)/dev ## Tests in a browser (needs Chromium)
	@$(BIN)/python -m libs.localstack.jars
	$(BIN)/pytest tests/browser -n 2 --dist loadfile -m browser || test $$? -eq 5

test-examples: $(VENV)/dev ## Run examples/ and the code in docs/consumers.md (needs Node, a JDK, kcat, jq)
	@$(BIN)/python -m libs.localstack.jars
	$(BIN)/pytest -n $(TESTERS) --dist load -m examples tests/examples

tables: $(VENV)/dev ## Write the lists of columns in docs/tables.md from the comments in PostgreSQL
	$(BIN)/python -m tests.integration.loader.tables_page

screenshots: $(VENV)/dev ## Take a screenshot of every view of the dashboard for docs/ (needs Chromium, pngquant)
	$(BIN)/python -m tests.browser.screenshots

soak: $(VENV)/dev ## Tests of many minutes: random kills, repeated outages
	@$(BIN)/python -m libs.localstack.jars
	$(BIN)/pytest -m "soak and not compose"

check: $(VENV)/dev ## Lint, types, import rules, names
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/contract/test_house.py

check-alerts: ## Check Prometheus's rules and test each of them (needs promtool: package prometheus)
	promtool check config --syntax-only deploy/prometheus/prometheus.yml
	promtool check rules deploy/prometheus/alerts.yml
	promtool test rules deploy/prometheus/alerts_test.yml

contract: $(VENV)/dev ## Write docs/contract from the classes that encode the messages
	$(BIN)/python -m libs.contract write

check-contract: $(VENV)/dev ## Check docs/contract with AsyncAPI's parser and against the last release (needs Node)
	$(BIN)/python -m libs.contract check
	cd tests/contract/asyncapi && npm ci --silent && node check.mjs ../../../docs/contract/asyncapi.json

fmt: $(VENV)/dev ## Format the code and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/dev ## Measure loading: ratios to PostgreSQL's COPY, latency, memory
	$(BIN)/python -m benchmarks

bench-fetching: $(VENV)/dev ## Measure fetching: memory over 100,000 students, checkpoint bytes a page
	$(BIN)/python -m benchmarks.fetching

bench-gateway: $(VENV)/dev ## Measure one gateway with 1,000 readers and 500 requests a second
	@$(BIN)/python -m libs.localstack.jars
	$(BIN)/python -m benchmarks.gateway_load

bench-settled: $(VENV)/dev ## Measure a loader and a gateway beside 500,000 finished syncs
	@$(BIN)/python -m libs.localstack.jars
	$(BIN)/python -m benchmarks.settled_syncs

bench-universities: $(VENV)/dev ## Measure ten universities on one Kafka and one PostgreSQL
	@$(BIN)/python -m libs.localstack.jars
	$(BIN)/pytest -q -m soak tests/e2e/test_universities.py

chaos: $(VENV)/dev ## Run the fetcher against 500 seeded sequences of HEMIS faults
	$(BIN)/python -m benchmarks.chaos

up: ## Start the compose stack
	docker compose up -d --build --wait api

down: ## Stop the compose stack and keep its data
	docker compose down

audit: $(AUDIT_ENV)/made ## Check every locked package for known vulnerabilities
	@failed=; for file in requirements/*.txt; do echo "$$file"; \
	  $(AUDIT_ENV)/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off -r $$file || failed=1; \
	done; test -z "$$failed"

licences: $(VENV)/dev $(AUDIT_ENV)/made ## Write docs/licences.md; refuse licences that are unknown or not permissive
	@$(AUDIT_ENV)/bin/pip-licenses --python=$(BIN)/python --from=mixed --format=markdown --allow-only="$(LICENCES)" \
	  --packages $$(sed -n '/win32/d; s/^\([a-z0-9-]*\)==.*/\1/p' $(IMAGES:%=requirements/%.txt) | sort -u) > .local/licences
	@printf '# Licences\n\nOf all packages in our images. `make licences` writes this page and refuses other licences.\n\n' | cat - .local/licences > docs/licences.md

sbom: $(AUDIT_ENV)/made ## Write a bill of materials (CycloneDX) of each image to sbom/
	@mkdir -p sbom
	@for name in $(IMAGES); do PYTHONWARNINGS=ignore $(AUDIT_ENV)/bin/cyclonedx-py requirements requirements/$$name.txt \
	  --pyproject pyproject.toml --mc-type application --output-reproducible -o sbom/$$name.json; done

lock: ## Lock the dependencies (needs uv); all services get the tested versions
	for name in dev fetcher loader gateway simulator run audit; do \
	  uv pip compile -q pyproject.toml \
	    $$(test $$name = fetcher || test $$name = simulator || echo --extra $$name) \
	    $$(test $$name = dev || echo -c requirements/dev.txt) \
	    --universal --generate-hashes --no-header --no-annotate --no-emit-index-url \
	    --no-emit-find-links --python-version 3.11 -o requirements/$$name.txt; \
	done

hooks: $(VENV)/dev ## Install the git hooks
	$(BIN)/pre-commit install --hook-type pre-commit --hook-type commit-msg

clean: ## Remove the environment and all local data
	rm -rf $(VENV) .local .coverage .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(AUDIT_ENV)/made: requirements/audit.txt
	@$(PYTHON) -m venv $(AUDIT_ENV)
	@$(AUDIT_ENV)/bin/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r $<
	@touch $@

# The lock files are complete. Without --no-deps an older pip refuses a pin because of an extra.
$(VENV)/run: $(BIN)/python requirements/run.txt
	@echo "installing the packages of hemis-sync (once)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements/run.txt
	@$(LAUNCHER)
	@touch $@

$(VENV)/dev: $(BIN)/python requirements/dev.txt
	@echo "installing the packages of the tests (once)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements/dev.txt
	@$(LAUNCHER)
	@touch $@ $(VENV)/run
