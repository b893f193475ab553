# Two commands do everything on a fresh machine that has Python 3.11 or later and make:
#   make evaluation   and   make test
# The same lines without make stand in README.md. Set-up needs no other program, no HOME and no configuration.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
INSTALL := $(UV) --system-certs pip install --quiet --python $(BIN)/python --compile-bytecode
LOCK := $(UV) --system-certs pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
READY := $(VENV)/ready-to-evaluate
READY_FOR_TESTS := $(VENV)/ready-to-test
BROWSER := $(firstword $(BROWSER_PATH) $(shell command -v chromium || command -v chromium-browser || command -v google-chrome))

.DEFAULT_GOAL := help
.PHONY: validation help evaluation test lab lock bundle audit format clean test-needs

help: ## list every task
	@$(PYTHON) -c "import re; [print(f'make {task:12}{line}') for task, line in re.findall(r'^([a-z]+):.*?## (.*)', open('Makefile', encoding='utf-8').read(), re.M)]"

evaluation: $(READY) ## set up, run Zhengzhou's mid-term evaluation, print where its briefing is
	@$(BIN)/zzlib run midterm

test: test-needs $(READY_FOR_TESTS) ## set up, then check everything: style, types, layers, tests, doctests, notebooks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest --nbval-lax --numprocesses auto --dist loadscope tests zzlib notebooks

validation: $(READY_FOR_TESTS) ## check against published oracles; needs ZZLIB_SHARED=FOLDER
	$(INSTALL) --editable ".[oracles]"
	$(BIN)/python -m pytest validation
	ZZLIB_LAB=all $(BIN)/python -m pytest tests/browser/test_lab.py
	ZZLIB_CRASH_STEP=1 $(BIN)/python -m pytest tests/test_faults.py
	ZZLIB_DAMAGES=2000 $(BIN)/python -m pytest --numprocesses auto tests/test_damaged_files.py

lab: $(READY) ## open JupyterLab on the notebooks
	ZZLIB_KEPT=$(CURDIR)/outputs/.kept $(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) notebooks

lock: $(READY_FOR_TESTS) ## make both locks again, with the newest versions that pyproject.toml allows
	$(LOCK) --output-file requirements.lock pyproject.toml
	$(LOCK) --extra test --constraint requirements.lock --output-file requirements-test.lock pyproject.toml

bundle: $(READY) ## pack what a machine without a network needs into dist/
	@.ci/bundle

audit: $(READY_FOR_TESTS) ## what is known against the packages of the locks: advisories, withdrawn versions, licences
	@$(BIN)/python .ci/audit.py

format: $(READY_FOR_TESTS) ## format the code and sort its imports
	$(BIN)/ruff check --select I --fix .
	$(BIN)/ruff format .

clean: ## remove what set-up and tests made; runs in outputs/ stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# What pip cannot give. Ends at once and says what to install, so that no test has to be skipped.
test-needs:
	@missing=; \
	[ -n "$(BROWSER)" ] || missing="$$missing chromium"; \
	command -v fc-list >/dev/null || missing="$$missing fontconfig"; \
	fc-list :lang=zh 2>/dev/null | read -r font || missing="$$missing fonts-noto-cjk"; \
	command -v pg_virtualenv >/dev/null && ls /usr/lib/postgresql/*/bin/pg_ctl >/dev/null 2>&1 || missing="$$missing postgresql"; \
	[ -z "$$missing" ] || { echo "make test needs:$$missing. On Debian or Ubuntu: sudo apt-get install$$missing" >&2; exit 1; }

# A stamp is newer than the lock it was made from, so a second call does nothing and a changed lock is installed.
$(READY): requirements.lock pyproject.toml | $(UV)
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps --editable .
	@: > $@

$(READY_FOR_TESTS): requirements-test.lock pyproject.toml | $(UV)
	$(INSTALL) --require-hashes -r requirements-test.lock
	$(INSTALL) --no-deps --editable .
	@: > $(READY)
	@: > $@

$(UV):
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { echo "zzlib needs Python 3.11 or later; name one: make PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c "import ensurepip, venv" || { echo "Python lacks venv. On Debian or Ubuntu: sudo apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.13,<0.14"
