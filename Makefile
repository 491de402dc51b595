# `make` lists the targets.
PYTHON ?= python3
VENV ?= .venv
# `make bench PYTHON=/path/python` measures another interpreter, in an environment of its own.
ifneq ($(filter bench bench-quick,$(MAKECMDGOALS)),)
ifeq ($(origin PYTHON),command line)
VENV := .venv-bench$(subst /,-,$(shell command -v $(PYTHON)))
endif
endif
BIN := $(VENV)/bin
RUN := $(VENV)/.installed
STAMP := $(VENV)/.installed-dev
WEB_STAMP := $(VENV)/.installed-web
FUZZ_STAMP := $(VENV)/.installed-fuzz
FUZZ_SECONDS ?= 60
# Many tests wait for processes, servers and disks: half again as many workers as processors.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) \* 3 / 2)
DOCS ?= docs
SITE ?= build/site

.DEFAULT_GOAL := help

help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(RUN): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[zstd]'
	touch $@

$(STAMP): $(RUN)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

$(WEB_STAMP): $(STAMP)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,web]'
	sh scripts/install_browser.sh
	touch $@

$(FUZZ_STAMP): $(STAMP)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,fuzz]'
	touch $@

install: $(STAMP) ## Make .venv with everything that is needed

demo: $(RUN) ## Submit the samples, run the queue, list and show orders, convert quotes
	@sh scripts/demo.sh $(BIN)/ordercli

test: $(STAMP) ## Run the whole test suite
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -q

test-fast: $(STAMP) ## Run the quick tests, in under a minute
	$(BIN)/python -m pytest -n auto --dist worksteal -q -m "not slow"

coverage: $(STAMP) ## Run the tests and hold the coverage at 95 %
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -q --cov --cov-report=term --cov-fail-under=95

fuzz: $(FUZZ_STAMP) ## Fuzz every reader, FUZZ_SECONDS each; what breaks one is kept in fuzz-found
	cd tests && ../$(BIN)/python -m fuzz --seconds $(FUZZ_SECONDS) --keep ../fuzz-found

check-web: $(WEB_STAMP) ## The server against its OpenAPI document, and its pages in a real browser
	$(BIN)/python -m pytest -q tests/web

lint: $(STAMP) ## ruff, mypy, import layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cd tests && ../$(BIN)/mypy --config-file ../pyproject.toml .
	$(BIN)/lint-imports

docs: $(STAMP) ## Make the generated documents and samples anew
	$(BIN)/python -m scripts.make_docs

check-docs: $(STAMP) ## Are the generated documents and samples fresh?
	$(BIN)/python -m scripts.make_docs --check

site: $(STAMP) ## Build the documentation as a site, in build/site; a dead link is an error
	$(BIN)/python -m sphinx --quiet --fail-on-warning --nitpicky --doctree-dir $(SITE).cache $(DOCS) $(SITE)
	@echo "open $(SITE)/index.html"

format: $(STAMP) ## Format the code
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .

check: lint check-docs coverage ## Everything that must hold before a change lands

bench: $(STAMP) ## Measure against other tools; writes docs/performance.md (BENCH='--marked --only serve', PYTHON=/path/python)
	$(BIN)/python -m benchmarks $(BENCH)

bench-quick: $(STAMP) ## The same on small inputs, in under three minutes
	$(BIN)/python -m benchmarks --quick

faults: $(STAMP) ## Break the program on purpose, thousands of times, and fuzz; writes docs/reliability.md (FAULTS='--minutes 10')
	cd tests && ../$(BIN)/python -m faults $(FAULTS)
	$(MAKE) --no-print-directory fuzz FUZZ_SECONDS=10

mutants: $(STAMP) ## Change the program on purpose, and see that a test fails each time; writes docs/reliability.md
	cd tests && ../$(BIN)/python -m mutants $(MUTANTS)

clean: ## Remove what was made
	rm -rf $(VENV) fuzz-found .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* build dist

.PHONY: help install demo test test-fast fuzz coverage lint docs check-docs site check-web format check bench bench-quick faults mutants clean
