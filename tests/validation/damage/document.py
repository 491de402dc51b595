"""Damage to the bytes of an order, so that it can hardly be read."""

from __future__ import annotations

from validation.damage.kind import Json, Pick, any_kind, encoded, items


@any_kind
def ord001_cut_off(order: Json, pick: Pick) -> tuple[bytes, str]:
    text = encoded(order).decode()
    return text[: pick(range(1, len(text)))].encode(), ""


@any_kind
def ord001_comma_too_many(order: Json, _pick: Pick) -> tuple[bytes, str]:
    return encoded(order)[:-1] + b",}", ""


@any_kind
def ord002_two_orders_on_a_line(order: Json, _pick: Pick) -> tuple[bytes, str]:
    return encoded(order) + b" " + encoded(order), ""


@any_kind
def ord003_byte_order_mark(order: Json, _pick: Pick) -> tuple[bytes, str]:
    return b"\xef\xbb\xbf" + encoded(order), ""


@any_kind
def ord004_member_twice(order: Json, pick: Pick) -> tuple[bytes, str]:
    name = pick([each for each in ("externalId", "orderCurrency") if each in order])
    return b'{"%s":"other",' % name.encode() + encoded(order)[1:], f"/{name}"


@any_kind
def ord005_latin1(order: Json, _pick: Pick) -> tuple[bytes, str]:
    order["note"] = [{"text": "Café"}]
    return encoded(order).replace("é".encode(), "é".encode("latin-1")), ""


@any_kind
def ord006_number_of_too_many_digits(order: Json, pick: Pick) -> tuple[bytes, str]:
    pointer, item = pick(items(order))
    item["quantity"] = "<here>"
    return encoded(order).replace(b'"<here>"', b"0.10000000000000000000001"), f"{pointer}/quantity"


@any_kind
def ord007_nested_too_deep(order: Json, _pick: Pick) -> tuple[bytes, str]:
    order["note"] = "<here>"
    return encoded(order).replace(b'"<here>"', b"[" * 64 + b"]" * 64), ""


@any_kind
def ord008_in_an_array(order: Json, pick: Pick) -> tuple[bytes, str]:
    return pick([b"[%b]", b'"%.9b"', b"true"]).replace(b"%b", encoded(order)).replace(b"%.9b", b"an order"), ""


@any_kind
def ord101_nothing(_order: Json, pick: Pick) -> tuple[bytes, str]:
    return pick([b"{}", b"null", b'{"externalId": null}']), ""
