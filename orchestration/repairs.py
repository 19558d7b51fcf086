"""What to do about each error, for the reference; the messages say it with the particulars.

Belongs here: one entry an error, or one for all errors under a base. Does not belong here: what an
error means, that is its docstring's.
"""

from collections.abc import Iterator

from ingest import errors as ingest_errors
from orchestration.build import BuildError, BuildLockedError
from orchestration.dbt_project import DbtError
from orchestration.lineage import LineageError
from orchestration.settings import SettingsError
from registry.models import RegistryError
from report.article import MisplacedClaimError
from report.inputs import ReportInputError
from valuation import errors as valuation_errors

# The trees, from their bases, by the room that raises them.
TREES: dict[str, tuple[type[Exception], ...]] = {
    "registry": (RegistryError,),
    "ingest": (ingest_errors.IngestError,),
    "valuation": (valuation_errors.ValuationError,),
    "report": (ReportInputError, MisplacedClaimError),
    "orchestration": (SettingsError, BuildError, DbtError, LineageError),
}

# Passing by themselves: the same command may succeed later, with nothing mended.
TRANSIENT = (ingest_errors.TransientFetchError, BuildLockedError)

REPAIRS: dict[type[Exception], str] = {
    RegistryError: "Mend the key the message names, in the file it names; then refresh.",
    ingest_errors.IngestError: "Do what the message says.",
    ingest_errors.SourceError: "Mend the file or row the message names.",
    ingest_errors.MissingInputFileError: "Restore the file, or name another folder.",
    ingest_errors.UnreadableInputFileError: "Restore the file from where it came.",
    ingest_errors.UnreadableDocumentError: "Fetch the document again; if its source has the same"
    " bytes, it cannot be read.",
    ingest_errors.InputSchemaError: "Give the file the columns the message lists.",
    ingest_errors.InvalidClaimError: "Mend the extractor: what it returned is not in the article or"
    " not in the vocabulary.",
    ingest_errors.UnreadableArticleError: "Save the article as text and add that file.",
    ingest_errors.OversizedArticleError: "Save the part that matters and add that file.",
    ingest_errors.BinaryArticleError: "Save the article as text and add that file.",
    ingest_errors.EmptyArticleError: "Save the article's text and add that file.",
    ingest_errors.UndatedArticleError: "Give its day: `--published-at YYYY-MM-DD`.",
    ingest_errors.UnreadableArchiveError: "Fetch the file again from the SEC.",
    ingest_errors.UnreadableFeedError: "Check the address; add the articles one by one.",
    ingest_errors.UnknownArticleError: "See `plumbline articles list` for the names.",
    ingest_errors.IdentityError: "Set `SEC_USER_AGENT` to a name and an e-mail address.",
    ingest_errors.FetchSettingsError: "Set the variable the message names, or leave it out.",
    ingest_errors.FetchError: "See which error under it was raised.",
    ingest_errors.TransientFetchError: "Nothing: it was tried again already. Start the command"
    " again later; what has landed is not fetched twice.",
    ingest_errors.RateLimitedError: "Lower `PLUMBLINE_REQUESTS_PER_SECOND`, and start again later.",
    ingest_errors.PermanentFetchError: "Open the address in a browser and correct what asked for"
    " it.",
    ingest_errors.NotFoundError: "Correct the address, CIK or accession number.",
    ingest_errors.RefusedError: "Check the address and `SEC_USER_AGENT`.",
    ingest_errors.ForbiddenAddressError: "Use an address of the public web; for a server of your"
    " own, `PLUMBLINE_ALLOW_PRIVATE_HOSTS=yes`.",
    ingest_errors.TooLargeError: "Save what matters to a file and add that.",
    ingest_errors.UnexpectedContentError: "Open the address: an error page came in place of the"
    " content.",
    ingest_errors.LandingError: "Make room, and make the landing directory writable.",
    ingest_errors.DamagedManifestError: "`plumbline doctor --repair` puts the directory aside; the"
    " next refresh fetches what it needs.",
    ingest_errors.DamagedLandedFileError: "`plumbline doctor --repair` puts the file aside; the"
    " next refresh fetches it again.",
    ingest_errors.LakeError: "Make room, and make the lake's directory writable; delete the part"
    " that the message names.",
    ingest_errors.WarehouseError: "See the message: a full disk, a file in use, a table in another"
    " shape.",
    ingest_errors.GuardEngineError: "Start again; if it stays, it is a fault of plumbline or of its"
    " installation.",
    valuation_errors.ValuationError: "Mend the scenario, or choose another moment.",
    valuation_errors.MissingInputError: "Load the filing that states the figure, or choose a later"
    " moment.",
    valuation_errors.InvalidInputError: "A fault of plumbline: report the row the message names.",
    valuation_errors.UndefinedRatioError: "Give the driver a value in place of the ratio.",
    valuation_errors.AssumptionError: "Mend the scenario; `plumbline scenarios lint` names every"
    " problem.",
    valuation_errors.DiscountRateError: "Raise WACC or lower terminal growth in the scenario.",
    valuation_errors.ShareCountError: "Load the filing that states the shares.",
    ReportInputError: "A fault of plumbline: report the frame and the columns the message names.",
    MisplacedClaimError: "Mend the extractor: its offsets do not fit the article's text.",
    SettingsError: "Set the variable or option the message names to what it says.",
    BuildError: "Do what the message says; the published warehouse is as it was.",
    BuildLockedError: "Wait until the other refresh ends. It ends with its process; nothing has to"
    " be deleted.",
    DbtError: "See the node the message names, and the logs in `data/dbt/logs`.",
    LineageError: "Ask for a table, column, company and quarter that are there; the message lists"
    " them.",
}


def errors_under(base: type[Exception]) -> Iterator[type[Exception]]:
    """The base and every error that is one, the general before the particular."""
    yield base
    for particular in base.__subclasses__():
        yield from errors_under(particular)


def repair_of(error: type[Exception]) -> str:
    """What to do: said of the error, or of the nearest base it is one of."""
    return next(REPAIRS[each] for each in error.__mro__ if each in REPAIRS)
