"""Walks every published figure back to its sources, and says what does not hold.

Three proofs, each from another side. The facts: each identifier is a digest of what the fact says,
so that a changed fact is not itself any more. The lineage: every figure is computed anew from the
inputs that `marts.lineage` names, by the formula that stands in the warehouse, which must be the
declared one. The models: everything is built again from the raw tables in a copy, every thesis is
valued again, and all is compared row by row.

Belongs here: what is compared with what. Does not belong here: any formula of a figure.
"""

import re
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import polars as pl

from ingest.edgar.facts import fact_ids
from ingest.registry_tables import registry_tables
from orchestration.build import connect
from orchestration.dbt_project import declared_formulas, run_models
from orchestration.populations import stored_population
from orchestration.settings import Settings
from orchestration.valuation_store import current_results, describe_run, read_today
from orchestration.valuing import (
    Declarations,
    backtest_every_company,
    run_inputs,
    table_of,
    value_every_company,
)
from registry.assumptions import load_theses
from registry.models import load_registry
from valuation.outlook_frames import growth_frame
from valuation.schema import TABLES

# What doubles and nine decimals may make of a figure, and no dollar of any of them.
ABSOLUTE_TOLERANCE = 1e-8
RELATIVE_TOLERANCE = 1e-12
EXAMPLES_KEPT = 5

# Marts whose rows show no figure: what they hold is declared or comes with the filings.
DIMENSIONS = ("dim_company", "dim_filing", "dim_segment", "dim_figure_column", "lineage")


@dataclass(frozen=True)
class Finding:
    """Something that does not hold: which proof failed, where, and how."""

    proof: str
    where: str
    detail: str

    def __str__(self) -> str:
        return f"{self.proof}: {self.where}: {self.detail}"


@dataclass(frozen=True)
class AuditResult:
    """What was walked, by name of the proof, and what did not hold."""

    walked: dict[str, int]
    findings: tuple[Finding, ...]


def audit(
    settings: Settings, *, rebuild: bool = True, proofs: Collection[str] | None = None
) -> AuditResult:
    """Every proof on the published warehouse, which is only read; or those named.

    Without `rebuild` the models are not built again. Raises BuildError when the warehouse cannot be
    opened.
    """
    walked: dict[str, int] = {}
    findings: list[Finding] = []
    with connect(settings.warehouse_path, settings, read_only=True) as connection:
        # The lineage is a view over everything; each proof reads it once more.
        connection.execute("create temporary table steps as from marts.lineage")
        for name, proof in _proofs().items():
            if proofs is None or name in proofs:
                walked[name], found = proof(connection, settings)
                findings += found
    if rebuild:
        walked["rows built again"], found = _rebuilt(settings)
        findings += found
    return AuditResult(walked, tuple(findings))


def _proofs() -> "Mapping[str, Callable[[duckdb.DuckDBPyConnection, Settings], Proof]]":
    return {
        "facts": _facts,
        "columns": _columns,
        "formulas": _formulas,
        "figures": _figures,
        "inputs": _inputs,
        "computed columns": _computed,
        "sources": _sources,
        "sums": _sums,
        "declarations": _declarations,
        "citations": _citations,
        "valuations": _valuations,
    }


Proof = tuple[int, list[Finding]]


def _facts(connection: duckdb.DuckDBPyConnection, _: Settings) -> Proof:
    """Each fact is what its identifier was made of, and its filing is on hand."""
    facts = connection.sql("select * from raw.facts").pl()
    changed = facts.filter(fact_ids(facts) != pl.col("fact_id"))
    findings = [
        Finding(
            "facts",
            f"raw.facts {row['fact_id']}",
            f"{row['concept']} of {row['accession_number']} is not what its identifier was made of",
        )
        for row in changed.iter_rows(named=True)
    ]
    findings += [
        Finding("facts", f"raw.facts {fact_id}", f"filing {number} is not in raw.filings")
        for fact_id, number in connection.execute(
            "select fact_id, accession_number from raw.facts"
            " where accession_number not in (select accession_number from raw.filings)"
        ).fetchall()
    ]
    return facts.height, findings


