#!/usr/bin/env python3
"""Makes the bundled corpus: sentences, their audio, and the LJSpeech lists.

    python3 assets/demo/make.py [LANGUAGE...]

The sentences are the hand-written ones of texts/ plus what its grammars generate from a fixed seed;
README.md names the programs that speak them. Same programs, same files. Users of the project never
run this: the output is committed.
"""

import collections
import concurrent.futures
import itertools
import pathlib
import shutil
import sys

from sentences import coverage, generated, hand_written, key, seeded
from sound import RATE, festival, rhvoice, shave, speak, write_flac

HERE = pathlib.Path(__file__).resolve().parent
SEED = 20240601
HELD_OUT = 24

# number of training sentences, seconds of the shortest and the longest, program and voice
LANGUAGES = {
    "en": (400, (1.0, 2.3), festival, "voice_cmu_us_slt_arctic_hts"),
    "ru": (280, (1.0, 2.3), rhvoice, "elena"),
}


def collect(language, count, span, program, voice):
    """`count` distinct sentences of the right duration: (raw, spoken, audio)."""
    rng = seeded(SEED, language)
    seen, rows = set(), []

    def take(texts, announce):
        fresh = list({key(spoken): (raw, spoken) for raw, spoken in texts if key(spoken) not in seen}.values())
        seen.update(key(spoken) for _, spoken in fresh)
        for (raw, spoken), audio in zip(fresh, speak(program, voice, [spoken for _, spoken in fresh])):
            seconds = len(audio) / RATE
            if span[0] <= seconds <= span[1]:
                rows.append((raw, spoken, audio))
            elif announce:
                print(f"left out ({seconds:.2f} s): {raw}")

    take(hand_written(language), True)
    source = generated(language, rng)
    while len(rows) < count:
        take(itertools.islice(source, count - len(rows)), False)
    rng.shuffle(rows)
    return rows


def hold_out(rows):
    """Splits off HELD_OUT rows, none of which holds a character that training hardly shows."""
    shown = collections.Counter(c for _, spoken, _ in rows for c in set(spoken.lower()))
    held_out = [row for row in rows if min(shown[c] for c in row[1].lower()) > 4][:HELD_OUT]
    return [row for row in rows if row not in held_out], held_out


def write(folder, prefix, rows):
    if folder.exists():
        shutil.rmtree(folder)
    (folder / "wavs").mkdir(parents=True)
    names = [f"{prefix}{number:03}" for number in range(1, len(rows) + 1)]

    def save(name, row):
        write_flac(folder / "wavs" / f"{name}.flac", shave(row[2]))

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(save, names, rows))
    lines = [f"{name}|{raw}|{spoken}\n" for name, (raw, spoken, _) in zip(names, rows)]
    (folder / "metadata.csv").write_text("".join(lines), encoding="utf-8")
    seconds = [len(audio) / RATE for _, _, audio in rows]
    size = sum(file.stat().st_size for file in folder.rglob("*.flac"))
    words = [len(spoken.split()) for _, spoken, _ in rows]
    print(
        f"{folder.relative_to(HERE)}: {len(rows)} utterances, {sum(seconds):.0f} s "
        f"(mean {sum(seconds) / len(seconds):.2f}, {min(seconds):.2f}-{max(seconds):.2f}), "
        f"{min(words)}-{max(words)} words (mean {sum(words) / len(words):.1f}), {size / 1e6:.2f} MB, "
        f"characters {''.join(sorted(set(''.join(row[1] for row in rows).lower())))}"
    )


def main():
    for language in sys.argv[1:] or LANGUAGES:
        count, *how = LANGUAGES[language]
        rows = collect(language, count + HELD_OUT, *how)
        training, held_out = hold_out(rows)
        write(HERE / language, f"{language}-", training)
        write(HERE / language / "heldout", f"{language}-heldout-", held_out)
        print(f"{language}: {coverage(language, [spoken for _, spoken, _ in training])}")


if __name__ == "__main__":
    main()
