"""The page: inputs -> sections, pictures and key figures -> one self-contained HTML document."""

from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from report import formats
from report.article import marked_article
from report.article_sections import article_section, articles_section
from report.assumption_section import assumptions_section
from report.backtest_section import backtest_section
from report.closing_sections import method_section
from report.content import Row, Section, merge
from report.difference_section import difference_section
from report.filed_sections import (
    backlog_section,
    capex_section,
    cloud_section,
)
from report.headline import (
    key_figures,
    newest_filing,
    tiles,
    verdict_figures,
)
from report.inputs import ReportInputError, ReportInputs
from report.outlook_sections import likelihood_section, sensitivity_section
from report.pictures import draw_pictures
from report.requirement_section import requirement_section
from report.score_section import scorecard_section
from report.sources import SourceIndex
from report.valuation_sections import (
    base_case_section,
    multiples_section,
    refutation_section,
    scenarios_section,
)
from report.verdict import judge
from report.what_if import what_if_section

__all__ = ["Page", "ReportInputError", "ReportInputs", "build_article_page", "build_page"]

_SECTIONS: tuple[Callable[[ReportInputs], Section], ...] = (
    scenarios_section,
    likelihood_section,
    requirement_section,
    sensitivity_section,
    what_if_section,
    cloud_section,
    capex_section,
    backlog_section,
    scorecard_section,
    refutation_section,
    articles_section,
    base_case_section,
    multiples_section,
    backtest_section,
    difference_section,
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
    pictures = draw_pictures(inputs, [chart for section in sections for chart in section.charts])
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
        # Drawn here, from figures: the one markup beside the templates' own.
        pictures={name: Markup(svg) for name, svg in pictures.items()},  # noqa: S704
        index=SourceIndex.build(cited, inputs.filings),
        newest_filing=newest_filing(
            inputs.filings.filter(pl.col("ticker") == inputs.company.ticker)
        ),
        formats=formats,
        script=_script(sections),
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
        script=None,
    )


@dataclass(frozen=True, slots=True)
class _Script:
    """A script inlined, and the hash by which the page allows it and no other."""

    source: Markup
    allowed: str


def _script(sections: Iterable[Section]) -> _Script | None:
    """The script of the sliders, where a section has them."""
    if not any(section.panel for section in sections):
        return None
    source = files("report").joinpath("what_if.js").read_text(encoding="utf-8")
    digest = b64encode(sha256(source.encode()).digest()).decode()
    return _Script(Markup(source), f"'sha256-{digest}'")  # noqa: S704 a file of this package


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
