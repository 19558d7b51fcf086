# plumbline: `make run` turns the embedded filings into a warehouse and a report, `make test` proves it.
#
#   run    build the environment if needed, refresh from the embedded data, no network after that
#   test   the whole fast test suite (SLOW=1 adds the slow ones)
#   ui     the Dagster UI on http://127.0.0.1:3000
#   lint   format, lint, types, import rules, SQL
#   bench  speed and memory, each beside a floor
#   dictionary  docs/data-dictionary.md, of the models' yml
#   reference   docs/reference, of the code
#   site        the documentation as a site in site/, which needs no network
#   screenshots docs/assets/ui, pictures of the Dagster UI in a browser
#   dbt-docs    dbt's documentation of the published warehouse, one page
#   fault-matrix  docs/fault-matrix.md, of faults injected one by one: an hour, as root
#   year   a year of filings of seven companies in fast time, a quarter of an hour
#   soak   an hour of refreshes and readers
#   spark-env   the environment of Spark in .venv-spark, which needs Java
#   parity      every mart on DuckDB and on Spark, row by row (BUILD= a warehouse or raw Parquet)
#   lock   resolve the dependencies anew
#   clean  remove the environment and caches (never data/)

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SPARK_VENV := .venv-spark
UV := $(shell command -v uv 2>/dev/null)
export PLUMBLINE_DATA_DIR ?= data
# Start-up doubles where compiled modules may not be written.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test ui lint bench dictionary reference site screenshots dbt-docs fault-matrix year soak spark-env parity lock check-lock audit-dependencies clean help

help:
	@sed -n '3,19s/^# *//p' Makefile

run: $(VENV)/installed
	@$(BIN)/plumbline refresh

test: $(VENV)/installed-dev
	@$(BIN)/pytest -n auto --dist loadfile --durations 20 $(if $(SLOW),-m "not long")

ui: $(VENV)/installed
	@$(BIN)/plumbline ui

lint: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint dbt
	$(BIN)/sqlfluff lint --config dbt/.sqlfluff --templater raw docs/sql

bench: $(VENV)/installed-dev
	$(BIN)/python benchmarks/refresh.py
	$(BIN)/python -m benchmarks.xbrl
	$(BIN)/python -m benchmarks.scale
	$(BIN)/python -m benchmarks.data_sets
	$(BIN)/python -m benchmarks.claims
	$(BIN)/python -m benchmarks.valuation

dictionary: $(VENV)/installed
	@$(BIN)/plumbline dictionary --out docs/data-dictionary.md

reference: $(VENV)/installed
	@$(BIN)/python -m orchestration.reference docs/reference

site: $(VENV)/installed-dev
	@# With --quiet warnings would not count, and a broken link would not stop it.
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

screenshots: $(VENV)/installed-dev
	@PLUMBLINE_WRITE_SCREENSHOTS=1 $(BIN)/pytest -m long tests/integration/test_dagster_ui.py

dbt-docs: $(VENV)/installed
	@$(BIN)/plumbline docs

fault-matrix: $(VENV)/installed-dev
	@PLUMBLINE_WRITE_FAULT_MATRIX=1 $(BIN)/pytest -n 2 --dist loadfile -m long \
		tests/integration/test_faults_of_the_machine.py tests/integration/test_faults_of_the_input.py

year: $(VENV)/installed-dev
	@$(BIN)/pytest -s -m long tests/integration/test_a_year.py

soak: $(VENV)/installed-dev
	@PLUMBLINE_SOAK_SECONDS=3600 $(BIN)/pytest -s -m long tests/integration/test_soak.py

spark-env: $(SPARK_VENV)/installed

parity: $(VENV)/installed-dev $(SPARK_VENV)/installed
	@PLUMBLINE_SPARK_PYTHON=$(SPARK_VENV)/bin/python $(BIN)/python -m benchmarks.parity $(BUILD)

COMPILE = uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-strip-extras --custom-compile-command "make lock" --quiet

lock: $(VENV)/installed-dev
	$(BIN)/$(COMPILE) --upgrade --group build --output-file requirements.lock
	$(BIN)/$(COMPILE) --upgrade --group build --group dev --constraints requirements.lock --output-file requirements-dev.lock
	$(BIN)/$(subst pyproject.toml,deploy/kubernetes/requirements.in,$(COMPILE)) --upgrade --no-deps --constraints requirements.lock --output-file deploy/kubernetes/requirements.lock
	$(BIN)/$(subst pyproject.toml,spark/requirements.in,$(COMPILE)) --upgrade --output-file spark/requirements.lock
	# The pip of Python 3.11 takes html-clean and html_clean, as justext spells it, for two extras.
	sed -i.bak 's/^lxml\[html-clean\]/lxml[html_clean]/' requirements.lock requirements-dev.lock
	rm requirements.lock.bak requirements-dev.lock.bak

check-lock: $(VENV)/installed-dev
	$(BIN)/python .ci/check_lock.py

audit-dependencies: $(VENV)/installed-dev
	@$(BIN)/python .ci/audit_dependencies.py

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
		|| { echo "Python 3.11, 3.12 or 3.13 is needed; set PYTHON=python3.12 or the like"; exit 1; }
ifdef UV
	@$(UV) venv --quiet --python $(PYTHON) $(VENV)
else
	@$(PYTHON) -m venv $(VENV)
endif

$(VENV)/installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(call install,requirements.lock)
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock requirements.lock pyproject.toml | $(VENV)/bin/python
	$(call install,requirements-dev.lock)
	@touch $@ $(VENV)/installed

# Spark finds the project in the directory it is started in.
$(SPARK_VENV)/installed: spark/requirements.lock
	@command -v java >/dev/null || { echo "Spark needs Java 17 or 21 on the path"; exit 1; }
	@echo "Installing $< in $(SPARK_VENV)"
ifdef UV
	@$(UV) venv --quiet --clear --python $(PYTHON) $(SPARK_VENV)
	@$(UV) pip install --quiet --python $(SPARK_VENV)/bin/python --require-hashes -r $<
else
	@$(PYTHON) -m venv --clear $(SPARK_VENV)
	@$(SPARK_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
endif
	@touch $@

# The project itself is installed in place, with the build tools of the lock and no others.
ifdef UV
define install
	@echo "Installing $(1) with uv"
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r $(1)
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q ingest orchestration registry report valuation
endef
else
define install
	@echo "Installing $(1) with pip (uv is quicker where it is at hand)"
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q ingest orchestration registry report valuation
endef
endif

clean:
	rm -rf $(VENV) $(SPARK_VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './data/*' -prune -exec rm -rf {} +
