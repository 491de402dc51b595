from __future__ import annotations

from render.diagnostics.written import BAD_ACTION, ODD_FIELD, written


def test_a_diagnostic_is_one_line() -> None:
    assert written("concise", [BAD_ACTION, ODD_FIELD]) == (
        "fixtures/bad.json:14:17: ORD121 action `ad` is none of add, change, delete, no-change, resume, suspend\n"
        "fixtures/bad.json:3:3: ORD901 unknown field `oddd`\n"
    )


def test_it_stays_one_line_whatever_the_order_and_the_file_are_called() -> None:
    assert written("concise", [BAD_ACTION._replace(file="a\nb\udce9", message="x\r\n\x1b[2Jy")]) == (
        "a\\nb\\udce9:14:17: ORD121 x\\r\\n\\x1b[2Jy\n"
    )
