"""Unpack bodies that come compressed, in pieces of bounded size: gzip (RFC 1952) and zstd (RFC 9659)."""

from __future__ import annotations

import sys
import zlib
from typing import TYPE_CHECKING, Any

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from ordercli.http.answers import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_PIECE = 64 * 1024
# A frame may ask its reader for as much memory: 2**23 bytes, the most that RFC 9659 lets a sender ask for.
_ZSTD_WINDOW: Mapping[int, int] = {zstd.DecompressionParameter.window_log_max: 23}
_MAKERS: Mapping[str, Callable[[], Any]] = {
    "gzip": lambda: zlib.decompressobj(16 + zlib.MAX_WBITS),
    "zstd": lambda: zstd.ZstdDecompressor(options=_ZSTD_WINDOW),
}
ENCODINGS = tuple(_MAKERS)
IDENTITY = "identity"


class Unpacker:
    """Unpacks a body that comes in parts; a body may have several gzip members or zstd frames."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._decoder: Any = None

    def unpack(self, data: bytes) -> Iterator[bytes]:
        """Yield what a part of the body holds, in pieces.

        Raises:
            RefusedError: it is not compressed in this way.
        """
        if self._encoding == IDENTITY:
            yield data
            return
        try:
            while data:
                self._decoder = self._decoder or _MAKERS[self._encoding]()
                yield from self._pieces(data)
                data = self._decoder.unused_data if self._decoder.eof else b""
                self._decoder = None if self._decoder.eof else self._decoder
        except (zlib.error, zstd.ZstdError) as error:
            raise RefusedError(400, f"The body is not {self._encoding}, as its Content-Encoding says") from error

    def _pieces(self, data: bytes) -> Iterator[bytes]:
        while True:
            piece = self._decoder.decompress(data, _PIECE)
            if piece:
                yield piece
            if self._decoder.eof or len(piece) < _PIECE:
                return
            data = getattr(self._decoder, "unconsumed_tail", b"")  # zstd keeps it

    def end(self) -> None:
        """Check that the body was whole.

        Raises:
            RefusedError: it was not.
        """
        if self._decoder:
            raise RefusedError(400, f"The body ends within its {self._encoding} data")
