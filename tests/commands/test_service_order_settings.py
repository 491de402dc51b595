"""The settings that switch the validation of service orders off, in both spellings, and what then fails in creation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.builders import encoded, product_order, service_order

if TYPE_CHECKING:
    from support.running import Ordercli

SPELLINGS = ("VALIDATION", "VALIDATIONS")
CREATION_FAILED = "Invalid payload: Order creation failed."


def without_action(external_id: str) -> bytes:
    order = service_order(external_id)
    del order["serviceOrderItem"][0]["action"]
    return encoded(order)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_orders_that_are_not_validated_before_they_are_queued_fail_when_they_are_created(
    ordercli: Ordercli, spelling: str
) -> None:
    off = {f"ORDERCLI_VALIDATION_CREATE_SERVICE_ORDER_{spelling}_ASYNC": "false"}

    strict = ordercli("submit", "--async", stdin=without_action("S-1"))
    queued = ordercli("submit", "--async", stdin=without_action("S-1"), **off)
    ordercli("queue", "run")
    failed = ordercli("show", "S-1", "-o", "json").json

    assert (strict.exit_code, queued.exit_code) == (1, 0)
    assert failed["message"] == CREATION_FAILED
    assert {each["rule"] for each in failed["details"]} == {"ORD190"}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_orders_that_are_not_validated_are_refused_where_they_cannot_be_created_at_once(
    ordercli: Ordercli, spelling: str
) -> None:
    off = {f"ORDERCLI_VALIDATION_CREATE_SERVICE_ORDER_{spelling}_SYNC": "false"}

    strict = ordercli("submit", "-o", "ndjson", stdin=without_action("S-1")).ndjson
    refused = ordercli("submit", "-o", "ndjson", stdin=without_action("S-1"), **off).ndjson
    accepted = ordercli("submit", stdin=encoded(service_order("S-2", relatedParty=[])), **off)

    assert [each["code"] for each in strict[0]["errors"]] == ["ORD104"]
    assert (refused[0]["errors"][0]["code"], refused[0]["errors"][0]["message"]) == ("ORD190", CREATION_FAILED)
    assert accepted.exit_code == 0


def test_the_settings_of_service_orders_leave_product_orders_alone(ordercli: Ordercli) -> None:
    off = {f"ORDERCLI_VALIDATION_CREATE_SERVICE_ORDER_VALIDATIONS_{mode}": "false" for mode in ("SYNC", "ASYNC")}
    order = encoded(product_order(relatedParty=[]))

    assert ordercli("submit", stdin=order, **off).exit_code == 1
    assert ordercli("submit", "--async", stdin=order, **off).exit_code == 1