def _columns(connection: duckdb.DuckDBPyConnection, _: Settings) -> Proof:
    """Every column of numbers in a mart has a formula, a source or a description of its making."""
    columns = connection.execute(
        """
        select columns.table_name, columns.column_name, declared.kind
        from information_schema.columns as columns
        left join marts.dim_figure_column as declared
            on replace(columns.table_name, '_history', '') = declared.table_name
            and columns.column_name = declared.column_name
        where
            columns.table_schema = 'marts'
            and columns.table_name not in (select unnest(?))
            and (
                columns.data_type = 'DOUBLE'
                or columns.data_type like 'DECIMAL%'
                or columns.column_name like '%_rank'
            )
        """,
        [list(DIMENSIONS)],
    ).fetchall()
    return len(columns), [
        Finding("columns", f"marts.{table}.{column}", "has neither formula nor source")
        for table, column, kind in columns
        if kind is None
    ]


def _formulas(connection: duckdb.DuckDBPyConnection, settings: Settings) -> Proof:
    """The formulas in the warehouse are those this version declares."""
    rows = connection.execute(
        "select table_name, column_name, formula from marts.dim_figure_column"
        " where kind = 'formula'"
    ).fetchall()
    stored = {(table, column): formula for table, column, formula in rows}
    declared = declared_formulas(settings)
    return len(declared), [
        Finding(
            "formulas",
            f"marts.{table}.{column}",
            f"the warehouse says {stored.get((table, column))!r}, this version declares"
            f" {declared.get((table, column))!r}",
        )
        for table, column in sorted(stored.keys() | declared.keys())
        if stored.get((table, column)) != declared.get((table, column))
    ]


def _figures(connection: duckdb.DuckDBPyConnection, _: Settings) -> Proof:
    """Each version of each figure of fct_metrics is the sum its lineage makes, and cites it."""
    rows = connection.execute(
        f"""
        with sums as (
            select
                ticker, segment, metric, basis, fiscal_quarter, known_from,
                sum(coefficient * input_value) as value
            from steps
            where table_name = 'fct_metrics'
            group by all
        ),
        cited_facts as (
            select figures.*, unnest(figures.fact_ids) as fact_id
            from marts.fct_metrics_history as figures
        ),
        filings as (
            select
                cited.ticker, cited.segment, cited.metric, cited.basis, cited.fiscal_quarter,
                cited.known_from,
                list_sort(list_distinct(list(facts.accession_number))) as accession_numbers
            from cited_facts as cited
            inner join raw.facts as facts on cited.fact_id = facts.fact_id
            group by all
        )
        select
            figures.ticker, figures.metric, figures.segment, figures.basis, figures.fiscal_quarter,
            figures.value, sums.value, figures.accession_numbers, filings.accession_numbers,
            sums.value is null as is_without_source,
            coalesce(abs(figures.value - sums.value)
                > {_tolerance("figures.value")}, true) as is_other_value,
            filings.accession_numbers is distinct from figures.accession_numbers
                as is_of_other_filings
        from marts.fct_metrics_history as figures
        left join sums using (ticker, segment, metric, basis, fiscal_quarter, known_from)
        left join filings using (ticker, segment, metric, basis, fiscal_quarter, known_from)
        """
    ).fetchall()
    return len(rows), list(_figure_findings(rows))


def _figure_findings(rows: Sequence[tuple[object, ...]]) -> Iterator[Finding]:
    for *key, stored, computed, cited, traced, is_sourceless, is_other, is_elsewhere in rows:
        where = f"marts.fct_metrics_history {' '.join(str(part) for part in key if part)}"
        if is_sourceless:
            yield Finding("figures", where, "has no source")
        elif is_other:
            yield Finding("figures", where, f"is {stored}, its facts add up to {computed}")
        elif is_elsewhere:
            yield Finding("figures", where, f"cites {cited}, its facts are in {traced}")


def _inputs(connection: duckdb.DuckDBPyConnection, _: Settings) -> Proof:
    """Each input of a declared mart is the figure, or the other mart's column, it says it shows."""
    inputs = connection.execute(
        "select table_name, column_name, kind, source_table, source_column"
        " from marts.dim_figure_column where kind in ('figure', 'mart') order by 1, 2"
    ).fetchall()
    walked, findings = 0, []
    for table, column, kind, source_table, source_column in inputs:
        key = _key(connection, table)
        shown = (
            "lineage.input_value"
            if kind == "figure"
            else f"(select any_value(cast(source.{source_column} as double))"
            f" from marts.{source_table}_history as source"
            " where source.ticker = lineage.ticker"
            " and source.fiscal_quarter = lineage.input_fiscal_quarter"
            " and source.known_from = lineage.input_known_from)"
        )
        rows = connection.execute(
            f"""
            with lineage as (
                select * from steps where table_name = ? and column_name = ?
            ),
            traced as (select *, {shown} as shown from lineage)
            select {", ".join(f"rows.{name}" for name in key)}, rows.{column}, traced.shown
            from marts.{table}_history as rows
            left join traced
                on {" and ".join(f"rows.{name} = traced.{name}" for name in key)}
            where
                (rows.{column} is null) <> (traced.shown is null)
                or abs(rows.{column} - traced.shown)
                    > {_tolerance(f"rows.{column}")}
            """,
            [table, column],
        ).fetchall()
        walked += 1
        findings += [
            Finding(
                "inputs",
                f"marts.{table}_history.{column} {_named(keys)}",
                f"is {stored}, its source says {source}",
            )
            for *keys, stored, source in rows
        ]
    return walked, findings


