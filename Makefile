# The same commands on a laptop, in a hook and in CI. `make` lists them.
SHELL := /bin/sh
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
ONCE   ?=
# Tools that only look at the packages we use; apart from those, and from what they need.
LOOKERS := .local/audit
IMAGES := fetcher loader gateway simulator
# Each spelling of what asks for no more than its own text to be kept.
LICENCES := MIT;MIT License;BSD-2-Clause;BSD-3-Clause;BSD License;Apache-2.0;Apache 2;Apache 2.0;Apache Software License;Apache-2.0 AND MIT;Apache-2.0 AND BSD-2-Clause;Apache-2.0 OR BSD-2-Clause;ISC License (ISCL);PSF-2.0;Python Software Foundation License
# Each has a Kafka and a PostgreSQL of its own (400 MB); the tests mostly wait, so more than cores.
TESTERS ?= 3
# `.venv/bin/hemis`, from any folder: the sources stay where they are, nothing is copied.
LAUNCHER = printf '\#!/bin/sh\nPYTHONPATH="%s" exec "%s" -m libs.cli "$$@"\n' \
  "$(CURDIR)" "$(CURDIR)/$(BIN)/python" > $(BIN)/hemis && chmod +x $(BIN)/hemis

.DEFAULT_GOAL := help
.PHONY: help run test test-unit test-compose test-image-python test-browser screenshots test-examples soak soak-compose check check-alerts check-contract contract fmt bench bench-fetching bench-gateway bench-settled bench-universities up down audit licences sbom lock clean hooks chaos

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/run ## Start everything here, sync, show progress, keep serving (ONCE=1: end after the syncs)
	@$(BIN)/python -m libs.localstack $(if $(ONCE),--once)

test: $(VENV)/dev ## All tests that need no Docker engine and no browser
	@$(BIN)/python -m libs.localstack.jars
	$(BIN)/pytest -n $(TESTERS) --dist loadfile --no-loadscope-reorder -m "not compose and not browser and not soak and not examples" \
	  --ignore=tests/contract/test_house.py --cov --cov-report= --cov-fail-under=90

# Plug-ins that these tests do not use take longer to import than the tests to run.
test-unit: $(VENV)/dev ## Unit tests only: seconds, nothing installed but Python packages
	$(BIN)/pytest tests/unit -q -p no:schemathesis -p no:hypothesispytest -p no:anyio -p no:cov -p no:xdist

test-compose: $(VENV)/dev ## Tests of the compose stack (needs a Docker engine)
	$(BIN)/pytest tests/compose -m "compose and not soak" --override-ini=timeout=900

test-image-python: ## Unit tests and scenarios on the Python of the images (needs a Docker engine)
	docker build -q -t hemis-sync-tests --target tests .
	docker run --rm --network none -v "$(CURDIR):/project:ro" hemis-sync-tests \
	  python -m pytest tests/unit tests/scenarios -q -n 2 --dist loadfile -p no:cacheprovider

soak-compose: $(VENV)/dev ## 30 random kills of the compose stack's containers, and a rolling restart
	$(BIN)/pytest tests/compose -m "compose and soak"

test-browser: $(VENV)/dev ## Tests in a browser (Chromium)
	@$(BIN)/python -m libs.localstack.jars
	$(BIN)/pytest tests/browser -n 2 --dist loadfile -m browser || test $$? -eq 5

test-examples: $(VENV)/dev ## Run examples/ and the code in docs/consumers.md (needs Node, a JDK, kcat, jq)
	@$(BIN)/python -m libs.localstack.jars
	$(BIN)/pytest -n $(TESTERS) --dist load -m examples tests/examples

screenshots: $(VENV)/dev ## Photograph every view of the dashboard for docs/ (Chromium, pngquant)
	$(BIN)/python -m tests.browser.screenshots

soak: $(VENV)/dev ## Tests that take many minutes: random kills, outages again and again
	@$(BIN)/python -m libs.localstack.jars
	$(BIN)/pytest -m "soak and not compose"

check: $(VENV)/dev ## Lint, types, import rules, spelling of names
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/contract/test_house.py

