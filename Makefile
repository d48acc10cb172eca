# The two commands that matter: `make run` and `make test`. Both set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# uv takes a tenth of pip's time, and compiles nothing: what is used is compiled as it is imported. It does not read
# pip's settings, so where it cannot install, as with an index of one's own, pip does.
install = $(BIN)/uv pip install --quiet --python $(BIN)/python $(1) \
	|| $(BIN)/python -m pip install --quiet --disable-pip-version-check $(1)
# Two processes that begin at one half of the tests each, so that most of what a file sets up is set up once; who is done
# first takes over from the other. While one waits for a server or a browser the other has the machine.
SPREAD := -n 2 --dist worksteal
# Tests start many processes of this project; each would compile all of it again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test test-fast lint format lock bench screenshots clean

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(BIN)/uv: | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $$(grep '^uv==' requirements-dev.txt)

$(VENV)/.installed: requirements.txt | $(BIN)/uv
	$(call install,-r requirements.txt)
	@touch $@

$(VENV)/.installed-dev: requirements.txt requirements-dev.txt | $(BIN)/uv
	$(call install,-r requirements.txt -r requirements-dev.txt)
	@touch $(VENV)/.installed $@

run: $(VENV)/.installed  ## start the app on http://localhost:8501
	$(BIN)/python -m streamlit run app.py

test: $(VENV)/.installed-dev  ## every test, with the checks of `make lint` first
	@$(MAKE) --no-print-directory lint
	$(BIN)/python -m pytest $(SPREAD)

test-fast: $(VENV)/.installed-dev  ## the tests that need no server, no browser and little time
	$(BIN)/python -m pytest -m "not server and not browser and not slow"

lint: $(VENV)/.installed-dev  ## style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev  ## put the code into the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(VENV)/.installed-dev  ## compile requirements*.in into pinned requirements*.txt
	$(BIN)/uv pip compile requirements.in -o requirements.txt --universal --python-version 3.11 --no-emit-index-url --no-header --quiet
	$(BIN)/uv pip compile requirements-dev.in -o requirements-dev.txt --universal --python-version 3.11 --no-emit-index-url --no-header --quiet

bench: $(VENV)/.installed-dev  ## measure speed and memory, results in bench/results
	$(BIN)/python -m bench

screenshots: $(VENV)/.installed-dev  ## take the README's pictures anew, with a real browser
	$(BIN)/python -m docs.take_screenshots

clean:  ## remove the environment and caches; never data/store
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
