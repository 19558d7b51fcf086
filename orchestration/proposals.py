"""A registry entry proposed from a company's filings, as the command line prints it."""

from ingest.edgar.listings import padded_cik
from ingest.edgar.proposal import propose_company, read_newest_filings
from ingest.errors import MissingInputFileError, NotFoundError
from orchestration.settings import Settings
from orchestration.sources import open_edgar
from registry.models import load_registry


def propose(settings: Settings, company: str, filings: int) -> str:
    """YAML for `registry/companies.yml`, from the newest `filings` reports of a ticker or CIK.

    Raises FetchError, LandingError, or MissingInputFileError for a ticker the source does not know.
    """
    registry = load_registry()
    with open_edgar(settings) as client:
        declared = {each.ticker: each.cik for each in registry.companies}
        if company.isdecimal():
            cik = padded_cik(company)
        else:
            known = client.cik_of(company) or declared.get(company.upper())
            if known is None:
                raise MissingInputFileError(
                    f"no company {company!r} in the source's list of tickers; give its CIK instead"
                )
            cik = known
        try:
            submissions = client.submissions(cik)
        except NotFoundError as error:
            raise MissingInputFileError(
                f"{settings.source} holds no list of the filings of {company} (CIK{cik}.json)"
            ) from error
        ticker = company if not company.isdecimal() else (*submissions.tickers, cik)[0]
        read, unread = read_newest_filings(client, cik, submissions, filings)
        return propose_company(ticker, cik, submissions, read, registry, unread).to_yaml()
