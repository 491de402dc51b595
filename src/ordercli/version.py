"""The version of the package, and its date, which the pages of man have."""

__version__ = "0.1.0"
VERSION_DATE = "2026-11-30"
