#!/usr/bin/env python3
"""Replays the record of a Diktor run into Weights & Biases.

    pip install wandb==0.31.0
    python wandb_bridge.py output/my_voice --project voices
    wandb sync wandb/offline-run-*

Without --online nothing leaves the machine: the run is written as an offline run, which `wandb sync`
sends when you want it. The same run directory always gives the same run id, so that a run that has
gone on is sent to the same place.

What counts is what Diktor's own readers count: what a killed session did beyond the point where the
next one went on never happened.
"""

import argparse
import hashlib
import json
import math
import sys
from pathlib import Path

MEASUREMENTS = {"step", "validation", "picture", "audio", "histogram", "checkpoint_saved"}
WORDS = {"intervention", "verdict", "phase", "refused", "warning", "fault", "restart", "attention", "early", "suspects"}
ENVELOPE = {"step", "time_s", "event"}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="run directory, or its events.jsonl")
    parser.add_argument("--project", default="diktor", help="project of W&B [diktor]")
    parser.add_argument("--entity", help="user or team of W&B")
    parser.add_argument("--name", help="name of the run [that of the run directory]")
    parser.add_argument("--dir", type=Path, default=Path("."), help="where the folder `wandb` goes [.]")
    parser.add_argument("--online", action="store_true", help="send it at once")
    parser.add_argument("--no-media", action="store_true", help="leave pictures and sounds out")
    return parser.parse_args()


def number(value):
    """A figure of the record: what is not finite stands there as a text."""
    return float(value)


def read(path):
    """Whole lines only: a killed session leaves a torn one, a bad disk flipped bytes."""
    events, unreadable = [], 0
    for line in path.read_bytes().split(b"\n"):
        if not line.strip():
            continue
        try:
            event = json.loads(line)
            event["event"], event["step"] = str(event["event"]), int(event["step"])
            events.append(event)
        except (ValueError, KeyError, TypeError):
            unreadable += 1
    if unreadable:
        print(f"{path}: {unreadable} lines are torn or no events, left out", file=sys.stderr)
    return events


def effective(events):
    """The history that counts, by the rule of Diktor's own readers."""
    kept, settled = [], 0
    for event in events:
        kind = event["event"]
        if kind == "run_started":
            resumed_from = event.get("resumed_from")
            if resumed_from is None:
                kept, settled = [], 0
            else:
                kept[settled:] = [
                    earlier
                    for earlier in kept[settled:]
                    if earlier["step"] <= resumed_from or earlier["event"] == "run_started"
                ]
        elif kind == "restart":
            kept = [
                earlier
                for earlier in kept
                if earlier["step"] <= event["to_step"] or earlier["event"] not in MEASUREMENTS
            ]
            settled = len(kept)
        kept.append(event)
    return kept


def inside(run_dir, name):
    """The file that an event names, if it lies inside the run directory and is there."""
    path = (run_dir / name).resolve()
    if run_dir.resolve() not in path.parents:
        print(f"{name}: left out, it lies outside the run directory", file=sys.stderr)
        return None
    return path if path.is_file() else None


def media(wandb, run_dir, event):
    """A picture, a sound or a distribution, under its tag; nothing if its file is gone."""
    kind = event["event"]
    if kind == "histogram":
        counts, low, high = event["counts"], number(event["min"]), number(event["max"])
        if low == high:
            low, high = low - 0.5, high + 0.5
        edges = [low + (high - low) * place / len(counts) for place in range(len(counts) + 1)]
        return {event["tag"]: wandb.Histogram(np_histogram=(counts, edges))}
    path = inside(run_dir, event["path"])
    if path is None:
        return {}
    if kind == "picture":
        return {event["tag"]: wandb.Image(str(path), caption=event["caption"])}
    return {event["tag"]: wandb.Audio(str(path), caption=event["caption"])}


def rows(wandb, run_dir, events, with_media):
    """One row of W&B for each step, in order: its figures, pictures, sounds and distributions."""
    by_step = {}
    for event in events:
        kind, row = event["event"], by_step.setdefault(event["step"], {})
        told = len(row)
        if kind in ("step", "validation"):
            row.update({name: number(value) for name, value in event["metrics"].items()})
        elif kind == "intervention":
            row[f"knob.{event['knob']}"] = number(event["new"])
        elif kind == "histogram" or (with_media and kind in ("picture", "audio")):
            row.update(media(wandb, run_dir, event))
        if len(row) > told:
            row["_timestamp"] = number(event["time_s"])
    return sorted((step, row) for step, row in by_step.items() if row)


def diary(events):
    """What was told in words, as the rows of a table."""
    for event in events:
        if event["event"] in WORDS:
            said = {name: value for name, value in event.items() if name not in ENVELOPE}
            yield [event["step"], event["event"], json.dumps(said, ensure_ascii=False)]


def main():
    asked = arguments()
    record = asked.run if asked.run.is_file() else asked.run / "events.jsonl"
    if not record.is_file():
        sys.exit(f"`{record}`: no such file\nhint: name a run directory, it holds `events.jsonl`")
    run_dir = record.parent
    events = effective(read(record))
    starts = [event for event in events if event["event"] == "run_started"]
    if not starts:
        sys.exit(f"`{record}`: no run has begun in it")
    start = starts[-1]

    import wandb

    identity = hashlib.sha256(f"{start['run']} {starts[0]['time_s']}".encode()).hexdigest()[:16]
    config = dict(start["hparams"])
    sizes = {
        "model.total_params": start["total_params"],
        "dataset.train_size": start["train_size"],
        "dataset.val_size": start["val_size"],
        "diktor.version": start["version"],
    }
    run = wandb.init(
        project=asked.project,
        entity=asked.entity,
        name=asked.name or start["run"],
        id=identity,
        dir=str(asked.dir),
        config={**config, **sizes},
        mode="online" if asked.online else "offline",
        resume="allow" if asked.online else None,
        settings=wandb.Settings(console="off", x_disable_stats=True, save_code=False, disable_git=True),
    )
    history = rows(wandb, run_dir, events, not asked.no_media)
    told = list(diary(events))
    if told and history:
        history[-1][1]["diary"] = wandb.Table(columns=["step", "event", "what"], data=told)
    for step, row in history:
        run.log(row, step=step)
    outcome = next((e["outcome"] for e in reversed(events) if e["event"] == "run_finished"), None)
    if outcome:
        run.summary["outcome"] = outcome
    run.finish(exit_code=1 if outcome in ("failed", "red_flag") else 0)
    print(run.dir)


if __name__ == "__main__":
    main()
