# make run    exports the example collection to the embedded local tenant
# make test   lint, types, import rules, tests
# make test-flink  jobs on Flink; needs a Java runtime and Maven, and fetches some 400 MB the first time
# make bench  the benchmarks, as ratios to a plain loop
# make docs   the documentation as a site, in build/site; the tests build it too
# make dev    installs again, which a new file needs

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := cli clients local_tenant model pipelines planning sinks transforms
# The editable install links files one by one, so that type checkers follow it: it must know of every file.
FILES := $(sort $(shell find $(PACKAGES) -name '*.py' -o -name 'py.typed'))
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt \
	--config-settings editable_mode=strict

.PHONY: run test test-flink lint types imports unit bench docs dev clean

run: $(VENV)/.installed
	@$(BIN)/iocbeam demo --input examples/collection.jsonl --output out/example
	@echo "The command is $(BIN)/iocbeam; after 'source $(BIN)/activate' it is iocbeam."

test: $(VENV)/.installed-dev
	@$(MAKE) --no-print-directory lint types imports unit

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy $(foreach package,$(PACKAGES),-p iocbeam.$(package))

imports: $(VENV)/.installed-dev
	$(BIN)/lint-imports

unit: $(VENV)/.installed-dev
	$(BIN)/pytest -n 2 --dist loadfile

test-flink: $(VENV)/.installed-dev
	IOCBEAM_FLINK=required $(BIN)/pytest -m flink tests/flink

bench: $(VENV)/.installed
	$(BIN)/python -m benchmarks

docs: $(VENV)/.installed-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "The documentation is in build/site/index.html."

dev:
	@rm -f $(VENV)/.installed $(VENV)/.installed-dev
	@$(MAKE) --no-print-directory $(VENV)/.installed-dev

clean:
	rm -rf $(VENV) build out *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo "iocbeam needs Python 3.10 or newer; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo "Python cannot make a virtual environment; on Debian: apt install python3-venv"; exit 1; }

$(VENV)/.files: $(VENV)/bin/python FORCE
	@printf '%s\n' $(FILES) | cmp -s - $@ || printf '%s\n' $(FILES) > $@

$(VENV)/.installed: $(VENV)/.files pyproject.toml constraints.txt
	@echo "Installing into $(VENV) ..."
	@rm -rf build
	@$(INSTALL) -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.files pyproject.toml constraints.txt
	@echo "Installing into $(VENV), with the development tools ..."
	@rm -rf build
	@$(INSTALL) -e '.[dev]'
	@touch $(VENV)/.installed $@

FORCE:
