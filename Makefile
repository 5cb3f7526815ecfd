# `make demo` and `make test` make their own environment, pinned by constraints.txt.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export BATCHWORK_TEST_DATA ?= $(wildcard $(CURDIR)/../shared/data)
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: demo test check format bench docs clean

demo: $(VENV)/.user
	$(BIN)/batchwork demo --out demo

test: check
	$(BIN)/python -m pytest

check: $(VENV)/.developer
	$(BIN)/ruff format --check src tests benchmarks examples
	$(BIN)/ruff check src tests benchmarks examples
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_architecture.py

format: $(VENV)/.developer
	$(BIN)/ruff format src tests benchmarks examples
	$(BIN)/ruff check --fix src tests benchmarks examples

bench: $(VENV)/.peers
	$(BIN)/python benchmarks/all.py

docs: $(VENV)/.docs
	$(BIN)/mkdocs build --strict

$(VENV)/.user: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --upgrade 'pip>=25.1'
	$(PIP) install --quiet --constraint constraints.txt --editable '.[all]'
	touch $@

$(VENV)/.developer: $(VENV)/.user
	$(PIP) install --quiet torch==2.13.0
	$(PIP) install --quiet --constraint constraints.txt --group test
	touch $@

$(VENV)/.docs: $(VENV)/.user
	$(PIP) install --quiet --constraint constraints.txt --group docs
	touch $@

$(VENV)/.peers: $(VENV)/.developer
	$(PIP) install --quiet --constraint constraints.txt --group bench
	touch $@

clean:
	rm -rf $(VENV) demo site .mypy_cache .ruff_cache .pytest_cache .hypothesis
