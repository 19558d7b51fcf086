"""Stand-ins for dbt's cross-database macros, so that sqlfluff needs no warehouse."""


def dateadd(datepart: str, interval: object, from_date: str) -> str:
    """A date moved by some dateparts."""
    return f"date_add({from_date}, {interval})"


def datediff(first: str, second: str, datepart: str) -> str:
    """Dateparts between two dates."""
    return f"date_diff('{datepart}', {first}, {second})"


def last_day(date: str, datepart: str) -> str:
    """Last day of the datepart a date lies in."""
    return f"last_day({date})"


def listagg(measure: str, delimiter: str, order_by: str) -> str:
    """Texts of a group, joined in order."""
    return f"string_agg({measure}, {delimiter})"


def type_string() -> str:
    """Name of the text type."""
    return "varchar"
