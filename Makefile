# `make demo` and `make test` are all a newcomer needs; each first sets up what is missing.
PYTHON ?= $(firstword $(foreach p,python3.13 python3 python,$(if $(shell $(p) -c 'import sys; print(sys.version_info[:2] == (3, 13) or "")' 2>/dev/null),$(p))))
BIN := .venv/bin
READY := .venv/.ready

.PHONY: setup demo test lint check docs bench clean

setup: $(READY) node_modules/.package-lock.json

$(READY): requirements.txt requirements-dev.txt constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.13 was not found: install it, or name it with PYTHON=/path/to/python3.13"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --silent --no-audit --no-fund
	@touch $@

demo: setup
	@$(BIN)/python -m local demo $(ARGS)

test: setup
	$(BIN)/python -m pytest -n auto $(ARGS)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

check: lint test

docs: setup
	$(BIN)/python -m docs.generate

bench: setup
	$(BIN)/python -m bench $(ARGS)
	$(BIN)/python -m bench.telemetry $(ARGS)
	$(BIN)/python -m bench.scans --megabytes 10 $(ARGS)

clean:
	rm -rf .venv node_modules .local .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
