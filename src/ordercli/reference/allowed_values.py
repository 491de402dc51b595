"""Check the values that the characteristics of a product or service may have."""

from __future__ import annotations

from collections.abc import Container, Iterator

from ordercli.intake.json_text import JsonValue, shown_value
from ordercli.reference.records import Characteristic, CharacteristicValue


class _Everything:
    """A container of every value."""

    def __contains__(self, value: object) -> bool:
        return True


_EVERYTHING = _Everything()


class AllowedValues:
    """The allowed values of one characteristic, prepared once for many checks.

    A text in `texts` is allowed; of other values, `allow` tells.
    Every value is allowed if the specification lists no values, marks them as extensible, or gives a pattern. A listed
    array allows each of its elements (TMF620: version 4, ProductSpecificationCharacteristic; version 5,
    CharacteristicSpecification).
    """

    __slots__ = ("_options", "texts")

    def __init__(self, characteristic: Characteristic) -> None:
        options = characteristic.values
        anything = (
            not options
            or bool(characteristic.extensible or characteristic.regex)
            or any(each.regex for each in options)
        )
        self._options = [single for each in options for single in _singles(each)]
        texts = frozenset(shown_value(each.value) for each in self._options if each.value is not None)
        self.texts: Container[object] = _EVERYTHING if anything else texts

    def allow(self, value: JsonValue) -> bool:
        """Return whether the characteristic may have this value, or each element of this list."""
        if self.texts is _EVERYTHING or (isinstance(value, str) and value in self.texts):
            return True
        if isinstance(value, list):
            return all(self.allow(each) for each in value)
        return shown_value(value) in self.texts or any(_fits(option, value) for option in self._options)


def _singles(option: CharacteristicValue) -> Iterator[CharacteristicValue]:
    """Yield the elements of an array that is listed as a value, else the value itself."""
    if isinstance(option.value, list):
        yield from (type(option)(value=each) for each in option.value)
    else:
        yield option


def _fits(option: CharacteristicValue, value: JsonValue) -> bool:
    if option.value is None:
        return _is_in_range(option, _number(value))
    return bool(option.value == value) and isinstance(option.value, bool) is isinstance(value, bool)


def _is_in_range(option: CharacteristicValue, number: float | None) -> bool:
    """Return whether a number lies in a range; both ends are included unless rangeInterval excludes one."""
    low, high, kind = option.value_from, option.value_to, option.range_interval
    if number is None or (low is None and high is None):
        return False
    above = low is None or low < number or (low == number and kind not in {"open", "closedTop"})
    below = high is None or number < high or (number == high and kind not in {"open", "closedBottom"})
    return above and below


def _number(value: JsonValue) -> float | None:
    """Return a number, or the number in a text; None for any other value."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
