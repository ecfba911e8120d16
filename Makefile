# One word per chore; people, hooks and CI use the same words.
SHELL := /bin/sh
export UV_COMPILE_BYTECODE := 1
export DAGSTER_HOME ?= $(CURDIR)/dagster_home
# uv is used when it is there; else it is put in .tools, never globally.
UV := $(shell command -v uv 2>/dev/null || echo $(CURDIR)/.tools/bin/uv)
RUN := $(UV) run --frozen --no-sync
DEMO := $(CURDIR)/dagster_home/demo
REAL := $(CURDIR)/dagster_home/demo-real
.DEFAULT_GOAL := help

.PHONY: help setup demo demo-real test test-whole test-cluster test-all check fix dev docs bench bench-full bench-statistics golden release bundle clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.ready ## environment from the lock file

.venv/.ready: pyproject.toml uv.lock
	@if [ ! -x "$(UV)" ]; then echo "Putting uv in .tools ..."; \
	  python3 -m venv .tools && .tools/bin/pip install --quiet uv; fi
	@echo "Setting up the environment from uv.lock (the first time takes some minutes) ..."
	@$(UV) sync --frozen --quiet --extra cluster
	@touch .venv/.ready

demo: setup ## a fictional district: exports to published reports
	@$(RUN) meos demo --data $(DEMO)

demo-real: setup ## the same pipeline over real stop records (Hartford)
	@$(RUN) meos demo --real --data $(REAL)

# Beside each other; then once more, alone, what failed while other tests ran beside it.
define tests
@sh tests/install_browser.sh
@PYTEST_ADDOPTS="-n auto --dist loadfile --no-loadscope-reorder" $(RUN) python -m pytest -q -m "$(1)" || \
  { echo "Once more, alone, what failed while other tests ran beside it ..."; $(RUN) python -m pytest -q --lf -m "$(1)"; }
endef

test: setup ## what you run for each change: five minutes on two cores
	$(call tests,not slow and not whole)

test-whole: setup ## the rest that CI runs: whole sites, browser, Dagster, long tables
	@sh tests/install_cluster.sh
	$(call tests,not slow and whole)

test-cluster: setup ## two workers over real Postgres and Redis, one of them killed
	@sh tests/install_cluster.sh
	@$(RUN) python -m pytest -q tests/cluster

test-all: setup ## everything, slow tests too, with coverage
	@sh tests/install_browser.sh
	@sh tests/install_cluster.sh
	@$(RUN) python -m pytest -q --cov --cov-report=term-missing:skip-covered

check: setup ## lint, format, types, layers, definitions
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy
	@$(RUN) lint-imports --no-cache
	@$(RUN) dg check defs

fix: setup ## format and repair
	@$(RUN) ruff format .
	@$(RUN) ruff check --fix .

dev: setup ## Dagster's UI on the demo data
	@test -d $(DEMO)/landing || $(RUN) meos generate $(DEMO)/landing
	@MEOS_DATA=$(DEMO) $(RUN) meos dev

docs: setup ## build the documentation and serve it
	@$(UV) run --frozen --group docs mkdocs serve

bench: setup ## quick benchmarks, at most ten minutes
	@$(UV) run --frozen --group bench python -m benchmarks.run --quick

bench-full: setup ## 1, 10 and 100 million records
	@$(UV) run --frozen --group bench python -m benchmarks.run --full

bench-statistics: setup ## coverage, false alarms and power of each method
	@$(RUN) python -m benchmarks.statistics

golden: setup ## renew golden files, then read the difference
	@$(RUN) python -m pytest -q --snapshot-update tests && git diff --stat

release: setup ## wheel, source, SBOM and hashes in dist
	@rm -rf dist && $(UV) build --quiet --out-dir dist
	@$(UV) export --frozen --no-default-groups --all-extras --format cyclonedx1.5 --quiet --output-file dist/sbom.json
	@$(RUN) python -m tests.supply_chain dist/sbom.json
	@cd dist && sha256sum *.whl *.tar.gz sbom.json > SHA256SUMS && cat SHA256SUMS

FOR := linux-3.11
bundle: setup ## one folder to install from without an index: make bundle FOR=windows-3.12
	@rm -rf dist/bundle-$(FOR) && $(UV) build --quiet --wheel --out-dir dist/bundle-$(FOR)/wheels
	@rm -f dist/bundle-$(FOR)/wheels/.gitignore
	@$(RUN) --with pip python -m tests.bundle dist/bundle-$(FOR) $(FOR)

clean: ## remove the environment and what demos made
	rm -rf .venv .tools site dist $(DEMO) $(REAL)
