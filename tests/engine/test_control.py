import asyncio
from contextlib import closing
from pathlib import Path

from batchwork.engine.control import Control, ControlServer


def test_request_that_names_every_item_of_a_large_batch_is_answered(tmp_path: Path) -> None:
    keys = [f"scan_{number:06d}.h5" for number in range(20_000)]

    def ask() -> object:
        control = Control.connect(tmp_path)
        assert control is not None
        with closing(control):
            return control.call("edit", items=keys)["count"]

    async def serve() -> object:
        server = ControlServer(tmp_path, lambda request: {"count": len(list(map(str, request["items"])))})  # type: ignore[call-overload]
        await server.start()
        try:
            return await asyncio.to_thread(ask)
        finally:
            await server.close()

    assert asyncio.run(serve()) == len(keys)
