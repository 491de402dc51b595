"""What orders are judged by."""

from typing import NamedTuple

from ordercli.tmf622.words import Profile
from ordercli.validation.case import Mode


class Standard(NamedTuple):
    """The words that count, and whether orders are created at once or queued."""

    profile: Profile
    mode: Mode
