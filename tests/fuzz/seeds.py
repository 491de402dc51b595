"""What the fuzzers begin with: the samples, the examples of the rules, and the words of an order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from ordercli.resources.all_rules import all_rules
from ordercli.resources.product_order.examples import example_document, example_in_v5, example_profile
from ordercli.resources.service_order.service_order import SERVICE_ORDER

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLES = Path(__file__).parents[2] / "samples"
_PUNCTUATION = ["null", "true", "1e400", "-0.0", "1E+99999999999999999999", "[[[[", "{}", '\\"', "\\ud800", "\\u0020"]


def sample_files() -> Iterator[bytes]:
    """Every sample as it lies there, the large ones cut at a line end, at the first one if that comes late."""
    for path in sorted(SAMPLES.rglob("*.*json")):
        data = path.read_bytes()
        end = max(data.rfind(b"\n", 0, 10_000), data.find(b"\n"))
        yield data if len(data) < 10_000 else data[: end + 1]


def orders() -> Iterator[bytes]:
    """Orders, one each: the samples and the examples of the rules."""
    for path in sorted(SAMPLES.rglob("*.json")):
        if not path.name.endswith(".expect.json"):
            yield path.read_bytes()
    for rule in all_rules().values():
        if in_v5 := example_in_v5(rule):
            yield in_v5
        for example in (rule.good, rule.bad):
            if example is not None:
                yield example_document(example, example_profile(rule))
    examples = SERVICE_ORDER.load_examples()
    for rule in SERVICE_ORDER.load_rulebook().rules:
        yield from (
            examples.document(example, "servicenow") for example in (rule.good, rule.bad) if example is not None
        )


def reference_records() -> Iterator[bytes]:
    """Records of reference data, the first of each type that the samples hold."""
    seen = set()
    for line in (SAMPLES / "reference.ndjson").read_bytes().splitlines():
        kind = json.loads(line)["@type"]
        if kind not in seen:
            seen.add(kind)
            yield line


def words(seeds: list[bytes]) -> list[str]:
    """Strings that stand in the seeds, and what breaks a reader of JSON, as entries of libFuzzer's dictionary."""
    found: set[str] = set()
    for seed in seeds:
        try:
            _collect(json.loads(seed), found)
        except ValueError:
            continue
    return sorted(json.dumps(word) for word in found) + _PUNCTUATION


def _collect(value: object, found: set[str]) -> None:
    if isinstance(value, dict):
        for name, member in value.items():
            found.add(name)
            _collect(member, found)
    elif isinstance(value, list):
        for element in value:
            _collect(element, found)
    elif isinstance(value, str) and len(value) < 40:
        found.add(value)
