"""The rules as the registry lists them: complete, in order, each with examples that show it."""

from __future__ import annotations

import json
import re
from importlib import import_module
from inspect import signature
from pkgutil import walk_packages
from typing import Any

import pytest

from ordercli import resources, rulebook
from ordercli.resources.all_rules import all_rules, find_rule
from ordercli.resources.product_order.examples import (
    GOOD_ORDER,
    example_document,
    example_options,
    example_profile,
    good_order_v5,
)
from ordercli.resources.quote.rules import RULES as RULES_OF_QUOTES
from ordercli.resources.registry import RESOURCES
from ordercli.resources.validator import OrderValidator
from ordercli.rulebook.rule import Example, Rule

SHOWN = [rule for rule in all_rules().values() if rule.bad is not None]
KEPT_ELSEWHERE = re.compile("ORD19[0-3]|ORD4|ORD5|ORD7|ORD009|ORD010")
CONTRACT = """\
ORD001 not-json error
ORD002 trailing-data error
ORD003 byte-order-mark warning
ORD004 duplicate-key error
ORD005 not-utf8 error
ORD006 number-loses-precision warning
ORD007 too-large error
ORD008 not-an-object error
ORD009 findings-left-out warning
ORD010 reject-context error
ORD011 other-kind error
ORD012 order-in-envelope error
ORD013 other-version error
ORD101 request-body-missing error
ORD102 product-order-item-missing error
ORD103 product-order-item-id-missing error
ORD104 product-order-item-action-missing error
ORD105 product-offering-missing error
ORD106 product-offering-id-missing error
ORD107 product-missing error
ORD108 product-specification-missing error
ORD109 product-specification-id-missing error
ORD110 product-inventory-id-missing error
ORD111 related-party-missing error
ORD112 customer-or-consumer-missing error
ORD113 order-currency-missing error
ORD114 required-field-missing error
ORD120 wrong-type error
ORD121 not-one-of error
ORD122 too-long error
ORD123 not-a-date-time error
ORD124 not-a-currency error
ORD125 blank error
ORD126 not-of-its-type error
ORD127 characteristic-without-subtype warning
ORD190 order-creation-failed error
ORD191 payload-damaged error
ORD192 worker-lost error
ORD193 attempts-exhausted error
ORD201 duplicate-item-id error
ORD202 unknown-related-item error
ORD203 relationship-not-mirrored warning
ORD204 relationship-cycle error
ORD205 several-parents error
ORD206 line-currency-differs error
ORD207 committed-date-before-line error
ORD208 completion-before-start error
ORD209 quantity-not-positive error
ORD210 too-many-items error
ORD211 price-not-exact error
ORD212 duplicate-external-id error
ORD213 external-id-too-long error
ORD301 unknown-product-offering error
ORD302 unknown-product-specification error
ORD303 unknown-product-inventory error
ORD304 sold-product-inactive error
ORD305 unknown-consumer error
ORD306 unknown-customer-account error
ORD307 inactive-currency error
ORD308 unknown-channel error
ORD309 unknown-place error
ORD310 unknown-contact error
ORD311 specification-not-in-offering error
ORD312 specification-version-mismatch error
ORD313 specifications-not-related error
ORD320 unknown-characteristic warning
ORD321 invalid-characteristic-value warning
ORD401 order-not-created-yet error
ORD402 fulfillment-type-not-deliver error
ORD403 currency-revision error
ORD404 order-not-found error
ORD405 illegal-state-transition error
ORD406 field-not-patchable error
ORD407 past-point-of-no-return error
ORD408 version-conflict error
ORD409 patch-test-failed error
ORD410 cancel-payload-empty error
ORD411 cancel-field-missing error
ORD412 json-patch-malformed error
ORD413 patch-place-missing error
ORD420 idempotency-conflict error
ORD430 other-order-at-target error
ORD431 refused-by-target error
ORD432 id-taken-at-target error
ORD433 order-at-target error
ORD434 change-refused-by-target error
ORD435 change-not-sent error
ORD436 change-unknown error
ORD501 unknown-record-type error
ORD502 record-id-missing error
ORD503 record-twice error
ORD504 unknown-reference-in-record error
ORD505 cyclic-characteristics error
ORD701 unreadable-cell error
ORD702 misplaced-row error
ORD703 merged-cell error
ORD901 unknown-field warning
ORD902 legacy-field-name warning
ORD903 server-owned-field warning"""


