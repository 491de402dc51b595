"""A patch goes into an order document: RFC 7396, line items by their id, notes added."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

ITEMS = "productOrderItem"
NOTES = "note"


def merge_patch(target: Any, patch: Any) -> Any:  # noqa: ANN401 - JSON
    """RFC 7396: members that are null go, objects merge, anything else takes the place of what was there."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, member in patch.items():
        if member is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), member)
    return merged


def merge_order(order: Json, patch: Json) -> Json:
    """The order with the patch in it; neither is changed.

    A line item goes into the line with its id, wherever that stands in the order; one with a new id is added to the
    list that names it. Notes are added, those that stand there already are not. The patch's `productOrderItem` must
    be lists of objects with an id.
    """
    lines: dict[str, Json] = {}
    copied = {**order, ITEMS: _copied(order[ITEMS], lines)}
    rest = {name: member for name, member in patch.items() if name != ITEMS}
    if NOTES in patch:
        rest[NOTES] = _with_notes(order.get(NOTES), patch[NOTES])
    merged: Json = merge_patch(copied, rest)
    _merge_items(merged[ITEMS], patch.get(ITEMS, ()), lines)
    return merged


def _copied(items: list[Json], lines: dict[str, Json]) -> list[Json]:
    """The lines, nested ones too, as copies that may be changed; `lines` gets each by its id."""
    copies = []
    for item in items:
        copy = dict(item)
        if ITEMS in copy:
            copy[ITEMS] = _copied(copy[ITEMS], lines)
        lines[copy["id"]] = copy
        copies.append(copy)
    return copies


def _merge_items(siblings: list[Json], patches: list[Json], lines: dict[str, Json]) -> None:
    for patch in patches:
        line = lines.get(patch["id"])
        if line is None:
            line = lines[patch["id"]] = {}
            siblings.append(line)
        merged = merge_patch(line, {name: member for name, member in patch.items() if name != ITEMS})
        line.clear()
        line.update(merged)
        if ITEMS in patch:
            _merge_items(line.setdefault(ITEMS, []), patch[ITEMS], lines)


def _with_notes(known: Any, added: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(known, list) and isinstance(added, list):
        return known + [note for note in added if note not in known]
    return added
