"""Trains the same steps with and without a record, and prints by how much the steps became longer.

The record is the whole of it: local store, TensorBoard, and an MLflow server that is ill in one of three ways, or
well (`--uri`). Runs with and without alternate. Time is that of the steps alone, processor time that of the whole
process with every thread. What the first row says, where nothing is recorded on either side, is chance.
Build first: cargo build --release. Figures of one run on one machine compare; others do not.
"""
import argparse
import json
import pathlib
import resource
import socketserver
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIKTOR = ROOT / "target" / "release" / "diktor"
CORPUS = ROOT / "assets" / "demo" / "en"
# The first steps load and warm up.
SKIPPED = 5


def server(answer):
    """An address where every connection is met by `answer`."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            self.request.recv(65536)
            answer(self.request)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    listening = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{listening.server_address[1]}"


def hangs(_connection):
    time.sleep(3600)


def delays(connection):
    time.sleep(30)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")


def refuses(connection):
    connection.sendall(b"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\nConnection: close\r\n\r\nOops")


def train(folder, steps, recorded, uri):
    """Seconds per step, and processor seconds of the whole."""
    switches = f"mlflow_logging={recorded},tensorboard_logging={recorded}"
    where = f",tracking_uri={uri}" if uri else ""
    command = [DIKTOR, "train", "--dataset", CORPUS, "-o", folder, "--preset", "demo", "-q", "--max-steps", steps,
               "--hparams", f"validation_freq={steps},{switches}{where}"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}")
    events = map(json.loads, (folder / "events.jsonl").read_text().splitlines())
    lasted = {event["step"]: event["metrics"]["duration"] for event in events if event["event"] == "step"}
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return statistics.mean(lasted[step] for step in range(SKIPPED + 1, steps)), processor


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--uri", help="a living MLflow to compare too")
    options = parser.parse_args()
    if not DIKTOR.exists():
        sys.exit(f"{DIKTOR} is missing\nhint: cargo build --release")
    cases = {"(no record at all)": None, "no server": "", "hangs": server(hangs), "answers after 30 s": server(delays),
             "answers 500": server(refuses)}
    if options.uri:
        cases["lives"] = options.uri
    print(f"{'MLflow':<20} {'s/step with':>12} {'without':>9} {'ratio':>7} {'processor s with':>17} {'without':>9} {'ratio':>7}")
    for name, uri in cases.items():
        found = {True: [], False: []}
        for turn in range(options.rounds):
            # Whoever is first has no advantage over all rounds.
            for on in [True, False] if turn % 2 else [False, True]:
                with tempfile.TemporaryDirectory() as folder:
                    recorded = str(on and uri is not None).lower()
                    run = pathlib.Path(folder) / "run"
                    found[on].append(train(run, options.steps, recorded, uri if on else ""))
        line = f"{name:<20}"
        for part, width in ((0, 12), (1, 17)):
            on, off = (statistics.mean(run[part] for run in found[side]) for side in (True, False))
            line += f" {on:>{width}.4f} {off:>9.4f} {on / off:>7.4f}"
        print(line, flush=True)


if __name__ == "__main__":
    main()
