# `make run` and `make test` need Python 3.11 or newer, and nothing else.
PYTHON ?= python3
PORT ?= 8000
PYTEST_ARGS ?= -n auto
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --quiet --disable-pip-version-check

.PHONY: run test kills repeats conformance bench lint format types contracts lock clean help

help:
	@echo "make run      install, then start Cadence with its demo on port $(PORT)"
	@echo "make test     install what tests need, then run them (DATABASE_URL for PostgreSQL)"
	@echo "make kills    kill the delivery worker hundreds of times and count what was lost"
	@echo "make bench    measure it beside bare references (ONLY=6,7 DATABASE=sqlite QUICK=1)"
	@echo "make repeats  send the same batches by eight processes at once and count the effects"
	@echo "make conformance  ask the API what its own document allows, and what it does not (EXAMPLES=50)"
	@echo "make lint     what CI checks before the tests: style, types, import contracts"
	@echo "make format   put the code into the house's format"
	@echo "make lock     resolve pyproject.toml again into the two lock files"
	@echo "make clean    remove the environment and caches; var/ with your data stays"

run: $(VENV)/.runtime
	@PORT=$(PORT) exec $(BIN)/cadence up --demo

test: $(VENV)/.dev
	$(BIN)/python -m pytest $(PYTEST_ARGS)

# On SQLite in a folder of its own, or on the empty database that DATABASE_URL names.
kills: $(VENV)/.dev
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
		export DATABASE_URL="$${DATABASE_URL:-sqlite:///$$folder/kills.sqlite3}" && \
		$(BIN)/python manage.py migrate --verbosity 0 && $(BIN)/python -m tests.kills

repeats: $(VENV)/.dev
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
		export DATABASE_URL="$${DATABASE_URL:-sqlite:///$$folder/repeats.sqlite3}" && \
		$(BIN)/python manage.py migrate --verbosity 0 && $(BIN)/python -m tests.repeats

# On SQLite, or on the PostgreSQL of DATABASE_URL. So many cases of each operation, right and wrong.
EXAMPLES ?= 50
conformance: $(VENV)/.dev
	@EXAMPLES=$(EXAMPLES) JSON_SUITE=whole $(BIN)/python -m pytest -q tests/api/test_conformance.py tests/api/test_json_suite.py

# On SQLite and, where there is one, PostgreSQL; the world that is measured is kept in var/benchmarks.
bench: $(VENV)/.dev
	@$(BIN)/python -m benchmarks

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	git ls-files 'templates/*.html' | xargs -r $(BIN)/djade --check --target-version 5.2
	$(BIN)/lint-imports
	$(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	git ls-files 'templates/*.html' | xargs -r $(BIN)/djade --target-version 5.2

# The environment: one folder, made once; each lock file has a stamp that says it is installed.
$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Cadence needs Python 3.11 or newer; $$($(PYTHON) --version 2>&1) was found. Say PYTHON=python3.12, for example."; exit 1; }
	@echo "Making a private environment in $(VENV) …"
	@$(PYTHON) -m venv --clear $(VENV) || \
		{ rm -rf $(VENV); echo "Python's venv module is not complete; on Debian and Ubuntu: apt install python3-venv"; exit 1; }

$(VENV)/.runtime: requirements.lock pyproject.toml | $(BIN)/pip
	@echo "Installing what Cadence needs; half a minute, the first time …"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(BIN)/pip
	@echo "Installing what Cadence and its tests need …"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps --editable .
	@touch $@ $(VENV)/.runtime

UV_COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11
lock: | $(BIN)/pip
	@$(PIP) install uv
	$(UV_COMPILE) pyproject.toml --output-file requirements.lock
	$(UV_COMPILE) pyproject.toml --extra dev --constraint requirements.lock --output-file requirements-dev.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info
