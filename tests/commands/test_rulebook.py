"""`ordercli rules` and `ordercli explain`: what the rules say of themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ordercli.resources.all_rules import all_rules
from ordercli.resources.product_order.product_order import PRODUCT_ORDER
from ordercli.resources.quote.rules import RULES as RULES_OF_QUOTES
from ordercli.resources.service_order.service_order import SERVICE_ORDER
from support.running import COMMAND
from support.terminals import ended, on_terminal

if TYPE_CHECKING:
    from support.running import Ordercli

MESSAGE = "action `ad` is none of add, change, delete, no-change, resume, suspend"
_TABLES = "ServiceNow Product Order Open API, POST /order/productOrder, tables 45 and 48"
SOURCE = f"{_TABLES}; TMF622 v4.0.0, ProductOrder_Create"
SERVICE_SOURCE = "ServiceNow Service Order Open API, POST /order/serviceOrder; TMF641 v4.1.0, ServiceOrder_Create"
NOT_ONE_OF = f"""\
## ORD121 not-one-of

The value of a field is not in its list of allowed words.

    error[ORD121] not-one-of: {MESSAGE} (did you mean `add`?)

Actions: add, change, delete, no-change, resume, suspend (tmf622: add, delete, modify, noChange). Types of a
party: Consumer, Customer, CustomerContact for the order, OrderLineItemContact for a product. Letter case matters.

Bad, in an order that is good otherwise:

    /productOrderItem/0/action: "ad"

Good, in an order that is good otherwise:

    /productOrderItem/0/action: "add"

Profiles: servicenow, tmf622-v4, tmf622-v5. Source: {SOURCE}.

### ORD121 not-one-of, service orders

The value of a field is not in its list of allowed words.

    error[ORD121] not-one-of: {MESSAGE} (did you mean `add`?)

Actions: add, change, delete, no-change, resume, suspend (tmf641: add, delete, modify, noChange). Types of a
party: Consumer, Customer, CustomerContact for the order, OrderLineItemContact for a line item. Letter case matters.

Bad, in an order that is good otherwise:

    /serviceOrderItem/0/action: "ad"

Good, in an order that is good otherwise:

    /serviceOrderItem/0/action: "add"

