from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.slow_positions import Members, SlowWriter, Written, slow_key, slow_value
from ordercli.intake.json_text import DocumentText, Place
from ordercli.intake.places import Target, locate

if TYPE_CHECKING:
    from random import Random

pytestmark = pytest.mark.slow

NAMES = st.sampled_from(["a", "b", "0", "1", "~", "/", "~1", "", "é", "日本", "📱", 'q"q', "b\\s", "tab\t"]) | st.text(
    st.characters(codec="utf-8"), max_size=4
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | NAMES
DOCUMENTS = st.recursive(
    SCALARS,
    lambda values: st.lists(values, max_size=4) | st.lists(st.tuples(NAMES, values), max_size=5).map(Members),
    max_leaves=25,
)


def pointer(path: list[str]) -> str:
    return "".join(f"/{name.replace('~', '~0').replace('/', '~1')}" for name in path)


def paths(written: Written, above: list[str]) -> list[list[str]]:
    below = [path for name, _, part in written.parts for path in paths(part, [*above, name])]
    return [above, [*above, "missing"], [*above, "0"], [*above, "missing", "deeper"], *below]


@given(
    document=DOCUMENTS,
    random=st.randoms(use_true_random=False),
    line=st.integers(1, 1_000),
    column=st.integers(1, 1_000),
    pretty=st.booleans(),
)
def test_every_pointer_has_the_place_that_a_character_by_character_writer_noted(
    document: object, random: Random, line: int, column: int, *, pretty: bool
) -> None:
    writer = SlowWriter(random, line, column, pretty=pretty)
    written = writer.value(document)
    wanted = paths(written, [])
    random.shuffle(wanted)
    targets = [Target(pointer(path), key=key) for path in wanted for key in (False, True)]

    places = locate(DocumentText("".join(writer.characters).encode(), line, column), targets)

    assert places == [slow(written, path) for path in wanted for slow in (slow_value, slow_key)]


@pytest.mark.parametrize(
    ("document", "target", "place"),
    [
        pytest.param('{"a": "ad"}', Target("/a"), Place(1, 7, 1, 11), id="a wrong value: the value"),
        pytest.param('{"a": "ad"}', Target("/a", key=True), Place(1, 2, 1, 5), id="an unknown member: its name"),
        pytest.param('{"a": {"b": 1}}', Target("/a/c"), Place(1, 7, 1, 8), id="a missing member: the brace"),
        pytest.param('{"a": [{}]}', Target("/a/1/b"), Place(1, 7, 1, 8), id="a missing element: the bracket"),
        pytest.param('{"a": 12}', Target("/a/b/c"), Place(1, 7, 1, 9), id="below a scalar: the scalar"),
        pytest.param('{"a":1,"a":2}', Target("/a", key=True), Place(1, 8, 1, 11), id="a name twice: the later one"),
        pytest.param('{"a":1,"a":2}', Target("/a"), Place(1, 12, 1, 13), id="a name twice: the later value"),
        pytest.param('{"a":{"b":1},"a":{}}', Target("/a/b"), Place(1, 18, 1, 19), id="only in the earlier namesake"),
        pytest.param('{"\\u0061":1}', Target("/a", key=True), Place(1, 2, 1, 10), id="an escaped name"),
        pytest.param('{"\\q":1}', Target("/\\q"), Place(1, 7, 1, 8), id="a name that is no JSON"),
        pytest.param('{"a/b~c":1}', Target("/a~1b~0c"), Place(1, 10, 1, 11), id="slash and tilde in a name"),
        pytest.param('{"?":1,"é":2}', Target("/?"), Place(1, 6, 1, 7), id="a question mark is no other character"),
        pytest.param('{"é":1,"?":2}', Target("/é"), Place(1, 6, 1, 7), id="another character is no question mark"),
        pytest.param('{"é📱":1}', Target("/é📱"), Place(1, 7, 1, 8), id="columns are characters, not bytes"),
        pytest.param('{\r\n\t"a":1}', Target("/a"), Place(2, 6, 2, 7), id="CRLF ends one line, a tab is one column"),
        pytest.param('{"a":{\n}}', Target("/a"), Place(1, 6, 2, 2), id="over several lines"),
        pytest.param("  {} ", Target(""), Place(1, 3, 1, 5), id="the whole document"),
        pytest.param('\ufeff{"a":1}', Target("/a"), Place(1, 7, 1, 8), id="a byte order mark, where files were joined"),
        pytest.param('\ufeff{"a":1,"a":2}', Target("/a"), Place(1, 13, 1, 14), id="a byte order mark, a name twice"),
        pytest.param("", Target("/a"), Place(1, 1, 1, 1), id="nothing at all"),
    ],
)
def test_place(document: str, target: Target, place: Place) -> None:
    assert locate(DocumentText(document.encode()), [target]) == [place]


def test_a_document_inside_a_line_counts_from_there_on_its_first_line_only() -> None:
    document = DocumentText(b'{"a":1,\n"b":2}', line=7, column=100)

    places = locate(document, [Target("/a"), Target("/b")])

    assert places == [Place(7, 105, 7, 106), Place(8, 5, 8, 6)]


def test_thousands_of_findings_in_one_order_each_have_their_place() -> None:
    items = [{"id": str(number), "action": "ad", "note": [{"text": ["["] * 9}]} for number in range(5_000)]
    text = json.dumps({"productOrderItem": items})
    columns = [at + 1 for at in range(len(text)) if text.startswith('"ad"', at)]

    places = locate(
        DocumentText(text.encode()), [Target(f"/productOrderItem/{number}/action") for number in range(5_000)]
    )

    assert places == [Place(1, column, 1, column + 4) for column in columns]


@given(
    data=st.binary(max_size=60) | st.text(st.sampled_from('{}[]",:\\a0 \n\t'), max_size=60).map(str.encode),
    targets=st.lists(st.builds(Target, st.sampled_from(["", "/", "/a", "/a/0", "/0/0", "/a/a"]), st.booleans())),
)
def test_broken_bytes_have_places_inside_the_document(data: bytes, targets: list[Target]) -> None:
    document = DocumentText(data)
    everything = document.place(0, len(document.text))

    places = locate(document, targets)

    assert len(places) == len(targets)
    for place in places:
        assert everything[:2] <= place[:2] <= place[2:] <= everything[2:]


@pytest.mark.parametrize("data", [b"[" * 100_000, b'{"a":' * 100_000, b'{"a":[' * 50_000 + b"]}" * 50_000])
def test_nesting_of_any_depth_is_survived(data: bytes) -> None:
    places = locate(DocumentText(data), [Target(""), Target("/z"), Target("/0", key=True)])

    assert places == [Place(1, 1, 1, len(data) + 1), Place(1, 1, 1, 2), places[2]]
