"""Files of orders on disk, made once and kept: deterministic, written line by line."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from benchmarks.catalogue import records
from benchmarks.faults import broken, broken_everywhere
from benchmarks.orders import Json, as_service_order, as_v4, as_v5, order, with_characteristics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_FORMS: Mapping[str, Callable[[Json], Json]] = {"services": as_service_order, "v4": as_v4, "v5": as_v5}


@dataclass(frozen=True)
class Orders:
    """What a file of orders holds.

    `bad` of each ten lines are broken, `distinct` orders come again and again. `items` is how many line items each has,
    `characteristics` how many the first of them has, if that is not left to chance. `form` is another form of the same
    orders: `services` (service orders with the same line items), `v4` or `v5` of TMF622. With `faulty_items`, every
    line item of a broken order has a fault.
    """

    count: int
    bad: int = 0
    distinct: int | None = None
    items: int | None = None
    characteristics: int = 0
    form: str = ""
    faulty_items: bool = False

    @property
    def name(self) -> str:
        """The file's name; it says all of this."""
        ending = f"-items{self.items}" if self.items else ""
        ending += f"-characteristics{self.characteristics}" if self.characteristics else ""
        ending += f"{'-faulty' * self.faulty_items}{'-' * bool(self.form)}{self.form}"
        return f"orders-{self.count}-bad{self.bad}-of{self.distinct or self.count}{ending}"

    @property
    def options(self) -> list[str]:
        """The options with which a command reads these orders."""
        return ["--profile", "tmf622"] if self.form in {"v4", "v5"} else []

    def is_bad(self, number: int) -> bool:
        """Whether the line of this number is broken; the bad ones are spread evenly."""
        return (number * self.bad) % 10 < self.bad

    @property
    def good(self) -> int:
        """How many lines are orders that can be accepted."""
        return sum(not self.is_bad(number) for number in range(self.count))

    def lines(self) -> Iterator[bytes]:
        """Yield the lines, without their ends."""
        for n in range(self.count):
            number = n % (self.distinct or self.count)
            document = order(number, self.items)
            if self.characteristics:
                document = with_characteristics(document, self.characteristics)
            document = _FORMS[self.form](document) if self.form else document
            if not self.is_bad(n):
                yield orjson.dumps(document)
            elif self.faulty_items:
                yield broken_everywhere(document)
            else:
                yield broken(document, n * self.bad // 10)


def ndjson(folder: Path, orders: Orders) -> Path:
    """One order a line."""
    return _made(folder / f"{orders.name}.ndjson", (line + b"\n" for line in orders.lines()))


def array(folder: Path, orders: Orders) -> Path:
    """Write the orders as one JSON array, for tools that read one document."""
    return _made(folder / f"{orders.name}.json", _as_array(orders.lines()))


def reference(folder: Path) -> Path:
    """Write the reference data that the orders need, one record per line."""
    return _made(folder / "reference.ndjson", (orjson.dumps(record) + b"\n" for record in records()))


def tiny_files(folder: Path, count: int) -> Path:
    """Make a folder of `count` files with one order each."""
    inside = folder / f"tiny-{count}"
    inside.mkdir(exist_ok=True)
    for number, line in enumerate(Orders(count).lines()):
        _made(inside / f"{number:06d}.json", [line])
    return inside


def with_giant(folder: Path, orders: Orders, size: int) -> Path:
    """Write the orders, with one of `size` bytes in the middle."""

    def lines() -> Iterator[bytes]:
        for number, line in enumerate(orders.lines()):
            if number == orders.count // 2:
                yield b'{"externalId":"giant","note":[{"text":"' + b"x" * size + b'"}]}\n'
            yield line + b"\n"

    return _made(folder / f"{orders.name}-giant{size}.ndjson", lines())


def generator_digest() -> str:
    """Return a digest of the sources that generate the files."""
    sources = (
        Path(__file__).with_name(f"{name}.py").read_bytes() for name in ("catalogue", "orders", "faults", "inputs")
    )
    return hashlib.sha256(b"".join(sources)).hexdigest()[:8]


def _as_array(lines: Iterator[bytes]) -> Iterator[bytes]:
    separator = b"["
    for line in lines:
        yield separator + line
        separator = b",\n"
    yield b"]\n"


def _made(path: Path, pieces: Iterator[bytes] | list[bytes]) -> Path:
    """Write the file under another name first, so that a file with this name is complete."""
    if not path.exists():
        unfinished = path.with_suffix(".part")
        with unfinished.open("wb") as file:
            file.writelines(pieces)
        unfinished.rename(path)
    return path
