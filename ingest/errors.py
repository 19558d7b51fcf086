"""What can go wrong on the way in.

    IngestError
    ├── SourceError                the input itself; permanent until somebody mends it
    │   ├── MissingInputFileError       a file the source must have is not there
    │   ├── UnreadableInputFileError    the bytes are not what the name promises
    │   ├── InputSchemaError       a column is missing, unknown or twice there
    │   └── InvalidClaimError      a listed claim does not fit its article or the schema
    ├── WarehouseError             the warehouse cannot take the rows
    └── GuardEngineError           the validation engine failed, which says nothing about the data

Every message says what, where and what to do. None of these is transient: trying again with the
same input fails again.
"""


class IngestError(Exception):
    """Base of every error raised by `ingest`."""


class SourceError(IngestError):
    """The input cannot be used."""


class MissingInputFileError(SourceError):
    """A file the source must have is not there."""


class UnreadableInputFileError(SourceError):
    """A file's bytes are not what its name promises."""


class InputSchemaError(SourceError):
    """A file's columns are not the declared ones."""


class InvalidClaimError(SourceError):
    """A listed claim does not fit its article or the claims schema."""


class WarehouseError(IngestError):
    """The warehouse cannot take the rows."""


class GuardEngineError(IngestError):
    """The validation engine raised; the data may be good or bad."""
