# Every target makes the virtual environment it needs: `make test` works on a fresh checkout.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP_INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: demo test test-torch lint format clean help

demo: $(VENV)/.installed ## compile a model and show its IR on the way
	$(PY) -m inlay.tools.demo

test: $(VENV)/.installed-test ## run all tests (pass options on with ARGS="-k fuse")
	$(PY) -m pytest -n auto $(ARGS)

test-torch: $(VENV)/.installed-torch ## run the tests that need PyTorch
	$(PY) -m pytest -m torch $(ARGS)

lint: $(VENV)/.installed-lint ## check style (ruff) and types (pyright)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m pyright --pythonpath $(PY)

format: $(VENV)/.installed-lint ## put the sources into ruff's format
	$(PY) -m ruff check --fix-only .
	$(PY) -m ruff format .

clean: ## remove the virtual environment and all that is generated
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

# An environment that could not be made whole is removed, so that the next run starts afresh.
$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || { \
	    echo "inlay needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1)." >&2; \
	    echo "Name another one: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# A stamp is as new as the last installation with its extra; a changed pyproject.toml renews it.
$(VENV)/.installed: pyproject.toml | $(PY)
	$(PIP_INSTALL) --editable .
	@touch $@

$(VENV)/.installed-test: pyproject.toml | $(PY)
	$(PIP_INSTALL) --editable '.[test]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-lint: pyproject.toml | $(PY)
	$(PIP_INSTALL) --editable '.[lint]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-torch: pyproject.toml | $(PY)
	$(PIP_INSTALL) --editable '.[test,torch]'
	@touch $@ $(VENV)/.installed $(VENV)/.installed-test
