"""What a run must hold: each check says what was measured beside the limit that it is held to."""

from typing import Any, NamedTuple


class Check(NamedTuple):
    text: str
    value: Any
    limit: str
    holds: bool


def at_most(text, value, limit, unit=""):
    """A value that is missing (None) or no number (NaN) misses the limit."""
    return Check(text, value, f"<= {limit:g} {unit}".rstrip(), value is not None and value <= limit)


def less_than(text, value, limit, unit=""):
    return Check(text, value, f"< {limit:g} {unit}".rstrip(), value is not None and value < limit)


def at_least(text, value, limit, unit=""):
    return Check(text, value, f">= {limit:g} {unit}".rstrip(), value is not None and value >= limit)


def exactly(text, value, limit):
    return Check(text, value, f"= {limit}", value == limit)


def printed(text, value, unit=""):
    """A figure that is to be told and has no limit."""
    return Check(text, value, f"printed, {unit}" if unit else "printed", value is not None and value == value)


def stops(gateway):
    """The process has lived through it and ends in good order."""
    return exactly("exit code of the gateway, stopped at the end", gateway.stop(), 0)
