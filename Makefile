# `make help` prints what there is. `make demo` and `make test` need nothing but Python 3.11 and make.
PYTHON ?= python3
BIN := .venv/bin
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
# Empty: every process would compile all packages anew, which takes it ten seconds.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup demo calls run test test-pg browser showroom screenshots check bench chaos lock clean

help: ## print this
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: .venv/.runtime .env ## create the environment: packages, .env, database
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py collectstatic --noinput --verbosity 0

demo: .venv/.runtime .env ## play three calls against the real thing (ARGS=--serve leaves it running)
	@$(BIN)/python manage.py demo $(ARGS)

calls: .venv/.runtime .env ## play all call scripts, or some (ARGS="perm-into-calcom --format json")
	@$(BIN)/python manage.py simulate_call $(ARGS)

run: setup ## web server and worker on this machine
	@trap 'kill 0' EXIT; \
	$(BIN)/celery -A booking_site worker -P threads -c 4 -B --loglevel WARNING & \
	$(BIN)/python manage.py runserver & \
	wait -n; echo "One of the two has ended, so both do."

test: .venv/.dev ## the whole suite on SQLite and the embedded broker
	@$(BIN)/python -m pytest -q -n 2 $(ARGS)

test-pg: .venv/.dev ## the same suite on PostgreSQL and Redis (DATABASE_URL, REDIS_URL)
	@DATABASE_URL=$${DATABASE_URL:?set it to a PostgreSQL, such as postgres://root@127.0.0.1:5432/test} \
	REDIS_URL=$${REDIS_URL:?set it to a Redis, such as redis://127.0.0.1:6379/1} \
	$(BIN)/python -m pytest -q -n 2 $(ARGS)

browser: .venv/.browser ## the back office in a real browser, accessibility included (needs Chromium)
	@$(BIN)/python -m pytest -q -n 2 tests/browser $(ARGS)

showroom: .venv/.dev ## a lived-in salon on this machine, all of it invented (needs no server)
	@$(BIN)/python -m tests.showroom --serve $(ARGS)

screenshots: .venv/.browser ## a picture of every page in docs/screenshots (ARGS="--again --only day week")
	@$(BIN)/python -m tests.showroom $(ARGS)

check: .venv/.dev ## format, lint, types, imports, migrations, the API's description, deployment
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy .
	@$(BIN)/lint-imports
	@DEBUG=true ENV_FILE=/dev/null $(BIN)/python manage.py makemigrations --check --dry-run
	@DEBUG=true ENV_FILE=/dev/null $(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null
	@ENV_FILE=/dev/null DEBUG=false ALLOWED_HOSTS=salon.example \
	SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))') \
	CREDENTIALS_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))') \
	$(BIN)/python manage.py check --deploy --fail-level WARNING

bench: .venv/.dev ## performance, as ratios to a bare floor in the same run
	@$(BIN)/python -m pytest -q tests/bench $(ARGS)

chaos: .venv/.dev ## a fault campaign (ARGS="--seed 7 --appointments 300")
	@$(BIN)/python -m tests.chaos $(ARGS)

lock: .venv/.dev ## compile requirements*.txt from their .in files
	@$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links requirements.in -o requirements.txt
	@$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links requirements-dev.in -o requirements-dev.txt
	@$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links requirements-browser.in -o requirements-browser.txt

clean: ## remove what runs leave behind, the environment included
	@rm -rf .venv var .mypy_cache .ruff_cache .import_linter_cache .hypothesis

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "Python 3.11 or newer is needed; name it with: make PYTHON=python3.11 …"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	{ echo "This Python has no venv. On Debian: apt-get install -y python3-venv"; exit 1; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check uv || true

# With uv in seconds; without it pip reads the same pinned and hashed files.
.venv/.runtime: requirements.txt | .venv/bin/python
	@echo "Installing what the site needs …"
	@$(call install,requirements.txt)
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.runtime
	@echo "Installing what tests and checks need …"
	@$(call install,requirements-dev.txt)
	@touch $@

.venv/.browser: requirements-browser.txt .venv/.dev
	@echo "Installing what drives a browser …"
	@$(call install,requirements-browser.txt)
	@touch $@

install = if [ -x $(BIN)/uv ]; then \
	UV_PYTHON_DOWNLOADS=never VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --require-hashes -r $(1); \
	else $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $(1); fi

.env: | .venv/.runtime
	@$(BIN)/python -c 'import secrets; print("DEBUG=true", "SECRET_KEY=" + secrets.token_urlsafe(50), "CREDENTIALS_KEY=" + secrets.token_urlsafe(50), "# The simulator: `manage.py calcom_simulator --seed`. The real one is https://api.cal.com", "CALCOM_API_URL=http://127.0.0.1:8765", sep="\n")' > $@
