"""Validate a file of JSON lines against a schema, and print how many are valid: FILE SCHEMA."""

import sys
from pathlib import Path

import jsonschema_rs
import orjson

validator = jsonschema_rs.validator_for(orjson.loads(Path(sys.argv[2]).read_bytes()))
with Path(sys.argv[1]).open("rb") as lines:
    print(sum(validator.is_valid(orjson.loads(line)) for line in lines))
