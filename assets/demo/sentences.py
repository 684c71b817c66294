"""Sentences: the hand-written ones, those of the grammars, and what they show of a language."""

import collections
import itertools
import pathlib
import random
import re

HERE = pathlib.Path(__file__).resolve().parent
TEXTS = HERE / "texts"
DOCS = HERE.parents[1] / "docs"
LETTERS = {"en": "abcdefghijklmnopqrstuvwxyz", "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"}
DRAWN = 8  # sentences drawn at once; the one with the rarest words and letter pairs is taken
WORDS = 4  # the fewest of a generated sentence
COMMON = 200  # the letter pairs of a language that are called common


def key(text):
    """What makes two sentences the same."""
    return re.sub(r"[^\w ]", "", text.lower())


def pairs(text):
    """Letter pairs within words."""
    for word in re.findall(r"[^\W\d_]+", text.lower()):
        yield from map("".join, itertools.pairwise(word))


def hand_written(language):
    """Raw text and spoken text of every line of a list."""
    for line in (TEXTS / f"{language}.txt").read_text(encoding="utf-8").splitlines():
        raw, _, spoken = line.partition("|")
        yield raw, spoken or raw


def grammar(language):
    """Slots and templates of a grammar file; each slot is used, and each that is used exists."""
    slots, templates = {}, []
    for line in (TEXTS / f"{language}-grammar.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(">"):
            templates.append(line[1:].strip())
        elif line and not line.startswith("#"):
            name, phrases = line.split(":", 1)
            slots[name] = [phrase.strip() for phrase in phrases.split("|")]
            assert len(set(slots[name])) == len(slots[name]), f"a phrase stands twice: {line}"
    used = set(re.findall(r"\{([\w-]+)\}", " ".join(templates)))
    assert used == set(slots), f"{language}: {used ^ set(slots)}"
    return slots, templates


def parts(text):
    """Words and letter pairs."""
    return [*re.findall(r"[^\W\d_]+", text.lower()), *pairs(text)]


def generated(language, rng):
    """Sentences of the grammar without end, those with words and letter pairs seldom shown first."""
    slots, templates = grammar(language)
    shown = collections.Counter(part for _, spoken in hand_written(language) for part in parts(spoken))

    def draw():
        while True:
            text = re.sub(r"\{([\w-]+)\}", lambda m: rng.choice(slots[m.group(1)]), rng.choice(templates))
            if len(text.split()) >= WORDS:
                return text[0].upper() + text[1:]

    def news(text):
        found = parts(text)
        return sum(1 / (1 + shown[part]) for part in found) / len(found)

    while True:
        text = max((draw() for _ in range(DRAWN)), key=news)
        shown.update(parts(text))
        yield text, text


def written(language):
    """Letter pairs of the manual, the ordinary text of the language that is at hand."""
    counts = collections.Counter()
    for path in sorted((DOCS / language).glob("*.md")):
        text = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)", " ", path.read_text(encoding="utf-8"), flags=re.S)
        counts.update(pairs(text))
    ours = set(LETTERS[language])
    return collections.Counter({pair: n for pair, n in counts.items() if set(pair) <= ours})


def coverage(language, texts):
    """A report: the letters, and how often the common letter pairs stand in `texts`."""
    letters = collections.Counter("".join(texts).lower())
    rare = sorted(LETTERS[language], key=lambda letter: letters[letter])[:6]
    shown, usual = collections.Counter(p for text in texts for p in pairs(text)), written(language)
    common, total = usual.most_common(COMMON), sum(usual.values())
    few = [f"{pair} {shown[pair]}" for pair, _ in common if shown[pair] < 5]
    mass = sum(n for pair, n in usual.items() if shown[pair]) / total
    often = sum(n for pair, n in usual.items() if shown[pair] >= 5) / total
    return (
        f"rarest letters {', '.join(f'{letter} {letters[letter]}' for letter in rare)}; "
        f"pairs of the manual's words covered {mass:.2%}, five times or more {often:.2%}; "
        f"of its {COMMON} commonest pairs below five: {', '.join(few) or 'none'}"
    )


def seeded(seed, language):
    """The random numbers of a language."""
    return random.Random(f"{seed}-{language}")
