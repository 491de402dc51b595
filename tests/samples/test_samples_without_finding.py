"""The rulebook has nothing to say about the samples, lint included."""

from __future__ import annotations

from pathlib import Path

import pytest

from ordercli.resources.validator import OrderValidator

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.mark.parametrize(
    ("profile", "name"),
    [
        ("servicenow", "orders.ndjson"),
        ("tmf622", "tmf622/orders-v5.ndjson"),
        ("tmf622-v5", "tmf622/orders-v5.ndjson"),
    ],
)
def test_no_exported_order_has_a_finding(profile: str, name: str) -> None:
    rulebook = OrderValidator(profile=profile, lint=True)

    lines = (SAMPLES / name).read_bytes().splitlines()
    found = {
        number: list(findings) for number, line in enumerate(lines, 1) if (findings := rulebook.validate(line).findings)
    }

    assert found == {}


@pytest.mark.parametrize(
    ("profile", "name"),
    [
        ("servicenow", "consumer-mobile.json"),
        ("servicenow", "home-fibre-bundle.json"),
        ("servicenow", "enterprise-sd-wan.json"),
        ("servicenow", "change.json"),
        ("servicenow", "suspend.json"),
        ("servicenow", "resume.json"),
        ("servicenow", "disconnect.json"),
        ("servicenow", "current/enterprise-sd-wan.json"),
        ("tmf622", "tmf622/standard.json"),
    ],
)
def test_no_single_order_has_a_finding(profile: str, name: str) -> None:
    rulebook = OrderValidator(profile=profile, lint=True)

    findings = rulebook.validate((SAMPLES / name).read_bytes()).findings

    assert list(findings) == []
