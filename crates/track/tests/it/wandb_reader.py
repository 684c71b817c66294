"""What an offline run of W&B holds, as one JSON object on standard output: read with W&B's own messages.

Made for wandb 0.31, whose file is a header of 7 bytes and then LevelDB's log: blocks of 32 KiB, in
them records of checksum, length, type (1 whole, 2 first, 3 middle, 4 last) and data.
"""

import json
import struct
import sys
import zlib
from pathlib import Path

from wandb.proto import wandb_internal_pb2

BLOCK, HEADER = 32768, 7


def messages(data):
    assert data[:4] == b":W&B", data[:8]
    at, parts = HEADER, b""
    while at + HEADER <= len(data):
        room = BLOCK - at % BLOCK
        if room < HEADER:
            at += room
            continue
        crc, length, kind = struct.unpack("<IHB", data[at : at + HEADER])
        piece = data[at + HEADER : at + HEADER + length]
        assert kind in (1, 2, 3, 4), kind
        assert zlib.crc32(piece, zlib.crc32(bytes([kind]))) == crc, "checksum"
        parts += piece
        at += HEADER + length
        if kind in (1, 4):
            yield parts
            parts = b""


folder = Path(sys.argv[1])
(file,) = folder.glob("run-*.wandb")
found = {"config": {}, "history": [], "summary": {}, "exit": None, "id": None, "project": None}


def key(item):
    return item.key or ".".join(item.nested_key)


def row_of(items):
    """A picture is an item for each of its attributes, under a key of two parts."""
    row = {}
    for item in items:
        *outer, last = list(item.nested_key) or [item.key]
        place = row
        for part in outer:
            place = place.setdefault(part, {})
        # JSON has no word for what is not finite.
        place[last] = json.loads(item.value_json, parse_constant=lambda _: None)
    return row


for message in messages(file.read_bytes()):
    record = wandb_internal_pb2.Record()
    record.ParseFromString(message)
    kind = record.WhichOneof("record_type")
    if kind == "run":
        found["id"], found["project"] = record.run.run_id, record.run.project
        found["config"].update({key(i): json.loads(i.value_json) for i in record.run.config.update})
    elif kind == "config":
        found["config"].update({key(i): json.loads(i.value_json) for i in record.config.update})
    elif kind == "history":
        row = row_of(record.history.item)
        row["_step"] = record.history.step.num
        found["history"].append(row)
    elif kind == "summary":
        found["summary"].update({key(i): json.loads(i.value_json) for i in record.summary.update})
    elif kind == "exit":
        found["exit"] = record.exit.exit_code

media = folder / "files" / "media"
found["media"] = sorted(str(path.relative_to(media)) for path in media.rglob("*") if path.is_file())
print(json.dumps(found))
