"""Whatever stands for an id on the command line, the answer is a word and an exit code, never a trace."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.running import Ordercli

# No argument of a process holds a NUL; bytes that are no UTF-8 come as the second halves of surrogate pairs.
LETTERS = st.characters(codec="utf-8", exclude_characters="\x00") | st.characters(
    min_codepoint=0xDC80, max_codepoint=0xDCFF
)
TEXTS = st.text(LETTERS, min_size=1, max_size=30)
IDENTIFIERS = TEXTS | st.sampled_from(["%", "_", "' OR 1=1 --", "{}", "[red]", "../x", "-1", "9" * 400, "\udce9", "-"])
COMMANDS = [
    "show {}",
    "history {}",
    "queue show {}",
    "queue create {}",
    "queue retry {}",
    "queue discard {} --reason x",
    "batch show {}",
    "batch resume {}",
    "reference show Place {}",
    "cancel {} --reason x",
    "patch {} --set a=1",
    "events --after {}",
    "queue list --batch {} --source {}",
    "list --source {} --state {}",
    "explain {}",
    "schema {}",
]


@pytest.mark.parametrize("command", COMMANDS)
@given(identifier=IDENTIFIERS)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_in_the_place_of_an_id_is_answered(ordercli: Ordercli, command: str, identifier: str) -> None:
    words = ["--"] if identifier.startswith("-") and command.endswith("{}") and command.count(" ") == 1 else []
    first, *rest = command.split()
    arguments = [first, *words, *(word.replace("{}", identifier) for word in rest)]

    result = ordercli(*arguments, "-o", "ndjson") if not words else ordercli("-o", "ndjson", *arguments)

    assert result.exit_code in {0, 1, 2, 3, 4}, result.stderr
    assert "internal error" not in result.stderr