def _computed(connection: duckdb.DuckDBPyConnection, _: Settings) -> Proof:
    """Each computed column is what its formula makes of the other columns of its row."""
    formulas = connection.execute(
        "select table_name, column_name, formula, rests_on from marts.dim_figure_column"
        " where kind = 'formula' order by 1, 2"
    ).fetchall()
    findings = []
    for table, column, formula, rests_on in formulas:
        key = _key(connection, table)
        doubles = ", ".join(f"cast({name} as double) as {name}" for name in rests_on.split(", "))
        try:
            rows = connection.execute(
                f"""
                with inputs as (
                    select {", ".join(key)}, {column} as stored_value, {doubles}
                    from marts.{table}_history
                )
                select {", ".join(key)}, stored_value, {formula} as computed_value
                from inputs
                where
                    (stored_value is null) <> (computed_value is null)
                    or abs(stored_value - computed_value)
                        > {_tolerance("stored_value")}
                """
            ).fetchall()
        except duckdb.Error as error:
            findings.append(Finding("computed columns", f"marts.{table}.{column}", str(error)))
            continue
        findings += [
            Finding(
                "computed columns",
                f"marts.{table}_history.{column} {_named(keys)}",
                f"is {stored}, {formula} is {computed}",
            )
            for *keys, stored, computed in rows
        ]
    return len(formulas), findings


def _sources(connection: duckdb.DuckDBPyConnection, _: Settings) -> Proof:
    """Each figure of the marts with a model of their own has its steps in the lineage."""
    figures = {
        "fct_valuation_inputs": (("value",), "input", "ticker || ' ' || input || ' ' || segment"),
        "fct_claim_checks": (
            ("filed_value", "stale_value", "filed_value_now"),
            "claim_key",
            "claim_key",
        ),
        "fct_thesis_signals_history": (
            ("value", "lower_threshold", "upper_threshold"),
            "thesis || '/' || claim",
            "thesis || ' ' || claim || ' ' || fiscal_quarter",
        ),
    }
    walked, findings = 0, []
    for table, (columns, item, label) in figures.items():
        known_from = "figures.known_from"
        if table == "fct_claim_checks":
            known_from = "coalesce(figures.known_from, figures.known_from_now)"
        for column in columns:
            rows = connection.execute(
                f"""
                select {label}, exists (
                    select 1 from steps
                    where
                        steps.table_name = ?
                        and steps.column_name = ?
                        and steps.ticker = figures.ticker
                        and steps.item = {item}
                        and steps.fiscal_quarter = coalesce(figures.fiscal_quarter, '')
                        and steps.known_from = {known_from}
                )
                from marts.{table} as figures
                where {column} is not null
                """,
                [table.removesuffix("_history"), column],
            ).fetchall()
            walked += len(rows)
            findings += [
                Finding("sources", f"marts.{table}.{column} {name}", "has no source")
                for name, has_source in rows
                if not has_source
            ]
    return walked, findings


def _sums(connection: duckdb.DuckDBPyConnection, _: Settings) -> Proof:
    """Each valuation input is the sum or growth its steps make, each claimed figure its formula."""
    rows = connection.execute(
        f"""
        with made as (
            select
                ticker, segment, item,
                case
                    when any_value(formula) like '%- 1'
                        then max_by(input_value, input_fiscal_quarter)
                            / nullif(min_by(input_value, input_fiscal_quarter), 0) - 1
                    else sum(coefficient * input_value)
                end as value
            from steps
            where table_name = 'fct_valuation_inputs'
            group by ticker, segment, item
        )
        select
            stored.ticker, stored.input, stored.segment, stored.value, made.value,
            coalesce(abs(stored.value - made.value) > {_tolerance("stored.value")}, true)
        from marts.fct_valuation_inputs as stored
        left join made
            on
                stored.ticker = made.ticker
                and stored.input = made.item
                and stored.segment = made.segment
        where stored.value is not null
        """
    ).fetchall()
    findings = [
        Finding(
            "sums",
            f"marts.fct_valuation_inputs.value {_named(key)}",
            f"is {stored}, its terms make {computed}",
        )
        for *key, stored, computed, is_other in rows
        if is_other
    ]
    walked, of_claims = _claimed(connection)
    return len(rows) + walked, [*findings, *of_claims]


