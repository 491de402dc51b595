"""Batches of records go out to several processes and come back judged, in the order of the input."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ordercli.errors import BadInputError
from ordercli.pipeline.judgement.errands import Errand, encode, errand_of, opinions_of
from ordercli.pipeline.judgement.judging import Judged
from ordercli.pipeline.runs.member import close, started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ordercli.intake.record import Record
    from ordercli.pipeline.judgement.standard import Standard
    from ordercli.pipeline.runs.member import Answering, Member

    Judge = Callable[[list[Record], Standard], list[Judged]]


class Crew:
    """Processes that judge; each has one batch at a time, so that neither side waits for the other to read."""

    def __init__(self, members: list[Member]) -> None:
        self._members = members

    def judge(self, batches: Iterator[tuple[Standard, list[Record]]]) -> Iterator[list[Judged]]:
        """The batches, judged, in their order; what was read before the input broke off comes before the error.

        Raises:
            BadInputError: as the batches.
            MemberError, TryAgainError: a process has ended, by itself or by a signal; or what it raised.
        """
        idle = deque(self._members)
        busy: deque[tuple[Member, list[Record]]] = deque()
        try:
            for standard, records in batches:
                done = None if idle else _opinions(*busy[0])
                member = idle.popleft() if idle else busy.popleft()[0]
                member.ask(encode(Errand(standard, records)))
                busy.append((member, records))
                if done is not None:
                    yield done
        except BadInputError:
            yield from (_opinions(*each) for each in busy)
            raise
        yield from (_opinions(*each) for each in busy)

    def close(self) -> None:
        """Let the processes end, and wait for that."""
        close(self._members)


@contextmanager
def crew(size: int, make_judge: Callable[[], Judge]) -> Iterator[Crew]:
    """Start processes that judge; each calls `make_judge` once it is asked for the first time.

    To be called before a database is opened: SQLite's locks do not survive a fork.
    """
    with started(size, lambda: _answering(make_judge())) as members:
        yield Crew(members)


def _answering(judge: Judge) -> Answering:
    def answer(question: bytes) -> bytes:
        errand = errand_of(question)
        return encode([each[1:] for each in judge(errand.records, errand.standard)])

    return answer


def _opinions(member: Member, records: list[Record]) -> list[Judged]:
    opinions = opinions_of(member.answer())
    return [Judged(record, *opinion) for record, opinion in zip(records, opinions, strict=True)]
