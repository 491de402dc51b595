"""`ordercli patch` with a JSON Patch (RFC 6902), by hand and in files of patches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ordercli.intake import json_text
from support.builders import encoded, line, ndjson, product_order
from support.printed import errors
from support.stored import rows

if TYPE_CHECKING:
    from pathlib import Path

    from ordercli.database.store import Store
    from support.builders import Json
    from support.running import Ordercli, Result

pytestmark = [pytest.mark.usefixtures("audited"), pytest.mark.every_engine]

CANCEL_LINE = (
    "{}: a line item cannot be removed, replaced or moved; to cancel it, add the value cancel at revisionOperation"
    " of the line item; add a new one at productOrderItem/-"
)
LINE_ID = (
    "{}: the id of a line item cannot be changed; to replace the line item, add the value cancel at its"
    " revisionOperation, and add another one at productOrderItem/-"
)
NOTES = "{}: a note cannot be removed, replaced or moved; add a new one at note/-"
WHOLE = "{} '': the order as a whole cannot be changed; name a member"


@pytest.fixture(autouse=True)
def before(ordercli: Ordercli) -> Json:
    """An order with two lines; its document."""
    lines = [line("10"), line("20", quantity=1, note=[{"text": "one"}])]
    order = product_order(
        description="old",
        channel=[{"id": "1"}],
        note=[{"text": "one"}],
        items=lines,
    )
    order["a/b~c"] = [1]
    ordercli("submit", stdin=encoded(order))
    return shown(ordercli)


def shown(ordercli: Ordercli) -> Json:
    """The order as it stands."""
    document: Json = ordercli("show", "PO-1", "-o", "json").json
    return document


def operation(op: str, path: str, *value: Any, **members: Any) -> Json:
    """An operation; `source` is its `from`."""
    given = {"from" if name == "source" else name: each for name, each in members.items()}
    return {"op": op, "path": path, **given, **({"value": value[0]} if value else {})}


def patch(ordercli: Ordercli, *operations: Any) -> Result:
    """Patch the order with these operations."""
    return ordercli("patch", "PO-1", "-o", "json", stdin=encoded(list(operations)))


def test_all_six_operations_make_one_revision(ordercli: Ordercli, before: Json) -> None:
    result = patch(
        ordercli,
        operation("test", "/version", "1"),
        operation("replace", "/description", "new"),
        operation("add", "/channel/0", {"id": "2", "name": "Shop"}),
        operation("copy", "/productOrderItem/1/description", source="/channel/0/name"),
        operation("move", "/category", source="/channel/0/name"),
        operation("remove", "/productOrderItem/1/quantity"),
    )

    first, second = before["productOrderItem"]
    del second["quantity"]
    after = {
        **before,
        "version": "2",
        "description": "new",
        "category": "Shop",
        "channel": [{"id": "2"}, {"id": "1"}],
        "productOrderItem": [first, {**second, "version": "2", "description": "Shop"}],
    }
    assert (result.exit_code, result.json, shown(ordercli)) == (0, after, after)


def test_a_json_patch_of_one_operation_is_no_data_of_the_order(ordercli: Ordercli, before: Json) -> None:
    result = patch(ordercli, operation("replace", "/description", "new"))

    assert (result.exit_code, result.stderr, result.json) == (0, "", {**before, "version": "2", "description": "new"})


def test_a_line_is_added_cancelled_and_moved_on(ordercli: Ordercli) -> None:
    result = patch(
        ordercli,
        operation("add", "/productOrderItem/-", line("30")),
        operation("add", "/productOrderItem/0/revisionOperation", "cancel"),
        operation("replace", "/productOrderItem/1/state", "in_progress"),
        operation("add", "/productOrderItem/2/quantity", 3),
    )

    assert [(each["id"], each["state"]) for each in result.json["productOrderItem"]] == [
        ("10", "canceled"),
        ("20", "in_progress"),
        ("30", "new"),
    ]
    assert result.json["productOrderItem"][2]["quantity"] == 3
    assert "revisionOperation" not in result.json["productOrderItem"][0]


def test_notes_are_added_after_the_last_one(ordercli: Ordercli) -> None:
    result = patch(
        ordercli,
        operation("add", "/note/-", {"text": "two"}),
        operation("copy", "/note/2", source="/note/0"),
        operation("test", "/note/0/text", "one"),
    )

    assert (result.exit_code, result.json["note"]) == (0, [{"text": "one"}, {"text": "two"}, {"text": "one"}])


def test_notes_of_a_line_are_added_in_either_form_of_a_patch(ordercli: Ordercli) -> None:
    operations = [operation("add", "/productOrderItem/1/note/-", {"text": "two"})]
    merged = {"productOrderItem": [{"id": "20", "note": [{"text": "two"}, {"text": "three"}]}]}

    results = [ordercli("patch", "PO-1", "-o", "json", stdin=encoded(each)) for each in (operations, merged)]

    assert [each.exit_code for each in results] == [0, 0]
    assert results[1].json["productOrderItem"][1]["note"] == [{"text": text} for text in ("one", "two", "three")]


def test_first_notes_are_added_as_a_list(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=encoded({**product_order(), "externalId": "PO-2"}))
    operations = [operation("add", "/note", [{"text": "one"}]), operation("add", "/note/-", {"text": "two"})]

    result = ordercli("patch", "PO-2", "-o", "json", stdin=encoded(operations))

    assert (result.exit_code, result.json["note"]) == (0, [{"text": "one"}, {"text": "two"}])


def test_a_null_counts_as_absent(ordercli: Ordercli) -> None:
    result = patch(
        ordercli,
        operation("replace", "/description", None),
        operation("test", "/description", None),
        operation("add", "/channel/0/name", None),
    )

    assert (result.exit_code, "description" in result.json, result.json["channel"]) == (0, False, [{"id": "1"}])


def test_numbers_keep_their_text_and_are_tested_by_value(ordercli: Ordercli) -> None:
    add = b'[{"op":"replace","path":"/productOrderItem/1/quantity","value":19.90}]'
    test = b'[{"op":"test","path":"/productOrderItem/1/quantity","value":1.99e1},{"op":"remove","path":"/channel"}]'

    added = ordercli("patch", "PO-1", "-o", "ndjson", stdin=add)
    tested = ordercli("patch", "PO-1", "-o", "ndjson", stdin=test)

    assert (added.exit_code, tested.exit_code) == (0, 0)
    assert '"quantity":19.90' in added.stdout
    assert '"quantity":19.90' in tested.stdout


QUANTITY = "/productOrderItem/1/quantity"


@pytest.mark.parametrize(
    ("tested", "message"),
    [
        (operation("test", "/description", "new"), 'test /description: it is "old", not "new"'),
        (
            operation("test", "/productOrderItem/1/quantity", True),
            "test /productOrderItem/1/quantity: it is 1, not true",
        ),
        (operation("test", "/productOrderItem/1/quantity", "1"), 'test /productOrderItem/1/quantity: it is 1, not "1"'),
        (operation("test", "/channel/0/name", None), "test /channel/0/name: there is no name"),
        (operation("test", "/channel/1", {}), "test /channel/1: there is no element 1 among 1, counted from 0"),
        (operation("test", "/a~1b~0c/0", 2), "test /a~1b~0c/0: it is 1, not 2"),
    ],
)
def test_a_test_that_fails_refuses_the_whole_patch(
    ordercli: Ordercli, connection: Store, before: Json, tested: Json, message: str
) -> None:
    first = patch(ordercli, tested, operation("add", "/category", "x"))
    second = patch(ordercli, operation("add", "/category", "x"), tested)

    assert (first.exit_code, errors(first)) == (4, [("ORD409", "/0/path", message)])
    assert (second.exit_code, errors(second)) == (4, [("ORD409", "/1/path", message)])
    assert shown(ordercli) == before
    assert rows(connection, "revised_document", "1") == []


@pytest.mark.parametrize(
    ("wrong", "pointer", "message"),
    [
        (operation("replace", "/category", "x"), "/path", "replace /category: there is no category"),
        (operation("remove", "/a/b"), "/path", "remove /a/b: there is no a"),
        (operation("add", "/a/b", 1), "/path", "add /a/b: there is no a"),
        (operation("add", "/channel/2", {}), "/path", "add /channel/2: there is no element 2 among 1, counted from 0"),
        (operation("add", "/channel/-1", {}), "/path", "add /channel/-1: -1 is no index of a list"),
        (operation("add", "/channel/01", {}), "/path", "add /channel/01: 01 is no index of a list"),
        (operation("add", "/channel/٣", {}), "/path", "add /channel/٣: ٣ is no index of a list"),
        (operation("add", "/channel/", {}), "/path", "add /channel/:  is no index of a list"),
        (
            operation("remove", "/channel/-"),
            "/path",
            "remove /channel/-: - is the place after the last element, and only add can use it",
        ),
        (operation("add", "/description/x", 1), "/path", 'add /description/x: "new" has no members or elements'),
        (operation("copy", "/x", source="/y"), "/from", "copy /y: there is no y"),
        (operation("move", "/x/y", source="/category"), "/from", "move /category: there is no category"),
        (operation("move", "/x/y", source="/channel"), "/path", "move /x/y: there is no x"),
    ],
)
def test_a_place_that_the_order_does_not_have_is_named(
    ordercli: Ordercli, before: Json, wrong: Json, pointer: str, message: str
) -> None:
    result = patch(ordercli, operation("replace", "/description", "new"), wrong)

    assert (result.exit_code, errors(result)) == (1, [("ORD413", f"/1{pointer}", message)])
    assert shown(ordercli) == before


EXAMPLE = '{"op": "replace", "path": "/description", "value": "new"}'
POINTERS = "is no JSON pointer (RFC 6901): a pointer is empty or begins with /, and a name has ~0 for ~ and ~1 for /"
QUERY_FORM = (
    'path "/productOrderItem/quantity?productOrderItem.id=10" is in the query form'
    " (application/json-patch-query+json), which is not supported; count the elements of lists from 0, as in"
    " /productOrderItem/0/quantity"
)


@pytest.mark.parametrize(
    ("wrong", "pointer", "reason"),
    [
        (1, "", f"an operation of a JSON Patch is an object, such as {EXAMPLE}"),
        ({}, "", f"op is missing; a list is a JSON Patch, and its elements are like {EXAMPLE}"),
        ({"op": "merge", "path": "/x"}, "/op", 'op "merge" is none of add, remove, replace, move, copy, test'),
        ({"op": ["add"], "path": "/x"}, "/op", 'op ["add"] is none of add, remove, replace, move, copy, test'),
        ({"op": "add"}, "", "add needs path and value"),
        ({"op": "remove"}, "", "remove needs path"),
        ({"op": "test", "path": "/x"}, "", "test needs value"),
        ({"op": "move", "path": "/x"}, "", "move needs from"),
        ({"op": "remove", "path": 1}, "/path", "path must be a string, a JSON pointer (RFC 6901)"),
        ({"op": "remove", "path": "channel"}, "/path", f'path "channel" {POINTERS}'),
        ({"op": "remove", "path": "/a~2"}, "/path", f'path "/a~2" {POINTERS}'),
        ({"op": "remove", "path": "/a~"}, "/path", f'path "/a~" {POINTERS}'),
        ({"op": "copy", "from": "x", "path": "/x"}, "/from", f'from "x" {POINTERS}'),
        ({"op": "move", "from": "/a", "path": "/a/b"}, "/path", '"/a" cannot be moved into itself'),
        (
            {"op": "replace", "path": "/productOrderItem/quantity?productOrderItem.id=10", "value": 2},
            "/path",
            QUERY_FORM,
        ),
    ],
)
def test_what_is_no_json_patch_is_refused_at_its_place(
    ordercli: Ordercli, before: Json, wrong: Json, pointer: str, reason: str
) -> None:
    result = patch(ordercli, operation("replace", "/description", "new"), wrong)

    assert (result.exit_code, errors(result)) == (1, [("ORD412", f"/1{pointer}", f"Not a JSON Patch: {reason}")])
    assert shown(ordercli) == before


def test_every_operation_that_is_malformed_is_reported(ordercli: Ordercli, before: Json) -> None:
    result = patch(ordercli, {"op": "remove"}, operation("remove", "/channel"), {"op": "copy", "from": 1, "path": "x"})

    reported = [(code, pointer) for code, pointer, _ in errors(result)]
    assert reported == [("ORD412", "/0"), ("ORD412", "/2/from"), ("ORD412", "/2/path")]
    assert shown(ordercli) == before


@pytest.mark.parametrize(
    ("wrong", "member", "message"),
    [
        (operation("remove", "/productOrderItem/0"), "path", CANCEL_LINE),
        (operation("replace", "/productOrderItem/0", line("10")), "path", CANCEL_LINE),
        (operation("replace", "/productOrderItem", []), "path", CANCEL_LINE),
        (operation("add", "/productOrderItem", []), "path", CANCEL_LINE),
        (operation("add", "/productOrderItem/0", line("5")), "path", CANCEL_LINE),
        (operation("move", "/x", source="/productOrderItem/1"), "from", CANCEL_LINE),
        (operation("move", "/productOrderItem/-", source="/productOrderItem/0"), "from", CANCEL_LINE),
        (operation("copy", "/productOrderItem/0", source="/channel/0"), "path", CANCEL_LINE),
        (operation("replace", "/productOrderItem/0/id", "11"), "path", LINE_ID),
        (operation("remove", "/productOrderItem/0/id"), "path", LINE_ID),
        (operation("add", "/productOrderItem/0/id", "11"), "path", LINE_ID),
        (operation("move", "/x", source="/productOrderItem/0/id"), "from", LINE_ID),
        (operation("copy", "/productOrderItem/0/id", source="/productOrderItem/1/id"), "path", LINE_ID),
        (operation("remove", "/note"), "path", NOTES),
        (operation("replace", "/note/0/text", "x"), "path", NOTES),
        (operation("add", "/note/0", {"text": "x"}), "path", NOTES),
        (operation("add", "/note", []), "path", NOTES),
        (operation("move", "/x", source="/note/0"), "from", NOTES),
        (operation("remove", "/productOrderItem/1/note"), "path", NOTES),
        (operation("replace", "/productOrderItem/1/note/0/text", "x"), "path", NOTES),
        (operation("add", "/productOrderItem/1/note/0", {"text": "x"}), "path", NOTES),
        (operation("move", "/x", source="/productOrderItem/1/note/0"), "from", NOTES),
        (operation("replace", "", {}), "path", WHOLE),
        (operation("add", "", {}), "path", WHOLE),
        (operation("remove", ""), "path", WHOLE),
        (operation("copy", "", source="/channel/0"), "path", WHOLE),
    ],
)
def test_lines_their_ids_and_notes_stay(
    ordercli: Ordercli, before: Json, wrong: Json, member: str, message: str
) -> None:
    result = patch(ordercli, operation("replace", "/description", "new"), wrong)

    printed = message.format(wrong["op"] if message is WHOLE else f"{wrong['op']} {wrong.get(member)}")
    assert (result.exit_code, errors(result)) == (1, [("ORD406", f"/1/{member}", printed)])
    assert shown(ordercli) == before


def test_the_result_is_validated_as_a_whole_and_the_findings_point_into_it(ordercli: Ordercli, before: Json) -> None:
    result = patch(
        ordercli,
        operation("replace", "/externalId", "other"),
        operation("add", "/productOrderItem/-", {"id": "20"}),
        operation("remove", "/relatedParty"),
    )
    without_party = patch(ordercli, operation("remove", "/relatedParty"), operation("remove", "/channel"))
    fixed = patch(ordercli, operation("replace", "/externalId", "other"), operation("add", "/href", "x"))

    assert [(code, pointer) for code, pointer, _ in errors(result)] == [("ORD201", "/productOrderItem/2/id")]
    assert [(code, pointer) for code, pointer, _ in errors(without_party)] == [("ORD111", "/relatedParty")]
    assert [(code, pointer) for code, pointer, _ in errors(fixed)] == [("ORD406", "/href"), ("ORD406", "/externalId")]
    assert shown(ordercli) == before


def test_fields_that_nobody_knows_are_warned_of_with_the_nearest_name(ordercli: Ordercli) -> None:
    result = ordercli(
        "patch", "PO-1", stdin=encoded([operation("add", "/descripton", "x"), operation("add", "/zz", 1)])
    )

    assert (result.exit_code, result.stderr.splitlines()) == (
        0,
        [
            "warning[ORD901]: /descripton: descripton is no known field of the order",
            "  hint: did you mean description?",
            "warning[ORD901]: /zz: zz is no known field of the order",
        ],
    )


def test_the_operations_of_a_dry_run_can_be_sent(ordercli: Ordercli, before: Json) -> None:
    changes = ("--set", "productOrderItem.20.quantity=2.50", "--set", "channel.-.id=web", "--set", "description=null")
    added = encoded({"note": [{"text": "two"}], "productOrderItem": [line("30")]})
    operations = ordercli("patch", "PO-1", "-", *changes, "--dry-run", "-o", "json", stdin=added)

    result = ordercli("patch", "PO-1", "-o", "json", stdin=operations.stdout.encode())

    assert (operations.exit_code, result.exit_code) == (0, 0)
    assert [each["path"] for each in operations.json] == [
        "/version",
        "/productOrderItem/1/quantity",
        "/productOrderItem/1/version",
        "/productOrderItem/2",
        "/description",
        "/channel/1",
        "/note/1",
    ]
    assert result.json == {
        **{name: member for name, member in before.items() if name != "description"},
        "version": "2",
        "note": [{"text": "one"}, {"text": "two"}],
        "channel": [{"id": "1"}, {"id": "web"}],
        "productOrderItem": [
            before["productOrderItem"][0],
            {**before["productOrderItem"][1], "version": "2", "quantity": 2.5},
            {**line("30"), "state": "new", "version": "1", "ponr": "false"},
        ],
    }


def test_a_dry_run_writes_nothing_and_shows_what_would_change(ordercli: Ordercli, before: Json) -> None:
    result = ordercli("patch", "PO-1", "--dry-run", stdin=encoded([operation("remove", "/channel/0")]))

    assert (result.exit_code, result.stdout.splitlines()) == (
        0,
        ["Order PO-1, version 1 -> 2 (dry run, nothing was written)", '- channel.0: {"id":"1"}'],
    )
    assert shown(ordercli) == before


def test_values_are_set_after_the_operations(ordercli: Ordercli) -> None:
    added = encoded([operation("add", "/productOrderItem/-", line("30"))])

    result = ordercli("patch", "PO-1", "-", "--set", "productOrderItem.30.quantity=4", "-o", "json", stdin=added)
    malformed = encoded([operation("add", "/productOrderItem/-", {"quantity": 1})])
    refused = ordercli("patch", "PO-1", "-", "--set", "productOrderItem.30.quantity=5", "-o", "json", stdin=malformed)

    assert (result.exit_code, result.json["productOrderItem"][2]["quantity"]) == (0, 4)
    assert (refused.exit_code, errors(refused)[0][:2]) == (1, ("ORD103", "/productOrderItem/3/id"))


def test_a_line_of_a_file_has_its_operations_in_patch(ordercli: Ordercli, tmp_path: Path) -> None:
    file = tmp_path / "changes.ndjson"
    good = operation("replace", "/description", "new")
    file.write_bytes(
        ndjson(
            {"id": "PO-1", "patch": [operation("test", "/version", "1"), good]},
            {"id": "PO-1", "patch": [operation("test", "/version", "1"), good]},
            {"id": "PO-1", "patch": [good, operation("remove", "/nothing")]},
            {"productOrder": {"id": "PO-1", "patch": [operation("add", "/category", "x")]}},
            {"id": "PO-1", "category": "y", "patch": [good]},
            {"id": "PO-1", "patch": []},
            {"patch": [good]},
            {"id": "PO-1", "patch": [{"op": "add", "path": "/x"}]},
        )
    )

    result = ordercli("patch", "--from", str(file), "-o", "ndjson")

    reported = [
        (each["outcome"], each["version"], [(e["code"], e["pointer"], e["line"], e["column"]) for e in each["errors"]])
        for each in result.ndjson
    ]
    assert reported == [
        ("patched", 2, []),
        ("conflict", 2, [("ORD409", "/patch/0/path", 2, 43)]),
        ("rejected", 2, [("ORD413", "/patch/1/path", 3, 98)]),
        ("patched", 3, []),
        ("rejected", None, [("ORD412", "/patch", 5, 37)]),
        ("rejected", None, [("ORD101", "", 6, 1)]),
        ("rejected", None, [("ORD114", "/id", 7, 1)]),
        ("rejected", None, [("ORD412", "/patch/0", 8, 23)]),
    ]
    assert (result.exit_code, shown(ordercli)["category"]) == (1, "x")


def test_rejects_of_a_file_are_sent_again(ordercli: Ordercli, tmp_path: Path) -> None:
    file = tmp_path / "changes.ndjson"
    file.write_bytes(ndjson({"id": "PO-1", "patch": [operation("replace", "/category", "x")]}))
    rejects = tmp_path / "rejects.ndjson"
    ordercli("patch", "--from", str(file), "--rejects", str(rejects))
    rejects.write_bytes(rejects.read_bytes().replace(b'"replace"', b'"add"'))

    again = ordercli("patch", "--from", str(rejects), "-o", "ndjson")

    assert [(each["outcome"], each["errors"]) for each in again.ndjson] == [("patched", [])]
    assert shown(ordercli)["category"] == "x"


def test_other_values_of_a_member_patch_are_data(ordercli: Ordercli) -> None:
    result = ordercli("patch", "PO-1", stdin=encoded({"patch": "of land"}))

    assert (result.exit_code, shown(ordercli)["patch"]) == (0, "of land")


def test_without_json_an_error_names_operation_and_place(ordercli: Ordercli) -> None:
    result = ordercli("patch", "PO-1", stdin=encoded([operation("remove", "/category")]))

    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        "error[ORD413]: /0/path: remove /category: there is no category\n",
    )


DOUBLINGS = [operation("copy", f"/x{n}", source="") for n in range(40)]
DEEPER = [operation("add", "/x" * n, {}) for n in range(1, 80)]


@pytest.mark.parametrize(
    ("operations", "pointer", "message"),
    [
        (DOUBLINGS, "/14/from", "Too large: the copies are longer than an order may be"),
        (DEEPER, "/63/path", "Too large: nested deeper than 64 levels"),
    ],
)
def test_copies_of_copies_and_depth_have_limits(
    ordercli: Ordercli, before: Json, operations: list[Json], pointer: str, message: str
) -> None:
    result = patch(ordercli, *operations)

    assert (result.exit_code, errors(result)[0][::2]) == (1, ("ORD007", message))
    assert errors(result)[0][1].rpartition("/")[2] == pointer.rpartition("/")[2]
    assert shown(ordercli) == before


@pytest.mark.slow
def test_a_patch_of_ten_megabytes_is_applied(ordercli: Ordercli) -> None:
    text = "x" * 10_000
    operations = [operation("add", "/channel/-", {"id": f"{n}", "name": text}) for n in range(1_000)]

    result = patch(ordercli, *operations, operation("test", "/channel/1000/id", "999"))

    assert (result.exit_code, len(result.json["channel"])) == (0, 1_001)
    assert json_text.decode(result.stdout.encode())["channel"][1_000]["name"] == text