def _claimed(connection: duckdb.DuckDBPyConnection) -> Proof:
    """Each figure of a claim is what its formula makes of the figures the lineage names."""
    stored = {
        (column, item): value
        for column, item, value in connection.execute(
            "unpivot (select claim_key, filed_value, stale_value, filed_value_now"
            " from marts.fct_claim_checks) on filed_value, stale_value, filed_value_now"
            " into name column_name value value"
        )
        .pl()
        .select("column_name", "claim_key", "value")
        .rows()
    }
    formulas: dict[tuple[str, str], str] = {}
    for column, item, formula, term, value in connection.execute(
        """
        select
            column_name, item, formula,
            input_metric || case input_segment when '' then '' else '[' || input_segment || ']' end
                || ' ' || input_fiscal_quarter,
            input_value
        from steps
        where table_name = 'fct_claim_checks'
        """
    ).fetchall():
        key = (column, item)
        formulas[key] = re.sub(
            rf"(?<![\w\]]){re.escape(term)}(?!\w)",
            f"cast('{value!r}' as double)",
            formulas.get(key, formula),
        )
    findings = []
    for key, value in stored.items():
        column, item = key
        where = f"marts.fct_claim_checks.{column} {item}"
        try:
            row = connection.execute(
                f"select made, abs(made - $value) > {_tolerance('made')}"
                f" from (select {formulas.get(key, 'null')} as made)",
                {"value": value},
            ).fetchone()
        except duckdb.Error:
            findings.append(Finding("sums", where, f"cannot be computed: {formulas[key]}"))
            continue
        if row is None or row[1] is not False:
            findings.append(
                Finding("sums", where, f"is {value}, its terms make {row[0] if row else None}")
            )
    return len(stored), findings


def _declarations(connection: duckdb.DuckDBPyConnection, _: Settings) -> Proof:
    """The declarations in the warehouse are those of the registry."""
    walked, findings = 0, []
    for table, declared in registry_tables(load_registry(), load_theses()).items():
        stored = connection.sql(f"select * from raw.{table}").pl()
        walked += stored.height
        if stored.columns != declared.columns:
            findings.append(Finding("declarations", f"raw.{table}", "is of another version"))
            continue
        connection.register("declared", declared.to_arrow())
        for sign, first, second in (
            ("stored only", f"raw.{table}", "declared"),
            ("missing", "declared", f"raw.{table}"),
        ):
            rows = connection.execute(f"(from {first}) except all (from {second})").fetchmany(
                EXAMPLES_KEPT
            )
            findings += [
                Finding("declarations", f"raw.{table}, {sign}", _row_text(stored.columns, row))
                for row in rows
            ]
        connection.unregister("declared")
    return walked, findings


def _citations(connection: duckdb.DuckDBPyConnection, _: Settings) -> Proof:
    """Each row of a declared mart cites the filings of its inputs, all of them and no other."""
    rows = connection.execute(
        """
        with cited as (
            select
                table_name, ticker, segment, fiscal_quarter, known_from,
                list_sort(list_distinct(flatten(list(accession_numbers)))) as accession_numbers
            from intermediate.int_declared_inputs
            group by all
        )
        select
            stored.table_name, stored.ticker, stored.segment, stored.fiscal_quarter,
            stored.known_from, stored.accession_numbers, cited.accession_numbers,
            not list_has_all(coalesce(cited.accession_numbers, []), stored.accession_numbers)
        from intermediate.int_declared_rows as stored
        left join cited using (table_name, ticker, segment, fiscal_quarter, known_from)
        """
    ).fetchall()
    return len(rows), [
        Finding(
            "citations",
            f"marts.{table}_history {_named(key)}",
            f"cites {stored}, its inputs are in {traced}",
        )
        for table, *key, stored, traced, is_other in rows
        if is_other
    ]