check-alerts: ## Check Prometheus's rules and play each of them (needs promtool: package prometheus)
	promtool check config --syntax-only deploy/prometheus/prometheus.yml
	promtool check rules deploy/prometheus/alerts.yml
	promtool test rules deploy/prometheus/alerts_test.yml

contract: $(VENV)/dev ## Write docs/contract from the classes that encode the messages
	$(BIN)/python -m libs.contract write

check-contract: $(VENV)/dev ## Read docs/contract with AsyncAPI's own parser, compare it with the last release (needs Node)
	$(BIN)/python -m libs.contract check
	cd tests/contract/asyncapi && npm ci --silent && node check.mjs ../../../docs/contract/asyncapi.json

fmt: $(VENV)/dev ## Format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/dev ## Measure: ratios to PostgreSQL's COPY, latency, memory
	$(BIN)/python -m benchmarks

bench-fetching: $(VENV)/dev ## Measure: the fetcher's memory over 100,000 students, bytes of checkpoints a page
	$(BIN)/python -m benchmarks.fetching

bench-gateway: $(VENV)/dev ## Measure: one gateway with 1,000 readers and 500 requests a second
	@$(BIN)/python -m libs.localstack.jars
	$(BIN)/python -m benchmarks.gateway_load

bench-settled: $(VENV)/dev ## Measure: a loader and a gateway beside 500,000 syncs that are over
	@$(BIN)/python -m libs.localstack.jars
	$(BIN)/python -m benchmarks.settled_syncs

bench-universities: $(VENV)/dev ## Ten universities on one Kafka and one PostgreSQL, each with its oracle; what each costs
	@$(BIN)/python -m libs.localstack.jars
	$(BIN)/pytest -q -m soak tests/e2e/test_universities.py

chaos: $(VENV)/dev ## Play 500 seeded bad days of HEMIS against the fetcher, each with its oracle
	$(BIN)/python -m benchmarks.chaos

up: ## Start the compose stack
	docker compose up -d --build --wait api

down: ## Stop the compose stack; data stays
	docker compose down

audit: $(LOOKERS)/made ## Ask for known vulnerabilities of every locked package; what cannot be looked up is an error
	@failed=; for file in requirements/*.txt; do echo "$$file"; \
	  $(LOOKERS)/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off -r $$file || failed=1; \
	done; test -z "$$failed"

licences: $(VENV)/dev $(LOOKERS)/made ## Write docs/licences.md; refuse a licence that we do not know or that binds us
	@$(LOOKERS)/bin/pip-licenses --python=$(BIN)/python --from=mixed --format=markdown --allow-only="$(LICENCES)" \
	  --packages $$(sed -n '/win32/d; s/^\([a-z0-9-]*\)==.*/\1/p' $(IMAGES:%=requirements/%.txt) | sort -u) > .local/licences
	@printf '# Licences\n\nOf everything in our images; written by `make licences`, which refuses others.\n\n' | cat - .local/licences > docs/licences.md

sbom: $(LOOKERS)/made ## Write a bill of materials (CycloneDX) of each image to sbom/
	@mkdir -p sbom
	@for name in $(IMAGES); do PYTHONWARNINGS=ignore $(LOOKERS)/bin/cyclonedx-py requirements requirements/$$name.txt \
	  --pyproject pyproject.toml --mc-type application --output-reproducible -o sbom/$$name.json; done

lock: ## Lock the dependencies anew (needs uv); all services get the versions that are tested
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

$(LOOKERS)/made: requirements/audit.txt
	@$(PYTHON) -m venv $(LOOKERS)
	@$(LOOKERS)/bin/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r $<
	@touch $@

# The locked files name everything: resolving again lets older pips refuse a pin for an extra's sake.
$(VENV)/run: $(BIN)/python requirements/run.txt
	@echo "installing what hemis-sync needs (once)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements/run.txt
	@$(LAUNCHER)
	@touch $@

$(VENV)/dev: $(BIN)/python requirements/dev.txt
	@echo "installing what the tests need (once)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements/dev.txt
	@$(LAUNCHER)
	@touch $@ $(VENV)/run
