"""Trains the same steps with and without a record, and prints by how much the steps became longer.

The record is the whole of it: local store, TensorBoard, and an MLflow server that is ill in one of three ways, or
well (`--uri`). Runs with and without alternate, and a step is compared with the same step on the same batch.
Build first: cargo build --release. Figures of one run on one machine compare; others do not.
"""
import argparse
import json
import pathlib
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
    """Seconds of every step."""
    switches = f"mlflow_logging={recorded},tensorboard_logging={recorded}"
    where = f",tracking_uri={uri}" if uri else ""
    command = [DIKTOR, "train", "--dataset", CORPUS, "-o", folder, "--preset", "demo", "-q", "--max-steps", steps,
               "--hparams", f"validation_freq={steps},{switches}{where}"]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}")
    events = map(json.loads, (folder / "events.jsonl").read_text().splitlines())
    lasted = {event["step"]: event["metrics"]["duration"] for event in events if event["event"] == "step"}
    return [lasted[step] for step in range(SKIPPED + 1, steps)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--uri", help="a living MLflow to compare too")
    options = parser.parse_args()
    if not DIKTOR.exists():
        sys.exit(f"{DIKTOR} is missing\nhint: cargo build --release")
    cases = {"no server": "", "hangs": server(hangs), "answers after 30 s": server(delays), "answers 500": server(refuses)}
    if options.uri:
        cases["lives"] = options.uri
    print(f"{'MLflow':<20} {'s/step with':>12} {'without':>9} {'with / without':>15}")
    for name, uri in cases.items():
        ratios, recorded, bare = [], [], []
        for turn in range(options.rounds):
            with tempfile.TemporaryDirectory() as folder:
                # Whoever is first has no advantage over all rounds.
                order = [True, False] if turn % 2 else [False, True]
                found = {on: train(pathlib.Path(folder) / str(on), options.steps, str(on).lower(), uri if on else "")
                         for on in order}
            recorded += found[True]
            bare += found[False]
            ratios += [a / b for a, b in zip(found[True], found[False])]
        print(f"{name:<20} {statistics.median(recorded):>12.4f} {statistics.median(bare):>9.4f} "
              f"{statistics.median(ratios):>15.4f}", flush=True)


if __name__ == "__main__":
    main()
