"""secfsdstools at work in an interpreter of its own: run by that, never imported.

`benchmarks.data_sets` starts it and writes a line for each task: a way, a data set, an empty
directory. The answer is a line of JSON: seconds by the clock and of processors, what the imports
took left out, and how many rows there are. `tests/integration/test_secfsdstools.py` asks it for
what its users see.

Nothing of plumbline can be imported here.
"""

import json
import logging
import os
import sys
import tempfile
import time
from pathlib import Path

CONFIGURATION = """[DEFAULT]
DownloadDirectory = {0}/download
DbDirectory = {0}/db
ParquetDirectory = {0}/parquet
UserAgentEmail = nobody@example.com
AutoUpdate = False
"""
home = Path(tempfile.mkdtemp(prefix="secfsdstools-"))
# It looks for its configuration when it is imported, and asks for one where there is none.
(home / "secfsdstools.cfg").write_text(CONFIGURATION.format(home), encoding="utf-8")
os.environ["SECFSDSTOOLS_CFG"] = str(home / "secfsdstools.cfg")
logging.disable(logging.ERROR)
answers, sys.stdout = sys.stdout, sys.stderr

from secfsdstools.a_config.configmodel import Configuration  # noqa: E402
from secfsdstools.b_setup.setupdb import DbCreator  # noqa: E402
from secfsdstools.c_index.indexing_process import ReportParquetIndexerProcess  # noqa: E402
from secfsdstools.c_transform.toparquettransforming_process import (  # noqa: E402
    ToParquetTransformerProcess,
    ToParquetTransformTask,
)
from secfsdstools.d_container.databagmodel import RawDataBag  # noqa: E402
from secfsdstools.e_collector.zipcollecting import ZipCollector  # noqa: E402


def by_steps(archive: Path, directory: Path) -> RawDataBag:
    """Its steps called one by one: no index, no throttle, no pool."""
    task = ToParquetTransformTask(str(archive), str(directory), "quarter", keep_zip_files=True)
    task.prepare()
    task.execute()
    return ZipCollector([str(task.file_path)]).collect()


def by_update(archive: Path, directory: Path) -> RawDataBag:
    """What its update does after the download, then the bag by its name; as it is installed."""
    paths = {name: str(directory / name) for name in ("download", "db", "parquet")}
    for path in paths.values():
        os.mkdir(path)
    os.symlink(archive, directory / "download" / archive.name)
    DbCreator(db_dir=paths["db"]).create_db()
    of_quarters = {"parquet_dir": paths["parquet"], "file_type": "quarter"}
    ToParquetTransformerProcess(
        zip_dir=paths["download"], keep_zip_files=True, execute_serial=False, **of_quarters
    ).process()
    ReportParquetIndexerProcess(db_dir=paths["db"], execute_serial=False, **of_quarters).process()
    configuration = Configuration(
        db_dir=paths["db"],
        download_dir=paths["download"],
        parquet_dir=paths["parquet"],
        user_agent_email="nobody@example.com",
        auto_update=False,
    )
    return ZipCollector.get_zip_by_name(archive.name, configuration=configuration).collect()


WAYS = {"steps": by_steps, "update": by_update}

if __name__ == "__main__":
    for line in sys.stdin:
        way, archive, directory = json.loads(line)
        before, processors_before = time.perf_counter(), time.process_time()
        bag = WAYS[way](Path(archive), Path(directory))
        wall, processors = time.perf_counter() - before, time.process_time() - processors_before
        rows = {"sub": len(bag.sub_df), "num": len(bag.num_df), "pre": len(bag.pre_df)}
        del bag
        print(json.dumps([wall, processors, rows]), file=answers, flush=True)
