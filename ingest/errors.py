"""What can go wrong on the way in.

    IngestError
    ├── SourceError                the input itself; permanent until somebody mends it
    │   ├── MissingInputFileError       a file the source must have is not there
    │   ├── UnreadableInputFileError    the bytes are not what the name promises
    │   ├── UnreadableDocumentError     a filing document cannot be read as XBRL
    │   ├── InputSchemaError       a column is missing, unknown or twice there
    │   ├── InvalidClaimError      a listed claim does not fit its article or the schema
    │   ├── UnreadableArticleError      an article is not text, HTML or Markdown that can be read
    │   │   ├── OversizedArticleError      more bytes, or more markup, than an article has
    │   │   ├── BinaryArticleError         a PDF, a picture, an archive, an unknown encoding
    │   │   └── EmptyArticleError          nothing to read in it, or no main text on the page
    │   ├── UndatedArticleError         an article without a day of publication, or of a future one
    │   ├── UnreadableArchiveError      a zip is not what the SEC offers in bulk
    │   ├── UnreadableFeedError         a feed is not well-formed RSS or Atom
    │   └── UnknownArticleError         nothing of that name is followed
    ├── IdentityError              the identity sent to EDGAR is missing or holds no e-mail address
    ├── FetchSettingsError         the rate, or the file that processes share, is unusable
    ├── FetchError                 an address could not be fetched
    │   ├── TransientFetchError         worth trying again, and tried again by the client
    │   │   ├── RateLimitedError           429, or EDGAR's throttle page
    │   │   ├── ServerError                5xx
    │   │   └── InterruptedTransferError   time-out, connection lost, truncated, wrong length
    │   └── PermanentFetchError         the same request fails again
    │       ├── NotFoundError              404
    │       ├── RefusedError               another 4xx, or a redirect to another host
    │       ├── ForbiddenAddressError      not the public web: another protocol, a private host
    │       ├── TooLargeError              the body is larger than the limit
    │       └── UnexpectedContentError     an error page, or malformed content, under status 200
    ├── LandingError               the landing directory cannot be used; permanent until mended
    │   ├── DamagedLandedFileError      a landed file is not the bytes that were fetched
    │   └── DamagedManifestError        the record of what has landed is damaged
    ├── WarehouseError             the warehouse cannot take the rows
    ├── LakeError                  the lake cannot be read or written
    └── GuardEngineError           the validation engine failed, which says nothing about the data

Every message says what, where and what to do. TransientFetchError alone is transient: trying again
with the same input fails again for all others.
"""


class IngestError(Exception):
    """Base of every error raised by `ingest`."""


class SourceError(IngestError):
    """The input cannot be used."""


class MissingInputFileError(SourceError):
    """A file the source must have is not there."""


class UnreadableInputFileError(SourceError):
    """A file's bytes are not what its name promises."""


class UnreadableDocumentError(SourceError):
    """A filing document cannot be read as XBRL."""


class InputSchemaError(SourceError):
    """A file's columns are not the declared ones."""


class InvalidClaimError(SourceError):
    """A listed claim does not fit its article or the claims schema."""


class UnreadableArticleError(SourceError):
    """An article is not text, HTML or Markdown that can be read. Permanent."""


class OversizedArticleError(UnreadableArticleError):
    """An article has more bytes, or more markup, than an article has. Permanent."""


class BinaryArticleError(UnreadableArticleError):
    """An article's bytes are no text in any known encoding. Permanent."""


class EmptyArticleError(UnreadableArticleError):
    """An article has nothing to read in it. Permanent."""


class UndatedArticleError(SourceError):
    """An article's day of publication is unknown, or lies in the future. Permanent."""


class UnreadableArchiveError(SourceError):
    """A zip is not what the SEC offers in bulk. Permanent."""


class UnreadableFeedError(SourceError):
    """A feed is not well-formed RSS or Atom. Permanent."""


class UnknownArticleError(SourceError):
    """No followed article or feed has that name. Permanent."""


class IdentityError(IngestError):
    """The identity sent with every request is missing or holds no e-mail address. Permanent."""


class FetchSettingsError(IngestError, ValueError):
    """The client's settings cannot be used. Permanent."""


class FetchError(IngestError):
    """An address could not be fetched: `url`, what happened, what to do."""

    def __init__(self, url: str, what: str, to_do: str) -> None:
        super().__init__(url, what, to_do)
        self.url = url
        self.what = what
        self.to_do = to_do

    def __str__(self) -> str:
        return f"{self.url}: {self.what}; {self.to_do}"


class TransientFetchError(FetchError):
    """Worth trying again; `retry_after_seconds` is the wait the server asked for, if it did."""

    retry_after_seconds: float | None = None


class RateLimitedError(TransientFetchError):
    """The server asks for fewer requests: 429, or EDGAR's throttle page. Transient."""


class ServerError(TransientFetchError):
    """The server failed: 5xx. Transient."""


class InterruptedTransferError(TransientFetchError):
    """The body did not arrive whole and in time. Transient."""


class PermanentFetchError(FetchError):
    """The same request fails again."""


class NotFoundError(PermanentFetchError):
    """There is nothing at the address. Permanent."""


class RefusedError(PermanentFetchError):
    """The server refuses the request, or sends it to another host. Permanent."""


class ForbiddenAddressError(PermanentFetchError):
    """The address is not one of the public web, and is not asked for. Permanent."""


class TooLargeError(PermanentFetchError):
    """The body is larger than the limit. Permanent."""


class UnexpectedContentError(PermanentFetchError):
    """The content is not what the address promises. Permanent."""


class LandingError(IngestError):
    """The landing directory or its manifest cannot be used. Permanent."""


class DamagedLandedFileError(LandingError):
    """A landed file is missing, or is not the bytes that were fetched. Permanent."""


class DamagedManifestError(LandingError):
    """The record of what has landed is damaged. Permanent."""


class WarehouseError(IngestError):
    """The warehouse cannot take the rows."""


class LakeError(IngestError):
    """The lake cannot be read or written. Permanent until mended."""


class GuardEngineError(IngestError):
    """The validation engine raised; the data may be good or bad."""
