"""The page: inputs -> sections, pictures and key figures -> one self-contained HTML document.

Altair is imported when the first page is built, not when this module is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from report import formats
from report.article import marked_article
from report.article_sections import article_section, articles_section
from report.closing_sections import method_section
from report.content import Chart, Row, Section, merge
from report.filed_sections import (
    backlog_section,
    capex_section,
    cloud_section,
    latest_quarters,
)
from report.headline import (
    key_figures,
    market_value,
    newest_filing,
    tiles,
    verdict_figures,
)
from report.inputs import ReportInputError, ReportInputs
from report.sources import SourceIndex
from report.valuation_sections import (
    assumptions_section,
    base_case_section,
    multiples_section,
    refutation_section,
    scenarios_in_order,
    scenarios_section,
)
from report.verdict import judge

if TYPE_CHECKING:
    from report import charts

__all__ = ["Page", "ReportInputError", "ReportInputs", "build_article_page", "build_page"]

_SECTIONS: tuple[Callable[[ReportInputs], Section], ...] = (
    scenarios_section,
    cloud_section,
    capex_section,
    backlog_section,
    articles_section,
    base_case_section,
    multiples_section,
    refutation_section,
    assumptions_section,
    method_section,
)
"""In reading order; the list of sources follows."""


@dataclass(frozen=True, slots=True)
class Page:
    """A finished report.

    Attributes:
        html: the whole page; it asks nothing of the network.
        pictures: SVG by name of the picture; each carries its text alternative.
        key_figures: verdict, stance and the figures of the head, unit in the name.
    """

    html: str
    pictures: dict[str, str]
    key_figures: dict[str, float | str]


def build_page(inputs: ReportInputs) -> Page:
    """The report on one company's story.

    Empty frames leave a plain statement in their section. ValueError if the thesis has no target.
    """
    inputs = inputs.of_company()
    verdict = judge(verdict_figures(inputs))
    head = tiles(inputs)
    sections = [build(inputs) for build in _SECTIONS]
    pictures = _pictures(inputs, [chart for section in sections for chart in section.charts])
    cited = [
        *(tile.citation for tile in head),
        *(citation for section in sections for citation in section.citations()),
    ]
    html = _template("template.html.j2").render(
        inputs=inputs,
        target=formats.usd_target(min(each.market_value_usd for each in inputs.thesis.targets)),
        verdict=verdict,
        verdict_citation=merge(tile.citation for tile in head),
        tiles=head,
        sections=sections,
        pictures={name: Markup(svg) for name, svg in pictures.items()},
        index=SourceIndex.build(cited, inputs.filings),
        newest_filing=newest_filing(
            inputs.filings.filter(pl.col("ticker") == inputs.company.ticker)
        ),
        formats=formats,
    )
    figures = {"verdict": verdict.sentence, "stance": verdict.stance, **key_figures(inputs)}
    return Page(html, pictures, figures)


def build_article_page(article: Row, claims: pl.DataFrame, filings: pl.DataFrame) -> str:
    """One article with its claims marked and judged, as a page of its own.

    `article` and `claims` are those of `marked_article`, which also says what is raised; `filings`
    are as in `ReportInputs`, of every company.
    """
    marked = marked_article(article, claims, "article")
    section = article_section(marked)
    return _template("article_page.html.j2").render(
        article=marked,
        newest_filing=newest_filing(filings.drop_nulls("filed_at")),
        sections=[section],
        pictures={},
        index=SourceIndex.build(section.citations(), filings),
        formats=formats,
    )


def _pictures(inputs: ReportInputs, wanted: Sequence[Chart]) -> dict[str, str]:
    """The pictures the sections ask for, by name."""
    from report import charts  # Altair takes most of a second to import.

    margins = latest_quarters(inputs.cloud_margins())
    capex = latest_quarters(inputs.capex_intensity)
    backlog = latest_quarters(inputs.backlog_coverage)
    draw: dict[str, Callable[[], charts.Picture]] = {
        "scenario_football_field": lambda: _football_field(inputs),
        "cloud_growth": lambda: charts.cloud_growth(margins),
        "cloud_margin": lambda: charts.cloud_margin(margins),
        "capex_to_revenue": lambda: charts.capex_to_revenue(capex),
        "cash_flow_and_capex": lambda: charts.cash_flow_and_capex(capex),
        "backlog": lambda: charts.backlog(backlog),
        "net_bookings": lambda: charts.net_bookings(backlog),
        "backlog_coverage": lambda: charts.backlog_coverage(backlog),
        "backlog_implied_revenue": lambda: charts.backlog_implied_revenue(backlog),
    }
    return {
        chart.name: charts.render_svg(draw[chart.name](), chart.alternative) for chart in wanted
    }


def _football_field(inputs: ReportInputs) -> "charts.Picture":
    from report import charts

    scenarios = pl.DataFrame(scenarios_in_order(inputs), schema=inputs.scenarios.schema)
    targets = [
        charts.Mark(formats.usd_target(each.market_value_usd), each.market_value_usd)
        for each in inputs.thesis.targets
    ]
    value = market_value(inputs)
    close = charts.Mark(f"last close {formats.usd(value)}", value) if value else None
    return charts.football_field(scenarios, targets, close)


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=PackageLoader("report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)
