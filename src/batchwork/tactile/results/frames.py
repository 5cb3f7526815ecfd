"""How the spikes of one sample are written: a frame of bytes that shows when it is broken.

A shard is a line of JSON about the network and then frames, one after the other, little-endian:

======== ===================================================================================
bytes    meaning
======== ===================================================================================
4        ``BWSP``
4        CRC-32 of all that follows in the frame
4        length of the payload
8        key of the sample
payload  for each population: number of steps, of neurons and of spikes (uint32 each), then the
         steps and the neurons of the spikes (uint32 each)
======== ===================================================================================

The populations are those of the first line, in its order. A frame that is cut off or altered does not fit its
sum; what comes after it is not looked at.
"""

import json
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import FileFormatError
from batchwork.tactile.kernels.events import Events

FORMAT = "batchwork events 1"
_HEAD = struct.Struct("<4sII8s")
HEAD_BYTES = _HEAD.size
"""Before the payload."""
_SUMMED = 8
_MARK = b"BWSP"
_COUNTS = struct.Struct("<III")
_NUMBER = np.dtype("<u4")


def first_line(network: Mapping[str, object]) -> bytes:
    """Give the line that a shard begins with; `network` is JSON data."""
    return json.dumps({"format": FORMAT, **network}, sort_keys=True).encode() + b"\n"


def read_first_line(line: bytes) -> dict[str, object]:
    """Read the line that a shard begins with.

    Raises
    ------
    FileFormatError
        If it is none.
    """
    try:
        told = json.loads(line)
    except ValueError:
        told = None
    if not isinstance(told, dict) or told.pop("format", None) != FORMAT:
        raise FileFormatError("this is no shard of events")
    return told


def encode(key: bytes, spikes: Sequence[Events]) -> bytes:
    """Write the events of one sample, of all populations in the order of the first line."""
    parts = list[bytes]()
    for events in spikes:
        parts.append(_COUNTS.pack(events.steps, events.neurons, len(events)))
        parts.extend(column.astype(_NUMBER).tobytes() for column in (events.step, events.neuron))
    payload = b"".join(parts)
    length = struct.pack("<I", len(payload))
    return _MARK + struct.pack("<I", zlib.crc32(length + key + payload)) + length + key + payload


def find(data: memoryview, start: int) -> Iterator[tuple[bytes, int, int]]:
    """Give key, place and length of the payload of each whole frame, from `start` on."""
    place = start
    while place + HEAD_BYTES <= len(data):
        mark, total, length, key = _HEAD.unpack_from(data, place)
        end = place + HEAD_BYTES + length
        if mark != _MARK or end > len(data) or zlib.crc32(data[place + _SUMMED : end]) != total:
            return
        yield key, place + HEAD_BYTES, length
        place = end


def decode(payload: bytes | memoryview, populations: int) -> list[Events]:
    """Read the events of a frame's payload."""
    found, place = list[Events](), 0
    for _ in range(populations):
        steps, neurons, spikes = _COUNTS.unpack_from(payload, place)
        place += _COUNTS.size
        step, neuron = (_column(payload, place + i * spikes * _NUMBER.itemsize, spikes) for i in range(2))
        place += 2 * spikes * _NUMBER.itemsize
        found.append(Events(step, neuron, steps, neurons))
    return found


def _column(payload: bytes | memoryview, place: int, count: int) -> NDArray[np.int32]:
    return np.frombuffer(payload, _NUMBER, count, place).astype(np.int32)
