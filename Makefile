# `make help` lists what a person types; everything else is called by these.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3.11
BIN := .venv/bin
DEMO_SCALE ?= 1
WORKERS ?= 3
export DO_NOT_TRACK := 1
AIRFLOW ?= 3.3.1
export AIRFLOW
# uv reads no pip configuration: hand it the index that pip was told to use, if any
ifneq ($(PIP_INDEX_URL),)
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif

# $(1): pytest's expression of marks
define pytest-in-parallel
@$(BIN)/dbt --quiet parse  # once for all the homes that tests make
@$(BIN)/pytest -m "$(1)" -n $(WORKERS) --dist loadgroup --no-loadscope-reorder
endef

.PHONY: help setup demo test test-commands soak test-browser test-infra image test-image test-engines test-airflow engines-page lint lint-workflows format docs bench environment lock release upload drift down clean

help:  ## list these commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 15

setup: $(BIN)/.installed  ## make the Python environment (.venv) from the lock file

$(BIN)/.installed: requirements/dev.txt requirements/uv.txt pyproject.toml adapters/dbt-lake/pyproject.toml
	@echo "setting up .venv"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@VIRTUAL_ENV=.venv $(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes requirements/dev.txt
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e . -e adapters/dbt-lake
	@touch $@

demo: setup  ## start emulated sources and clouds, load, build, publish, compare (DEMO_SCALE=1)
	@$(BIN)/lakehouse up
	@test -f $(or $(LAKEHOUSE_HOME),.lakehouse)/services/demo.json || $(BIN)/lakehouse demo-data --scale $(DEMO_SCALE)
	@$(BIN)/lakehouse run
	@$(BIN)/lakehouse docs
	@cat docs/how-to/try-the-demo.md

test: setup  ## every test but those of the commands below (WORKERS=3: one waits where two work)
	$(call pytest-in-parallel,not browser and not engines and not commands and not infra and not image and not airflow)
	@echo "not among them: whole commands (make test-commands), the docs site in a real browser (make test-browser), Spark, Athena and Kafka (make test-engines), Terraform (make test-infra), the container image (make test-image), Airflow (make test-airflow), whole builds on each engine and histories (make soak)"

test-commands: setup  ## whole commands: processes killed, services stopped, days built twice, pages of docs/how-to followed
	$(call pytest-in-parallel,commands)

soak: setup  ## whole builds on every engine, random histories (HISTORIES=1), loads killed CRASHES times (CRASHES=1000, SEED=n LIFE=n)
	@$(BIN)/pytest -m soak
	@$(BIN)/python -m tests.faults --crashes $(or $(CRASHES),1000) $(if $(SEED),--seed $(SEED)) $(if $(LIFE),--life $(LIFE))

test-browser: setup  ## the docs site in a headless Chromium, which is installed where it is missing
	@tests/docs/install-chromium
	@$(BIN)/pytest -m browser

test-infra: setup  ## Terraform: format, validation, tests, rules over each plan, checkov, dev applied to an emulated AWS, systemd units (Terraform 1.11)
	@command -v terraform >/dev/null || { echo "make test-infra: needs Terraform 1.11 or later on the PATH: install it from its vendor's site" >&2; exit 1; }
	@tests/infra/checkov/install >/dev/null
	@tests/infra/systemd/install
	@$(BIN)/pytest -m infra -n 2 --dist loadgroup --no-loadscope-reorder

image:  ## build the container image lakehouse:TAG with Docker, Podman or Buildah (TAG=dev BASE=python:3.11-slim-bookworm)
	@infra/image/build $(or $(TAG),dev) $(BASE)

test-image: setup  ## build the image on Debian's packages and run it: user, contents, a whole run, Lambda (root, Debian)
	@base=$$(tests/image/install); buildah rmi localhost/lakehouse:test >/dev/null 2>&1 || true; \
	ENGINE=buildah BUILDAH_ISOLATION=chroot infra/image/build test $$base >/dev/null
	@IMAGE=localhost/lakehouse:test $(BIN)/pytest -m image

test-engines: setup  ## macros and queries equal on every engine, gold recomputed, Kafka's source on Apache Kafka (Java 17; Maven)
	@tests/engines/kafka/install >/dev/null
	@tests/engines/spark/install >/dev/null
	@tests/engines/athena/install >/dev/null
	@$(BIN)/pytest -m "engines and not soak"

test-airflow: setup  ## the DAGs parsed and run by Apache Airflow with real commands (AIRFLOW=3.3.1, or 3.0.6)
	@tests/airflow/install >/dev/null
	@$(BIN)/pytest -m airflow

engines-page: setup  ## build on every engine and write the figures into docs/engines.md
	@$(BIN)/python -m tests.engines

docs: setup  ## write the docs site as one page and print its path
	@$(BIN)/lakehouse docs

bench: setup  ## loaders beside a direct copy, dbt build, Spark beside it, a day after a long history: two hours (needs make demo)
	@$(BIN)/python -m bench
	@$(BIN)/python -m bench.engines
	@$(BIN)/python -m bench.next_day

lint: setup  ## what CI and pre-commit check: ruff, mypy, imports between folders, sqlfluff
	@$(BIN)/ruff check --output-format concise .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/sqlfluff lint --processes 2 dbt_project macros

lint-workflows: setup  ## GitHub's workflows, by actionlint (Go)
	@"$$(tests/workflows/install)"/actionlint -color .github/workflows/*.yml

format: setup  ## let ruff and sqlfluff mend what they can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/sqlfluff fix --processes 2 dbt_project

environment: setup  ## write what jobs of EMR Serverless run into build/: libraries, dbt project, wheel, script
	@$(BIN)/python -m operations.emr.package

lock:  ## resolve the dependencies again and write the lock files
	uv=$$(command -v $(BIN)/uv uv | head -1); \
	$$uv pip compile --quiet --all-extras --generate-hashes --no-emit-index-url --no-header \
	  --python-version 3.11 pyproject.toml -o requirements/dev.txt; \
	$$uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --constraint requirements/dev.txt \
	  --python-version 3.11 requirements/emr.in -o requirements/emr.txt; \
	$$uv pip compile --quiet --extra sources --extra dbt --extra lambda --generate-hashes --no-emit-index-url --no-header \
	  --python-version 3.11 --constraint requirements/dev.txt pyproject.toml -o requirements/runtime.txt; \
	$$uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header \
	  --python-version 3.11 tests/infra/checkov/requirements.in -o tests/infra/checkov/requirements.txt; \
	$$uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header \
	  --python-version 3.11 infra/release/cyclonedx/requirements.in -o infra/release/cyclonedx/requirements.txt; \
	for version in 3.0.6:2025-09-15 3.3.1:2026-08-15; do \
	  $$uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	    --exclude-newer $${version#*:} tests/airflow/requirements-$${version%:*}.in \
	    -o tests/airflow/requirements-$${version%:*}.txt; \
	  sed -n 's/^\([^ ]*==[^ ]*\).*/\1/p' tests/airflow/requirements-$${version%:*}.txt > dags/constraints-$${version%:*}.txt; \
	done

release: setup  ## make what an environment runs, in dist/<version>/, from a clean commit (WITHOUT="image" leaves out)
	@$(BIN)/python -m infra.release.make $(WITHOUT:%=--without=%)

upload: setup  ## write a release to an environment's bucket and registry (ENVIRONMENT=dev RELEASE=dist/1.2.0)
	@infra/deploy upload $(or $(RELEASE),$(wildcard dist/*)) $(or $(ENVIRONMENT),$(error make upload: name the environment: make upload ENVIRONMENT=dev))

drift:  ## compare an environment with its Terraform; fails where an apply would change something (ENVIRONMENT=dev)
	@infra/drift $(or $(ENVIRONMENT),$(error make drift: name the environment: make drift ENVIRONMENT=dev))

down: setup  ## stop the emulated sources and clouds
	@$(BIN)/lakehouse down

clean:  ## stop everything and remove what was made: .lakehouse, build, target, logs, .venv
	@if [ -x $(BIN)/lakehouse ]; then $(BIN)/lakehouse down; fi
	rm -rf .lakehouse build target logs dbt_packages .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
