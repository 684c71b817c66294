"""What TensorBoard itself reads from a log directory, as one JSON object on standard output.

Read both by EventAccumulator and through the HTTP API of a started TensorBoard, with its fast and
its slow loader. Made for tensorboard 2.21.
"""

import json
import sys
import time
import urllib.parse
import urllib.request

from tensorboard import program
from tensorboard.backend.event_processing import event_accumulator

logdir, wanted_tag, wanted_step = sys.argv[1], sys.argv[2], int(sys.argv[3])

accumulator = event_accumulator.EventAccumulator(
    logdir, size_guidance={kind: 0 for kind in ("scalars", "images", "tensors")}
).Reload()
tags = accumulator.Tags()
answer = {
    "scalars": {
        tag: [[event.step, repr(event.value)] for event in accumulator.Scalars(tag)]
        for tag in tags["scalars"]
    },
    "images": {
        tag: [[event.step, event.width, event.height] for event in accumulator.Images(tag)]
        for tag in tags["images"]
    },
    "texts": {
        tag: [event.tensor_proto.string_val[0].decode() for event in accumulator.Tensors(tag)]
        for tag in tags["tensors"]
        if accumulator.SummaryMetadata(tag).plugin_data.plugin_name == "text"
    },
    "http": {},
}


def fetch(url):
    with urllib.request.urlopen(url, timeout=20) as response:
        return response.headers.get("Content-Type"), response.read()


def served(url):
    """Everything that the pages of TensorBoard are made of, and the media type and first bytes of the
    last picture and sound."""

    def get(path, **query):
        return fetch(f"{url}data/plugin/{path}?{urllib.parse.urlencode(query)}")

    def last(plugin, entry, first_bytes=12):
        all_tags = json.loads(get(f"{plugin}/tags")[1])
        tag = sorted(all_tags["."])[0]
        listed = json.loads(get(f"{plugin}/{plugin}", run=".", tag=tag, sample=0)[1])
        kind, content = get(f"{plugin}/{entry}", **dict(urllib.parse.parse_qsl(listed[-1]["query"])))
        return [len(listed), kind, content[:first_bytes].decode("latin1")]

    for _ in range(120):
        try:
            points = json.loads(get("scalars/scalars", run=".", tag=wanted_tag)[1])
            if points and points[-1][1] == wanted_step:
                break
        except (urllib.error.URLError, KeyError):
            pass
        time.sleep(0.5)
    time.sleep(1.0)
    points = json.loads(get("scalars/scalars", run=".", tag=wanted_tag)[1])
    text = json.loads(get("text/text", run=".", tag="run/start")[1])

    def tags(plugin):
        return sorted(json.loads(get(f"{plugin}/tags")[1]).get(".", {}))

    def curve(tag):
        return [[step, str(value)] for _, step, value in json.loads(get("scalars/scalars", run=".", tag=tag)[1])]

    def distribution(tag):
        listed = json.loads(get("histograms/histograms", run=".", tag=tag)[1])
        return [[step, buckets] for _, step, buckets in listed]

    def table(path, **request):
        return json.loads(get(f"hparams/{path}", request=json.dumps({"experimentName": "", **request}))[1])

    statuses = [f"STATUS_{name}" for name in ("UNKNOWN", "SUCCESS", "FAILURE", "RUNNING")]
    return {
        "scalar": [[step, str(value)] for _, step, value in points],
        "scalars": {tag: curve(tag) for tag in tags("scalars")},
        "histograms": {tag: distribution(tag) for tag in tags("histograms")},
        "texts": tags("text"),
        "experiment": table("experiment"),
        "sessions": table("session_groups", allowedStatuses=statuses, colParams=[], startIndex=0, sliceSize=9),
        "image": last("images", "individualImage"),
        "audio": last("audio", "individualAudio"),
        "text": text[-1]["text"],
    }


for loader in ("true", "false"):
    board = program.TensorBoard()
    board.configure(
        argv=["tensorboard", "--logdir", logdir, "--host", "127.0.0.1", "--port", "0",
              "--load_fast", loader, "--reload_interval", "1"]
    )
    answer["http"][f"load_fast={loader}"] = served(board.launch())

print(json.dumps(answer))
