# Every command that a person or a build machine runs. `make` alone lists them.
#
# Only python3 (3.11 or later, with venv) and make are needed: the first command that needs the environment makes
# it in .venv, from locked requirements whose every file is checked against its hash.

# any Python >= 3.11 that can make a virtual environment
PYTHON ?= python3
# handed on: make digits OPTIONS="--epochs 2", make test OPTIONS="-k softmax"
OPTIONS ?=

BIN := .venv/bin
PIP_INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
PIP_COMPILE = $(BIN)/pip-compile --quiet --generate-hashes --no-emit-options --no-header --strip-extras \
	--allow-unsafe --extra sample
# hatchling and editables build the package itself; colorama is what some packages need on Windows only
ALSO := hatchling editables colorama
RUNTIME := .venv/.runtime
DEVELOPMENT := .venv/.development
# the libraries that Pellucid is measured against, in an environment of their own
PEERS := benchmarks/.venv/.installed
PEERS_ON_TABLES := benchmarks/tabular/.venv/.installed

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help digits test quick check format coverage benchmark benchmark-tables lock wheel changelog environment clean clean-all

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

digits: $(RUNTIME) ## train the network on MNIST's digits and show how well it reads
	$(BIN)/pellucid digits $(OPTIONS)

# one thread for each worker: several workers with several threads each would wait for one another
test: $(DEVELOPMENT) ## run every test and every example in the documentation, the slow ones too
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n auto $(OPTIONS)

quick: $(DEVELOPMENT) ## run the tests of the mathematics: formulas, network, training
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n auto -q -m "not slow and not network" \
		tests/formulas tests/network tests/training $(OPTIONS)

check: $(DEVELOPMENT) ## check format, style, types, imports between rooms, and sizes
	@failed=0; for command in "ruff format --check ." "ruff check ." "mypy" "lint-imports --no-logo" \
		"pytest -q tests/architecture/test_sizes.py"; do \
		echo "$(BIN)/$$command"; $(BIN)/$$command || failed=1; done; exit $$failed

format: $(DEVELOPMENT) ## put the code into its standard format and mend what can be mended by machine
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

coverage: $(DEVELOPMENT) ## tell which lines no quick test runs
	$(BIN)/coverage run -m pytest -q -m "not slow and not network" $(OPTIONS)
	$(BIN)/coverage report --show-missing --skip-covered

# half an hour on a machine that does nothing else: make benchmark OPTIONS="--only b,d --repeats 3"
benchmark: $(DEVELOPMENT) $(PEERS) ## measure speed beside other libraries and write docs/benchmarks.md and docs/engine.md
	@$(BIN)/python -m benchmarks $(OPTIONS)

# hours; it goes on where it stopped: make benchmark-tables OPTIONS="--status"
benchmark-tables: $(PEERS_ON_TABLES) ## compare with other libraries on some fifty tables and write docs/benchmarks-tables.md
	@benchmarks/tabular/.venv/bin/python -m benchmarks.tabular $(OPTIONS)

lock: $(DEVELOPMENT) ## choose the newest versions that fit and write them, with hashes, to requirements*.txt
	printf '%s\n' $(ALSO) | $(PIP_COMPILE) --upgrade --output-file requirements.txt pyproject.toml -
	printf '%s\n' $(ALSO) | $(PIP_COMPILE) --upgrade --extra development --constraint requirements.txt \
		--output-file requirements-development.txt pyproject.toml -

wheel: $(DEVELOPMENT) ## build the package: dist/*.whl and dist/*.tar.gz
	$(BIN)/python -m build --no-isolation

changelog: $(DEVELOPMENT) ## show what the next release's changelog will say
	$(BIN)/towncrier build --draft

environment: $(DEVELOPMENT) ## make .venv, or bring it up to date, for working on Pellucid

clean: ## remove builds and caches
	rm -rf build dist output htmlcov .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis \
		.import_linter_cache
	find src tests docs benchmarks -name .venv -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +

clean-all: clean ## remove builds, caches and the environments
	rm -rf .venv benchmarks/.venv benchmarks/tabular/.venv

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Pellucid needs Python 3.11 or later, but '$(PYTHON)' is older or not there;" \
			"name another: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv .venv

$(RUNTIME): requirements.txt pyproject.toml $(BIN)/python
	$(PIP_INSTALL) --require-hashes --requirement requirements.txt
	$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(DEVELOPMENT): requirements-development.txt pyproject.toml $(BIN)/python
	$(PIP_INSTALL) --require-hashes --requirement requirements-development.txt
	$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@ $(RUNTIME)  # it holds all that running needs

$(PEERS): benchmarks/requirements.txt $(BIN)/python
	$(BIN)/python -m venv --clear benchmarks/.venv
	benchmarks/.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

$(PEERS_ON_TABLES): benchmarks/tabular/requirements.txt $(BIN)/python
	test -x benchmarks/tabular/.venv/bin/python || $(BIN)/python -m venv benchmarks/tabular/.venv
	benchmarks/tabular/.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	benchmarks/tabular/.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--no-build-isolation --editable .
	@touch $@
