"""The variables of the environment that a run on Spark reads, and what stands in for each.

Belongs here: name and default. Does not belong here: how a value is used (`session`, and
`dbt/profiles.yml` for what dbt connects to).
"""

from collections.abc import Mapping

PYTHON = "PLUMBLINE_SPARK_PYTHON"
RAW = "PLUMBLINE_SPARK_RAW"
OUT = "PLUMBLINE_SPARK_OUT"
RECORD = "PLUMBLINE_SPARK_RECORD"
MASTER = "PLUMBLINE_SPARK_MASTER"
DRIVER_MEMORY = "PLUMBLINE_SPARK_DRIVER_MEMORY"
SHUFFLE_PARTITIONS = "PLUMBLINE_SPARK_SHUFFLE_PARTITIONS"

DEFAULTS: Mapping[str, str] = {
    # The interpreter of the environment that has Spark.
    PYTHON: ".venv-spark/bin/python",
    # Parquet of the raw tables, one directory a table; there is no default.
    RAW: "",
    # Where marts are written: a directory, or an address that Spark knows.
    OUT: "data/spark",
    # Where dbt keeps what it compiled, and what was built is told; always a directory.
    RECORD: "data/spark",
    # These three are left to spark-submit, where that started the program.
    MASTER: "local[2]",
    DRIVER_MEMORY: "2g",
    SHUFFLE_PARTITIONS: "4",
    # What dbt connects to: this process, or a Thrift server.
    "PLUMBLINE_SPARK_METHOD": "session",
    "PLUMBLINE_SPARK_HOST": "localhost",
    "PLUMBLINE_SPARK_PORT": "10000",
    "PLUMBLINE_SPARK_USER": "plumbline",
    "PLUMBLINE_DBT_THREADS": "2",
}


def value_of(name: str, environment: Mapping[str, str]) -> str:
    """What the environment says, or what stands in for it."""
    return environment.get(name) or DEFAULTS[name]
