# `make help` lists what a person types; everything else is called by these.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3.11
BIN := .venv/bin
DEMO_SCALE ?= 1
WORKERS ?= 3
export DO_NOT_TRACK := 1
# uv reads no pip configuration: hand it the index that pip was told to use, if any
ifneq ($(PIP_INDEX_URL),)
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif

# $(1): pytest's expression of marks
define pytest-in-parallel
@$(BIN)/dbt --quiet parse  # once for all the homes that tests make
@$(BIN)/pytest -m "$(1)" -n $(WORKERS) --dist loadgroup --no-loadscope-reorder
endef

.PHONY: help setup demo test test-commands soak test-browser test-infra test-engines engines-page lint lint-workflows format docs bench lock drift down clean

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
	$(call pytest-in-parallel,not browser and not engines and not commands and not infra)
	@echo "not among them: whole commands (make test-commands), the docs site in a real browser (make test-browser), Spark, Athena and Kafka (make test-engines), Terraform (make test-infra), whole builds on each engine and histories (make soak)"

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

test-engines: setup  ## macros and queries equal on every engine, gold recomputed, Kafka's source on Apache Kafka (Java 17; Maven)
	@tests/engines/kafka/install >/dev/null
	@tests/engines/spark/install >/dev/null
	@tests/engines/athena/install >/dev/null
	@$(BIN)/pytest -m "engines and not soak"

engines-page: setup  ## build on every engine and write the figures into docs/engines.md
	@$(BIN)/python -m tests.engines

docs: setup  ## write the docs site as one page and print its path
	@$(BIN)/lakehouse docs

bench: setup  ## loaders beside a direct copy, dbt build, Spark beside it, a day after a long history: two hours (needs make demo)
	@$(BIN)/python -m bench
	@$(BIN)/python -m bench.engines
	@$(BIN)/python -m bench.next_day

lint: setup  ## what CI and pre-commit check: ruff, mypy, sqlfluff
	@$(BIN)/ruff check --output-format concise .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/sqlfluff lint --processes 2 dbt_project macros

lint-workflows: setup  ## GitHub's workflows, by actionlint (Go)
	@"$$(tests/workflows/install)"/actionlint -color .github/workflows/*.yml

format: setup  ## let ruff and sqlfluff mend what they can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/sqlfluff fix --processes 2 dbt_project

lock:  ## resolve the dependencies again and write the lock files
	uv=$$(command -v $(BIN)/uv uv | head -1); \
	$$uv pip compile --quiet --all-extras --generate-hashes --no-emit-index-url --no-header \
	  --python-version 3.11 pyproject.toml -o requirements/dev.txt; \
	$$uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header \
	  --python-version 3.11 tests/infra/checkov/requirements.in -o tests/infra/checkov/requirements.txt

drift:  ## compare an environment with its Terraform; fails where an apply would change something (ENVIRONMENT=dev)
	@infra/drift $(or $(ENVIRONMENT),$(error make drift: name the environment: make drift ENVIRONMENT=dev))

down: setup  ## stop the emulated sources and clouds
	@$(BIN)/lakehouse down

clean:  ## stop everything and remove what was made: .lakehouse, target, logs, .venv
	@if [ -x $(BIN)/lakehouse ]; then $(BIN)/lakehouse down; fi
	rm -rf .lakehouse target logs dbt_packages .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
