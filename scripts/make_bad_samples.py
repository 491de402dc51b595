"""Write one file for each rule, which breaks it, or check that the files are what this script writes.

python -m scripts.make_bad_samples [--check] [--folder PATH]

`bad` holds orders of profile servicenow, `bad-v5` the same faults in orders of TMF622 v5, for the rules that apply
there. `bad-quotes` holds quotes; beside them stands what `ordercli quote convert` finds.

Beside each file stands what `ordercli validate` finds in it with its defaults. A rule that needs more than these (a
limit, reference data, or to be selected) finds nothing then; the sidecar says so under `needs`.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ordercli.resources.all_rules import all_rules
from ordercli.resources.product_order.examples import example_document, example_in_v5, example_options, example_profile
from ordercli.resources.product_order.profiles import SERVICENOW, TMF622_V4, TMF622_V5
from ordercli.resources.quote.examples import NOW
from ordercli.resources.quote.examples import example_document as example_of_quote
from ordercli.resources.quote.quote import QuoteConverter, Terms
from ordercli.resources.quote.rules import RULES as RULES_OF_QUOTES
from ordercli.resources.service_order.service_order import SERVICE_ORDER
from ordercli.resources.validator import KindValidator, OrderValidator
from ordercli.rulebook.rule import TextEdit

if TYPE_CHECKING:
    from ordercli.rulebook.rule import Example, Finding, Rule

SAMPLES = Path(__file__).parents[1] / "samples"
FOLDERS = ("bad", "bad-v5", "bad-service-orders", "bad-quotes")


def bad_samples() -> dict[str, bytes]:
    """Return the files by path: a document and its expectations for every rule that has a bad example."""
    files = {}
    for rule in all_rules().values():
        name = f"{rule.code}-{rule.name}"
        if rule.bad is not None and example_profile(rule) == SERVICENOW.name:
            document = _file(rule.bad)
            files[f"bad/{name}.json"] = document
            files[f"bad/{name}.expect.json"] = _sidecar(rule, document, SERVICENOW.name)
        in_v5 = example_in_v5(rule)
        if in_v5 is not None:
            document = _laid_out(in_v5)
            files[f"bad-v5/{name}.json"] = document
            files[f"bad-v5/{name}.expect.json"] = _sidecar(rule, document, TMF622_V5.name)
    return files | bad_service_orders() | bad_quotes()


def bad_service_orders() -> dict[str, bytes]:
    """Return the files of the rules of service orders; a command tells the kind of each document by itself."""
    files = {}
    examples = SERVICE_ORDER.load_examples()
    validator = KindValidator(lambda resource: OrderValidator(resource=resource, lint=True))
    for rule in SERVICE_ORDER.load_rulebook().rules:
        if rule.bad is not None:
            document = examples.document(rule.bad, SERVICENOW.name)
            document = document if isinstance(rule.bad, bytes | TextEdit) else _laid_out(document)
            needs = sorted(examples.options(rule).keys() - {"lint"})
            name = f"bad-service-orders/{rule.code}-{rule.name}"
            files[f"{name}.json"] = document
            files[f"{name}.expect.json"] = _expectations(validator.validate(document).findings, needs)
    return files


def bad_quotes() -> dict[str, bytes]:
    """Return the files of the rules of quotes, and what `quote convert` finds in them."""
    files = {}
    order_rules = OrderValidator(TMF622_V4.name)
    converter = QuoteConverter(Terms(NOW), lambda order: order_rules.validate(order).findings)
    for rule in RULES_OF_QUOTES:
        if rule.bad is not None:
            document = _laid_out(example_of_quote(rule.bad))
            name = f"bad-quotes/{rule.code}-{rule.name}"
            files[f"{name}.json"] = document
            files[f"{name}.expect.json"] = _expectations(converter.convert(document).findings, [])
    return files


def _file(example: Example) -> bytes:
    """Bytes stay as they are, for their fault may be in them; edits of the good order are laid out for people."""
    document = example_document(example)
    return document if isinstance(example, bytes | TextEdit) else _laid_out(document)


def _laid_out(document: bytes) -> bytes:
    return msgspec.json.format(document, indent=2) + b"\n"


def _sidecar(rule: Rule, document: bytes, profile: str) -> bytes:
    findings = OrderValidator(profile, lint=True).validate(document).findings
    return _expectations(findings, sorted(example_options(rule, profile).keys() - {"lint", "profile"}))


def _expectations(findings: list[Finding], needs: list[str]) -> bytes:
    sidecar: dict[str, Any] = {"findings": [{"code": each.code, "pointer": each.pointer} for each in findings]}
    if needs:
        sidecar["needs"] = needs
    return json.dumps(sidecar, indent=2).encode() + b"\n"


def main() -> int:
    """Return 1 when `--check` finds a file that differs, is missing, or is one too many."""
    parser = argparse.ArgumentParser(prog="python -m scripts.make_bad_samples", description="Write the bad samples.")
    parser.add_argument("--check", action="store_true", help="write nothing, name the files that differ")
    parser.add_argument("--folder", type=Path, default=SAMPLES, help="where their folders are (default: samples)")
    arguments = parser.parse_args()
    wanted = bad_samples()
    there = {f"{folder}/{path.name}": path for folder in FOLDERS for path in (arguments.folder / folder).glob("*.json")}
    stale = [name for name in wanted if name not in there or there[name].read_bytes() != wanted[name]]
    extra = sorted(there.keys() - wanted.keys())
    if arguments.check:
        for name in stale + extra:
            print(f"{arguments.folder / name} is not what scripts.make_bad_samples writes")
        return 1 if stale or extra else 0
    for name in stale:
        (arguments.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (arguments.folder / name).write_bytes(wanted[name])
    for name in extra:
        there[name].unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
