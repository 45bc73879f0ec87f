# Everything a developer runs. Each target makes what it needs, and nothing twice.
# Needed on the machine: Python 3.11 or newer (with venv) and make.

PYTHON ?= python3
# One more than cores: some tests wait, for servers and clients.
JOBS ?= 3

DEV := .venv
DEMO := .venv-demo
LOCK := .venv-lock
CLIENTS := tests/clients

PIP_INSTALL := -m pip install --quiet --disable-pip-version-check
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(LOCK)/bin/pip-compile --quiet --generate-hashes \
	--allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check bench clients lock clean

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

demo: $(DEMO)/ready ## show the product on loopback
	@$(DEMO)/bin/imprint demo

test: $(DEV)/ready $(CLIENTS)/node_modules/ready ## run every test (ARGS=… goes to pytest)
	$(DEV)/bin/python -m pytest --numprocesses $(JOBS) --dist loadfile $(ARGS)

check: $(DEV)/ready ## lint, format, types, imports, then every test: what CI runs
	$(DEV)/bin/ruff check
	$(DEV)/bin/ruff format --check
	$(DEV)/bin/mypy src tests $(wildcard benchmarks/*.py)
	$(DEV)/bin/lint-imports
	@$(MAKE) --no-print-directory test

bench: $(DEV)/ready $(CLIENTS)/node_modules/ready ## run every benchmark
	@set -e; for file in benchmarks/*.py; do \
		[ -f "$$file" ] || continue; \
		echo "== $$file"; \
		$(DEV)/bin/python "$$file"; \
	done

clients: $(CLIENTS)/node_modules/ready ## install the real clients that tests run

lock: $(LOCK)/ready ## renew requirements/*.txt and the clients' lock file
	$(COMPILE) --upgrade --output-file requirements/build.txt requirements/build.in
	$(COMPILE) --upgrade --output-file requirements/lock.txt requirements/lock.in
	$(COMPILE) --upgrade --extra demo --extra test --extra check \
		--output-file requirements/dev.txt pyproject.toml
	cp requirements/dev.txt requirements/demo.txt
	$(COMPILE) --extra demo --output-file requirements/demo.txt pyproject.toml
	cp requirements/demo.txt requirements/run.txt
	$(COMPILE) --output-file requirements/run.txt pyproject.toml
	@$(MAKE) --no-print-directory $(DEV)/ready
	cd $(CLIENTS) && PATH="$(CURDIR)/$(DEV)/bin:$$PATH" npm install --package-lock-only
	$(PYTHON) $(CLIENTS)/strip_lock.py $(CLIENTS)/package-lock.json

clean: ## remove environments, clients and caches
	rm -rf $(DEV) $(DEMO) $(LOCK) $(CLIENTS)/node_modules build dist src/*.egg-info
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# --- environments -------------------------------------------------------------------------------
# `ready` is written last: an interrupted set-up starts over.

$(DEV)/ready: requirements/dev.txt requirements/build.txt pyproject.toml
$(DEMO)/ready: requirements/demo.txt requirements/build.txt pyproject.toml
$(DEV)/ready $(DEMO)/ready:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("imprint needs Python 3.11 or newer, this is " + sys.version.split()[0] + ": say `make PYTHON=python3.12 …`")'
	@echo "setting up $(@D), about a minute, once"
	@[ -x $(@D)/bin/python ] || $(PYTHON) -m venv $(@D)
	@$(@D)/bin/python $(PIP_INSTALL) --require-hashes $(foreach file,$(filter %.txt,$^),-r $(file))
	@$(@D)/bin/python $(PIP_INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(LOCK)/ready: requirements/lock.txt
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python $(PIP_INSTALL) --require-hashes -r requirements/lock.txt
	@touch $@

$(CLIENTS)/node_modules/ready: $(CLIENTS)/package.json $(CLIENTS)/package-lock.json | $(DEV)/ready
	@echo "installing the real clients, about half a minute, once"
	@cd $(CLIENTS) && PATH="$(CURDIR)/$(DEV)/bin:$$PATH" npm ci --loglevel=error
	@touch $@
