# Everything sets itself up: a virtual environment in .venv with the pinned versions of constraints.txt.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
POSTS ?= 1000000
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help setup demo test lint notebooks pictures bench wheel clean

help:  ## say what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(READY): pyproject.toml constraints.txt scripts/make-venv.sh
	@PYTHON="$(PYTHON)" sh scripts/make-venv.sh $(VENV)
	@touch $(READY)

setup: $(READY)  ## make the virtual environment

demo: $(READY)  ## load the demo data, show four analyses, write a page of charts
	@$(BIN)/echo-analytics demo --output echo-analytics-demo.html $(if $(OPEN),--open)

# Up to four processes share the tests, a module at a time; `.venv/bin/pytest tests/test_x.py` is one.
SHARED := --numprocesses=auto --maxprocesses=4 --dist=loadfile --no-loadscope-reorder

test: lint  ## every check: style, types, tests, notebooks
	@sh scripts/install-chromium.sh
	@sh scripts/install-pango.sh $(BIN)/python
	$(BIN)/pytest $(SHARED) $(PYTEST_ARGS)

lint: $(READY)  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

notebooks: $(READY)  ## execute the notebooks and save them with their outputs
	$(BIN)/python scripts/execute_notebooks.py notebooks

pictures: $(READY)  ## draw the pictures of the pages about the analyses
	@sh scripts/install-chromium.sh
	$(BIN)/python scripts/draw_pictures.py docs/images

bench: $(READY)  ## measure beside the alternatives, up to POSTS=1000000, and write docs/benchmarks.md
	@$(BIN)/python -m pip install --quiet --quiet --constraint constraints.txt --editable '.[bench]'
	$(BIN)/python -m benchmarks --posts $(POSTS) $(BENCH_ARGS)

wheel: $(READY)  ## build the wheel, and use it in an empty environment
	PYTHON="$(PYTHON)" sh scripts/try-wheel.sh $(BIN)

clean:  ## remove what the other targets made
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis echo-analytics-demo.html
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