def test_every_rule_that_is_written_stands_in_the_registry_once() -> None:
    packages = [
        *walk_packages(resources.__path__, "ordercli.resources."),
        *walk_packages(rulebook.__path__, "ordercli.rulebook."),
    ]
    modules = [import_module(each.name) for each in packages]
    written = [value for module in modules for value in vars(module).values() if isinstance(value, Rule)]

    registered = [*RULES_OF_QUOTES, *(rule for each in RESOURCES.values() for rule in each.load_rulebook().rules)]
    of_quotes = {rule.code for rule in RULES_OF_QUOTES}
    assert {rule.code for rule in written} == all_rules().keys() | of_quotes
    assert all(any(rule is each for each in registered) for rule in written)


@pytest.mark.parametrize("kind", RESOURCES)
def test_the_rules_of_a_kind_go_by_code_and_have_different_names(kind: str) -> None:
    rules = RESOURCES[kind].load_rulebook().rules

    assert [rule.code for rule in rules] == sorted({rule.code for rule in rules})
    assert len({rule.name for rule in rules}) == len(rules)


def test_the_rules_of_all_kinds_go_by_code_and_have_the_words_of_the_first_kind_that_has_them() -> None:
    rules = all_rules()

    assert list(rules) == sorted(rules)
    assert [rule for rule in rules.values() if find_rule(rule.code) is not rule] == []
    assert {rule.code for each in RESOURCES.values() for rule in each.load_rulebook().rules} == {*rules}


def test_every_rule_that_validates_orders_has_examples() -> None:
    unshown = [rule.code for rule in all_rules().values() if rule.bad is None or rule.good is None]

    assert [code for code in unshown if not KEPT_ELSEWHERE.match(code)] == []


@pytest.mark.parametrize("rule", all_rules().values(), ids=lambda rule: rule.code)
def test_every_rule_says_what_is_wrong_why_and_where_that_is_written(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name)
    assert re.fullmatch(r"[A-Z`].*\.", rule.fault)
    assert rule.why.endswith(".")
    assert rule.source
    assert rule.says


@pytest.mark.parametrize("rule", SHOWN, ids=lambda rule: rule.code)
def test_the_bad_example_breaks_its_rule_alone_and_the_good_one_none(rule: Rule) -> None:
    assert _codes(rule.bad, rule) == [rule.code]
    assert _codes(rule.good, _satisfied(rule)) == []


def _codes(example: Example | None, rule: Rule) -> list[str]:
    assert example is not None
    data = example_document(example, example_profile(rule))
    return [finding.code for finding in OrderValidator(**example_options(rule)).validate(data).findings]


def _satisfied(rule: Rule) -> Rule:
    """The limits of an example are there to be broken."""
    return all_rules()["ORD101"] if "limits" in rule.options else rule


def test_a_check_takes_reference_data_exactly_if_its_rule_says_so() -> None:
    taking = [
        rule.code for rule in all_rules().values() if rule.check and "reference" in signature(rule.check).parameters
    ]

    assert [rule.code for rule in all_rules().values() if rule.asks_reference] == taking


def test_the_good_order_has_no_finding() -> None:
    data = example_document({})

    assert OrderValidator(lint=True).validate(data).findings == []
    assert json.loads(data) == GOOD_ORDER


def test_the_good_order_of_v5_has_no_finding() -> None:
    data = example_document({}, "tmf622-v5")

    for profile in ("tmf622-v5", "tmf622"):
        assert OrderValidator(profile, lint=True).validate(data).findings == []
    assert json.loads(data) == good_order_v5()


def test_an_example_is_made_from_edits_of_the_good_order() -> None:
    edits: dict[str, Any] = {"/note/0/text": "x", "/note/0/author": None, "/channel": [{"id": "2"}]}

    document = json.loads(example_document(edits))

    assert document == {
        **GOOD_ORDER,
        "note": [{"date": "2026-02-27T15:04:05Z", "text": "x"}],
        "channel": [{"id": "2"}],
    }


def test_codes_names_and_severities_never_change_meaning() -> None:
    written = [f"{rule.code} {rule.name} {rule.severity}" for rule in all_rules().values()]

    assert written == CONTRACT.split("\n")
