"""Which values a characteristic of a product specification allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from ordercli.reference.records import Characteristic, CharacteristicValue


class AllowedValues:
    """The values of one characteristic, looked at once.

    Everything is allowed where the specification lists no values, calls them extensible, or gives a pattern for them
    (TMF620, ProductSpecificationCharacteristic).
    """

    __slots__ = ("_anything", "_options", "_texts")

    def __init__(self, characteristic: Characteristic) -> None:
        options = [each for each in characteristic.product_spec_characteristic_value or () if each]
        self._anything = not options or bool(characteristic.extensible) or any(each.regex for each in options)
        self._options = options
        self._texts = frozenset(as_text(each.value) for each in options if each.value is not None)

    def allow(self, value: Any) -> bool:  # noqa: ANN401 - JSON
        """Whether the characteristic may have this value; of a list, whether it may have each element."""
        if (isinstance(value, str) and value in self._texts) or self._anything:
            return True
        if isinstance(value, list):
            return all(self.allow(each) for each in value)
        return as_text(value) in self._texts or any(_fits(option, value) for option in self._options)


def as_text(value: Any) -> str:  # noqa: ANN401 - JSON
    """A value as work notes show it: a string as it is, anything else as JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _fits(option: CharacteristicValue, value: Any) -> bool:  # noqa: ANN401 - JSON
    if option.value is None:
        return _is_in_range(option, _number(value))
    return bool(option.value == value) and isinstance(option.value, bool) is isinstance(value, bool)


def _is_in_range(option: CharacteristicValue, number: float | None) -> bool:
    """Whether a number lies in a range; both ends belong to it unless rangeInterval leaves one out."""
    low, high, kind = option.value_from, option.value_to, option.range_interval
    if number is None or (low is None and high is None):
        return False
    above = low is None or low < number or (low == number and kind not in {"open", "closedTop"})
    below = high is None or number < high or (number == high and kind not in {"open", "closedBottom"})
    return above and below


def _number(value: Any) -> float | None:  # noqa: ANN401 - JSON
    """The number that a value is, or that its text says; callers write either."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
