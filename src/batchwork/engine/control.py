"""The coordinator's socket: other processes follow a run, change values, add work, stop it.

JSON lines both ways. A request is ``{"call": NAME, …}``; the answer ``{"ok": true, …}`` or
``{"error": TEXT, "class": NAME}``. After ``follow`` every event of the run comes as a line.
"""

import asyncio
import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from batchwork import errors
from batchwork.engine.events import RunEvent
from batchwork.engine.locking import socket_path
from batchwork.errors import BatchError, BatchworkError

Answer = Callable[[Mapping[str, object]], Mapping[str, object]]
"""Does what a request asks for, in the coordinator's loop."""

_BACKLOG_BYTES = 4 << 20
_REQUEST_BYTES = 1 << 30  # a request is one line, and may name every item of a batch


class ControlServer:
    """Serves one coordinator's socket."""

    def __init__(self, home: Path, answer: Answer) -> None:
        self.path = socket_path(home)
        self._answer = answer
        self._followers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; only this user can connect."""
        while self._server is None:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _is_private(self.path.parent):
                raise BatchError(f"{self.path.parent} belongs to another user, or is open to others; remove it")
            self.path.unlink(missing_ok=True)
            with suppress(FileNotFoundError):  # another batch's end has removed the empty folder
                self._server = await asyncio.start_unix_server(self._serve, str(self.path), limit=_REQUEST_BYTES)
        self.path.chmod(0o600)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError):
                while line := await reader.readline():
                    request = json.loads(line)
                    answer = self._answered(request)
                    writer.write((json.dumps(answer) + "\n").encode())
                    if request["call"] == "follow" and "error" not in answer:
                        self._followers.add(writer)
                    await writer.drain()
        finally:
            self._followers.discard(writer)
            writer.close()

    def _answered(self, request: Mapping[str, object]) -> dict[str, object]:
        try:
            return {"ok": True, **self._answer(request)}
        except BatchworkError as error:
            return {"error": str(error), "class": type(error).__name__}

    def tell(self, event: RunEvent) -> None:
        """Send an event to all followers; one that does not read is dropped."""
        if not self._followers:
            return
        line = (json.dumps(event.plain()) + "\n").encode()
        for writer in list(self._followers):
            if writer.is_closing() or writer.transport.get_write_buffer_size() > _BACKLOG_BYTES:
                self._followers.discard(writer)
            else:
                writer.write(line)

    async def close(self) -> None:
        """Let followers read to the end, and remove the socket."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._followers):
            with suppress(ConnectionError, asyncio.TimeoutError):
                await asyncio.wait_for(writer.drain(), 1)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
        self.path.unlink(missing_ok=True)
        with suppress(OSError):
            self.path.parent.rmdir()


def _is_private(folder: Path) -> bool:
    """Say whether a folder is this user's alone, so that nobody else can stand in for a coordinator."""
    try:
        info = folder.stat()
    except OSError:
        return False
    return info.st_uid == os.getuid() and not info.st_mode & 0o077


class Control:
    """A connection to the coordinator of a batch that is being run."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lines = connection.makefile("r", encoding="utf-8")

    @classmethod
    def connect(cls, home: Path) -> "Control | None":
        """Reach the live coordinator of a ledger; None if there is none on this machine."""
        path = socket_path(home)
        if not _is_private(path.parent):
            return None
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(os.fspath(path))
        except OSError:
            connection.close()
            return None
        return cls(connection)

    def call(self, name: str, **request: object) -> dict[str, object]:
        """Ask for something and wait for the answer.

        Raises
        ------
        BatchworkError
            Of the class that the coordinator raised.
        """
        self._connection.sendall((json.dumps({"call": name, **request}) + "\n").encode())
        line = self._lines.readline()
        if not line:
            raise ConnectionResetError("the run ended before it answered")
        answer: dict[str, object] = json.loads(line)
        if "error" in answer:
            kind = getattr(errors, str(answer["class"]), BatchworkError)
            raise kind(str(answer["error"]))
        return answer

    def events(self) -> Iterator[dict[str, object]]:
        """Give the events of the run, after ``call("follow")``, until it ends."""
        with suppress(ConnectionError):
            for line in self._lines:
                yield json.loads(line)

    def close(self) -> None:
        """Hang up."""
        self._lines.close()
        self._connection.close()
