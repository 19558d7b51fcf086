"""Imported once by the process that refreshes are forked from: all that a refresh imports."""

import dbt.cli.main  # noqa: F401

import ingest.validation  # noqa: F401
import orchestration.refresh  # noqa: F401
import report.page  # noqa: F401
import tests.support.fault_lab  # noqa: F401