Profiles: servicenow, tmf641. Source: {SERVICE_SOURCE}.
"""


@pytest.mark.parametrize("word", ["ORD121", "ord121", "not-one-of", "Not-One-Of"])
def test_a_rule_is_explained_by_its_code_or_its_name(word: str, ordercli: Ordercli) -> None:
    result = ordercli("explain", word)

    assert (result.stdout, result.stderr, result.exit_code) == (NOT_ONE_OF, "", 0)


def test_an_example_of_bytes_is_shown_around_the_fault(ordercli: Ordercli) -> None:
    text = ordercli("explain", "ORD005").stdout

    assert '\n    …","channel":[{"id":"online","name":"Caf\\xe9"}],"note":[{"author":"Ana Duarte","d…\n' in text


def test_a_rule_without_check_tells_its_message_with_placeholders(ordercli: Ordercli) -> None:
    text = ordercli("explain", "ORD411").stdout

    assert "    error[ORD411] cancel-field-missing: Invalid payload. Mandatory field missing: <field>.\n" in text
    assert "Bad" not in text


def test_the_commands_of_an_explanation_name_the_database(ordercli: Ordercli) -> None:
    in_words = ordercli("explain", "ORD192", "--database", "my orders.db").stdout
    for_programs = ordercli("explain", "ORD192", "--database", "my orders.db", "-o", "json").json["why"]

    why = (
        "The entry is not retried automatically, because it could crash the next worker too. Find the cause (memory, a"
        " limit\nof the system), then run `ordercli queue retry --database 'my orders.db'`."
    )
    assert for_programs == why
    assert f"\n\n{why}\n\n" in in_words


def test_a_rule_is_explained_to_programs(ordercli: Ordercli) -> None:
    assert ordercli("explain", "ORD104", "-o", "json").json == {
        "code": "ORD104",
        "name": "product-order-item-action-missing",
        "severity": "error",
        "resource": "productOrder",
        "profiles": ["servicenow", "tmf622-v4", "tmf622-v5"],
        "warnsIn": [],
        "message": "Invalid payload: productOrderItem action is missing",
        "fault": "A line item has no action.",
        "why": (
            "Give `action`: add, change, delete, no-change, resume or suspend (tmf622: add, delete, modify, noChange)."
        ),
        "bad": {"/productOrderItem/0/action": None},
        "finding": {
            "pointer": "/productOrderItem/0/action",
            "line": None,
            "column": None,
            "message": "Invalid payload: productOrderItem action is missing",
            "suggestion": None,
        },
        "good": {"/productOrderItem/0/action": "add"},
        "details": [],
        "source": SOURCE,
        "others": [
            {
                "code": "ORD104",
                "name": "service-order-item-action-missing",
                "severity": "error",
                "resource": "serviceOrder",
                "profiles": ["servicenow", "tmf641"],
                "warnsIn": [],
                "message": "Invalid payload: serviceOrderItem action is missing.",
                "fault": "A line item has no action.",
                "why": (
                    "Give `action`: add, change, delete, no-change, resume or suspend (tmf641: add, delete, modify,"
                    " noChange)."
                ),
                "bad": {"/serviceOrderItem/0/action": None},
                "finding": {
                    "pointer": "/serviceOrderItem/0/action",
                    "line": None,
                    "column": None,
                    "message": "Invalid payload: serviceOrderItem action is missing.",
                    "suggestion": None,
                },
                "good": {"/serviceOrderItem/0/action": "add"},
                "details": [],
                "source": SERVICE_SOURCE,
            },
            {
                "code": "ORD104",
                "name": "quote-item-action-missing",
                "severity": "error",
                "resource": "quote",
                "profiles": [],
                "warnsIn": [],
                "message": "Invalid payload: quoteItem action is missing",
                "fault": "An item of the quote has no action.",
                "why": "Give `action`: add, modify, remove, delete or noChange. The order has `delete` for `remove`.",
                "bad": {"/quoteItem/0/action": None},
                "finding": {
                    "pointer": "/quoteItem/0/action",
                    "line": None,
                    "column": None,
                    "message": "Invalid payload: quoteItem action is missing",
                    "suggestion": None,
                },
                "good": {"/quoteItem/0/action": "add"},
                "details": [],
                "source": "TMF648 v4.0.0, QuoteItem",
            },
        ],
        "patchMessages": {"serviceOrder": "Invalid payload: serviceOrderItem action is missing"},
    }


def test_a_rule_of_service_orders_is_explained_by_its_own_name_beside_that_of_product_orders(
    ordercli: Ordercli,
) -> None:
    text = ordercli("explain", "service-order-item-missing").stdout

    assert text.splitlines()[0] == "## ORD102 product-order-item-missing"
    assert "\n### ORD102 service-order-item-missing, service orders\n" in text
    assert "    error[ORD102] service-order-item-missing: Invalid payload: serviceOrderItem missing.\n" in text
    assert text.endswith("In a patch, service orders:\n\n    Invalid payload: serviceOrderItem is missing\n")


def test_rules_that_say_the_same_of_both_kinds_are_shown_once(ordercli: Ordercli) -> None:
    text = ordercli("explain", "ORD004").stdout

    assert "###" not in text
    assert "\nProfiles: servicenow, tmf622-v4, tmf622-v5; service orders: servicenow, tmf641. Source: " in text


def test_a_rule_of_product_orders_alone_has_the_words_of_a_patch_of_service_orders(ordercli: Ordercli) -> None:
    reported = ordercli("explain", "ORD105", "-o", "json").json

    assert reported["others"] == []
    assert reported["patchMessages"] == {"serviceOrder": "Invalid payload: serviceOrderItem serviceOffering is missing"}


@pytest.mark.parametrize("rule", SERVICE_ORDER.load_rulebook().rules, ids=lambda rule: rule.code)
def test_every_rule_of_service_orders_is_explained(rule: object, ordercli: Ordercli) -> None:
    reported = ordercli("explain", rule.code, "-o", "json").json  # type: ignore[attr-defined]

    (printed,) = [each for each in (reported, *reported["others"]) if each["resource"] == "serviceOrder"]
    assert all(printed[member].strip() for member in ("name", "message", "fault", "why", "source"))
    assert (printed["bad"] is None) == (printed["finding"] is None) == (printed["good"] is None)


def test_the_rules_of_one_kind_are_listed(ordercli: Ordercli) -> None:
    of_services = ordercli("rules", "--resource", "serviceOrder").ndjson
    of_products = ordercli("rules", "--resource", "productOrder").ndjson

    for listed, kind in ((of_services, SERVICE_ORDER), (of_products, PRODUCT_ORDER)):
        assert [each["code"] for each in listed] == sorted(rule.code for rule in kind.load_rulebook().rules)
        assert {each["name"] for each in listed} == {rule.name for rule in kind.load_rulebook().rules}
        assert all(each["resources"] == [kind.name] for each in listed)
        assert all(set(each["profiles"]) <= set(kind.profiles) for each in listed)


CODES = sorted({*all_rules(), *(rule.code for rule in RULES_OF_QUOTES)})


@pytest.mark.parametrize("code", CODES)
def test_every_rule_says_what_is_wrong_why_and_how_to_repair_it(code: str, ordercli: Ordercli) -> None:
    printed = ordercli("explain", code, "-o", "json").json

    assert all(printed[member].strip() for member in ("name", "message", "fault", "why", "source"))
    assert printed["fault"].endswith(".")
    assert (printed["bad"] is None) == (printed["finding"] is None) == (printed["good"] is None)


def test_the_profiles_in_which_a_rule_is_off_by_default_are_reported(ordercli: Ordercli) -> None:
    text, reported = ordercli("explain", "ORD208").stdout, ordercli("explain", "ORD208", "-o", "json").json

    assert (
        "\nProfiles: servicenow, tmf622-v4 (a warning, off by default), tmf622-v5 (a warning, off by default). Source: "
        in text
    )
    assert (reported["severity"], reported["profiles"], reported["warnsIn"]) == (
        "error",
        ["servicenow", "tmf622-v4", "tmf622-v5"],
        ["tmf622-v4", "tmf622-v5"],
    )


def test_an_unknown_rule_is_not_found_and_the_nearest_named(ordercli: Ordercli) -> None:
    near, far = ordercli("explain", "not-one-off"), ordercli("explain", "zzz")

    assert (near.stdout, near.exit_code) == ("", 3)
    assert near.stderr == "error: there is no rule 'not-one-off'\n  hint: did you mean not-one-of?\n"
    assert far.stderr == "error: there is no rule 'zzz'\n  hint: `ordercli rules` lists them\n"


def test_the_rules_are_listed_in_their_order(ordercli: Ordercli) -> None:
    listed = ordercli("rules").ndjson

    assert [each["code"] for each in listed] == CODES
    assert listed[0] == {
        "code": "ORD001",
        "name": "not-json",
        "severity": "error",
        "resources": ["productOrder", "serviceOrder"],
        "profiles": ["servicenow", "tmf622-v4", "tmf622-v5", "tmf641"],
        "warnsIn": [],
        "fault": "The document is not JSON.",
    }
    assert ordercli("rules", "-o", "id").stdout == "".join(f"{code}\n" for code in CODES)
    (of_quotes,) = [each for each in listed if each["code"] == "ORD602"]
    assert of_quotes == {
        "code": "ORD602",
        "name": "quote-not-valid",
        "severity": "error",
        "resources": ["quote"],
        "profiles": [],
        "warnsIn": [],
        "fault": "The quote is not valid any more, or not yet.",
    }


def test_a_rule_of_quotes_is_explained_in_the_words_of_quotes(ordercli: Ordercli) -> None:
    text = ordercli("explain", "quote-not-valid").stdout

    assert (
        text
        == """\
## ORD602 quote-not-valid

The quote is not valid any more, or not yet.

    error[ORD602] quote-not-valid: The quote was valid until 2020-01-31T23:59:59Z

Details:

    The quote is valid from <date> on

Its prices no longer hold after `validFor.endDateTime`. Ask for a new version of the quote, or have its validity
extended.

Bad, in a quote that is good otherwise:

    /validFor/endDateTime: "2020-01-31T23:59:59Z"

Good, in a quote that is good otherwise:

    /validFor/endDateTime: "2099-12-31T23:59:59Z"

Source: TMF648 v4.0.0, Quote, validFor.
"""
    )


def test_a_terminal_shows_colours_and_wraps_paragraphs_but_no_examples(ordercli: Ordercli) -> None:
    shown = ended(on_terminal([*COMMAND, "explain", "ORD121"], ordercli.folder, ordercli.environment(), columns=60))

    lines = shown.screen.splitlines()
    assert shown.sent.startswith("\x1b[1;31mORD121 not-one-of\x1b[0m\r\n")
    assert max(len(line) for line in lines if not line.startswith("    ")) <= 60
    assert '    /productOrderItem/0/action: "ad"' in lines
