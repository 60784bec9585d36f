# make run    the window; make test    all tests; make check    style, types and imports
# Each sets up what it needs: system libraries, the virtual environment $(VENV), the packages that constraints.txt pins.

PYTHON ?= python3
VENV ?= .venv
# more for pytest: make test ARGS="-x tests/gui"; ARGS="-n 0" for one process
ARGS ?=

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
READY := $(VENV)/.ready
READY_FOR_DEVELOPMENT := $(VENV)/.ready-for-development
DEMO := resources/demo/03-01-03-02-01-02-07.flac

.PHONY: run test check wheel constraints clean
.DELETE_ON_ERROR:

run: $(READY)
	@if [ "$$(uname -s)" = Linux ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY$$QT_QPA_PLATFORM" ]; then \
		echo "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can be opened."; \
		echo "To predict from the command line:"; \
		echo "  $(BIN)/humpcat predict $(DEMO)"; \
		echo "All commands: $(BIN)/humpcat --help"; \
	else \
		$(BIN)/humpcat; \
	fi

test: $(READY_FOR_DEVELOPMENT)
	$(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 $(ARGS)

check: $(READY_FOR_DEVELOPMENT)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

wheel: $(READY_FOR_DEVELOPMENT)
	$(BIN)/python -m build --no-isolation --outdir dist

# After a change of dependencies in pyproject.toml: what the environment holds now, less this project itself.
constraints: $(READY_FOR_DEVELOPMENT)
	( sed -n '/^#/p' constraints.txt; \
	  $(BIN)/python -m pip freeze --exclude-editable | sed 's/+[a-z0-9.]*$$//' ) >constraints.new
	mv constraints.new constraints.txt

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find app core_model training_jobs tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@resources/setup/system_packages.sh "$(PYTHON)"
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "HuMP-CAT Studio needs Python 3.11 or later; name one with: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "Making the virtual environment $(VENV)"
	@"$(PYTHON)" -m venv "$(VENV)"

$(READY): pyproject.toml constraints.txt | $(BIN)/python
	@resources/setup/system_packages.sh "$(BIN)/python"
	@echo "Installing the packages that the program needs; the first time takes minutes"
	@$(PIP) --editable .
	@touch $@

$(READY_FOR_DEVELOPMENT): pyproject.toml constraints.txt | $(BIN)/python
	@resources/setup/system_packages.sh "$(BIN)/python"
	@echo "Installing the packages that the program, its tests and checks need; the first time takes minutes"
	@$(PIP) --editable '.[dev]'
	@touch $(READY) $@