def _valuations(connection: duckdb.DuckDBPyConnection, settings: Settings) -> Proof:
    """The companies, valued and tested on their past again, give the same tables."""
    known, declared = read_today(connection), Declarations.load()
    population = stored_population(connection)
    run = describe_run(known, load_registry().content_hash, population)
    valued = value_every_company(connection, known, run, declared, population, settings.threads)
    again = {
        **{table: table_of(valued, table) for table in TABLES},
        "growth_achieved": growth_frame(known.moment, population),
        "run_inputs": run_inputs(known, declared),
        **backtest_every_company(connection, known, declared),
    }
    walked, findings = 0, []
    for table, ours in again.items():
        theirs = current_results(connection, table)
        walked += theirs.height
        shared = [name for name in ours.columns if name in theirs.columns]
        for sign, first, second in (("stored only", theirs, ours), ("missing", ours, theirs)):
            known_rows = set(map(repr, second.select(shared).rows()))
            others = [row for row in first.select(shared).rows() if repr(row) not in known_rows]
            findings += [
                Finding("valuations", f"valuation.{table}, {sign}", _row_text(shared, row))
                for row in others[:EXAMPLES_KEPT]
            ]
    return walked, findings


def _rebuilt(settings: Settings) -> Proof:
    """The models, run again on the raw tables in a copy, give the same rows."""
    with tempfile.TemporaryDirectory() as directory:
        copy = replace(settings, data_dir=Path(directory), as_of=None)
        copy.build_path.parent.mkdir(parents=True)
        shutil.copyfile(settings.warehouse_path, copy.build_path)
        failed = [result for result in run_models(copy) if not result.is_success]
        if failed:
            return 0, [
                Finding("models", result.name, result.message or result.status) for result in failed
            ]
        # A copy of its own: a read-only connection could not attach the published warehouse.
        with connect(copy.build_path, copy) as connection:
            path = str(settings.warehouse_path).replace("'", "''")
            connection.execute(f"attach '{path}' as published (read_only)")
            walked, findings = _compared(connection)
            return walked, [*findings, *_other_definitions(connection)]


def _compared(connection: duckdb.DuckDBPyConnection) -> Proof:
    tables = connection.execute(
        "select distinct table_schema, table_name from information_schema.tables"
        " where table_catalog = 'published' and table_schema in ('marts', 'quality')"
        " and table_name not in ('validation_results', 'runs', 'lineage') order by 1, 2"
    ).fetchall()
    walked, findings = 0, []
    for schema, table in tables:
        ours, theirs = f"{schema}.{table}", f"published.{schema}.{table}"
        count = connection.execute(f"select count(*) from {theirs}").fetchone()
        walked += int(count[0]) if count else 0
        for sign, first, second in (("published only", theirs, ours), ("missing", ours, theirs)):
            rows = connection.execute(f"(from {first}) except all (from {second})")
            names = [column[0] for column in rows.description or ()]
            findings += [
                Finding("models", f"{ours}, {sign}", _row_text(names, row))
                for row in rows.fetchmany(EXAMPLES_KEPT)
            ]
    return walked, findings


def _tolerance(column: str) -> str:
    return f"{ABSOLUTE_TOLERANCE} + {RELATIVE_TOLERANCE} * abs({column})"


def _other_definitions(connection: duckdb.DuckDBPyConnection) -> list[Finding]:
    """Views and macros whose SQL is not that of the copy built again."""
    definitions = """
        select schema_name || '.' || view_name as name, sql from duckdb_views()
        where database_name = '{database}'
            and schema_name in ('staging', 'intermediate', 'marts', 'quality')
        union all
        select schema_name || '.' || function_name, macro_definition from duckdb_functions()
        where database_name = '{database}' and schema_name = 'marts'
    """
    ours = dict(
        connection.execute(definitions.format(database=_current_database(connection))).fetchall()
    )
    theirs = dict(connection.execute(definitions.format(database="published")).fetchall())
    return [
        Finding("models", name, "is defined by other SQL than this version's")
        for name in sorted(ours.keys() | theirs.keys())
        if ours.get(name) != theirs.get(name)
    ]


def _current_database(connection: duckdb.DuckDBPyConnection) -> str:
    row = connection.execute("select current_database()").fetchone()
    return str(row[0]) if row else ""


def _key(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    columns = {row[0] for row in connection.execute(f"describe marts.{table}_history").fetchall()}
    return [
        name for name in ("ticker", "segment", "fiscal_quarter", "known_from") if name in columns
    ]


def _named(key: Sequence[object]) -> str:
    return " ".join(str(part) for part in key if part != "")


def _row_text(names: Sequence[str], row: Sequence[object]) -> str:
    shown = [f"{name}={value}" for name, value in zip(names, row, strict=True) if value is not None]
    return ", ".join(shown)[:400]
