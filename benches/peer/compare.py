"""Runs ours and theirs alternately on the same shapes and prints medians, ratios and their spread.

Build first: cargo build --release. Figures of one run on one machine compare; others do not.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIKTOR = ROOT / "target" / "release" / "diktor"
# Weights as they are trained, or stored as bfloat16 while they are used; theirs are f32 always.
TRAIN = [(8, 100, 400, "f32"), (8, 100, 400, "bf16"), (16, 100, 400, "f32"), (32, 100, 200, "f32")]


def run(command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}")
    return json.loads(done.stdout)


def sizes(batch, text, mel, threads, steps):
    flags = {"batch-size": batch, "text-len": text, "mel-len": mel, "threads": threads, "steps": steps}
    return [part for name, value in flags.items() for part in (f"--{name}", value)]


def stored(dtype):
    return ["--hparams", f"weight_dtype={dtype}"]


def contest(title, ours, theirs, figure, rounds):
    """Alternates, so that a busy machine slows both."""
    pairs = [(run(ours), run(theirs)) for _ in range(rounds)]
    ratios = [a[figure] / b[figure] for a, b in pairs]
    middle = [statistics.median(side[figure] for side in column) for column in zip(*pairs)]
    line = (f"{title:<34} {middle[0]:>9.0f} {middle[1]:>9.0f} {statistics.median(ratios):>6.2f}x"
            f"  ({min(ratios):.2f}-{max(ratios):.2f})")
    memory = [[side.get("peak_memory_bytes") for side in column] for column in zip(*pairs)]
    if all(all(column) for column in memory):
        line += f"  memory {max(memory[0]) / max(memory[1]):.0%}"
    print(line, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", choices=["train", "synthesize", "mel"])
    options = parser.parse_args()
    if not DIKTOR.exists():
        sys.exit(f"{DIKTOR} is missing\nhint: cargo build --release")
    here, python = pathlib.Path(__file__).parent, sys.executable
    print(f"{'frames per second':<34} {'ours':>9} {'theirs':>9} {'ratio':>7}")
    if options.only in (None, "train"):
        for *shape, dtype in TRAIN:
            flags = sizes(*shape, options.threads, options.steps)
            contest("train, batch {} x {} x {}, {}".format(*shape, dtype),
                    [DIKTOR, "bench", "train", "--preset", "base", "--json", *stored(dtype), *flags],
                    [python, here / "train_step.py", *flags], "frames_per_second", options.rounds)
    if options.only in (None, "synthesize"):
        flags = sizes(1, 100, 400, options.threads, options.steps)
        for dtype in ("f32", "bf16"):
            contest(f"synthesis, one sentence, {dtype}",
                    [DIKTOR, "bench", "synthesize", "--preset", "base", "--json", *stored(dtype), *flags],
                    [python, here / "synthesize.py", *flags], "frames_per_second", options.rounds)
    if options.only in (None, "mel"):
        contest("mel, audio seconds/s, one thread",
                [DIKTOR, "bench", "mel", "--threads", 1, "--json"],
                [python, here / "mel.py"], "audio_seconds_per_second", options.rounds)


if __name__ == "__main__":
    main()
