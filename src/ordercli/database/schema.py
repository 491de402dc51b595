"""What marks a file as a database of ours, and which schema this program knows."""

from __future__ import annotations

APPLICATION_ID = 0x4F524443  # "ORDC"
# The number of the last migration.
SCHEMA_VERSION = 4
PAGE_SIZE = 16384
