#!/usr/bin/env python3
"""Makes the bundled corpus: sentences, their audio by espeak-ng, and the LJSpeech lists.

    apt-get install espeak-ng flac sox
    python3 assets/demo/make.py

The sentences are the hand-written ones of texts/ plus what the small grammars below generate from
a fixed seed. Same espeak-ng, same files. Users of the project never run this: the output is
committed.
"""

import array
import collections
import pathlib
import random
import re
import shutil
import subprocess
import tempfile
import wave

HERE = pathlib.Path(__file__).resolve().parent
RATE = 22050
SEED = 20240601
HELD_OUT = 24
MARGIN_S = 0.04
MAX_S = 3.0
FLAC_BLOCK = 1024
NOISE_DB = 16
BANDS = [(200, 1000), (1000, 2000), (2000, 3000), (3000, 4500), (4500, 6000), (6000, 8000)]  # Hz

# voice of espeak-ng, number of training sentences, shortest utterance in seconds
LANGUAGES = {"en": ("en-us", 400, 1.2), "ru": ("ru", 150, 1.0)}

# ---------------------------------------------------------------- English grammar

EN = {
    "adj": "amber ancient angry blue bright broken calm clever clumsy crooked curious dusty early "
    "empty enormous fancy foggy fragile frozen fuzzy gentle golden heavy hollow honest hungry "
    "icy jolly kind lazy little lonely loud lucky muddy narrow noisy odd orange polite proud "
    "purple quiet rusty shiny silver sleepy smooth spicy square stubborn tiny useful velvet "
    "violet warm wicked wooden yellow young".split(),
    "thing": "anchor apple bottle box bridge brush button candle carpet chair clock cushion door "
    "drum feather fence fiddle gate glove guitar hammer helmet jar jug kite knife ladder lemon "
    "letter map mirror needle oar oven pencil piano pillow pumpkin quilt ribbon saddle scarf "
    "ship shovel spoon suitcase table teapot trumpet vase wagon whistle window yacht".split(),
    "animal": "badger beaver beetle camel donkey dragon duck eagle ferret fox frog giraffe goat "
    "goose hedgehog heron horse jaguar kitten lizard monkey moth otter owl ox penguin pigeon "
    "puppy quail rabbit raven seal shark sheep snail spider squirrel swan tiger turtle viper "
    "walrus wolf yak zebra".split(),
    "place": "attic barn bay cabin canyon castle cave cellar church desert factory field forest "
    "garden harbour island jungle kitchen lake market meadow museum orchard palace pier quarry "
    "river school shore stable station street temple tower tunnel valley village zoo".split(),
    "name": "Alice Boris Carol David Edith Felix George Hannah Irene Jacob Kate Leo Martha Nigel "
    "Olive Peter Quentin Ruth Sophie Thomas Ursula Victor Wendy Xavier Yvonne Zoe".split(),
    "did": "borrowed bought carried cleaned described dropped fixed found hid kept lost moved "
    "noticed opened painted praised pushed sold shook showed stole touched watched".split(),
    "do": "bring buy carry check choose fetch find fix hide keep lift move open paint push sell "
    "shake touch use wash watch weigh".split(),
    "went": "arrived climbed crawled dozed drifted escaped hopped jumped marched paused rested "
    "shouted slept sneezed sprang stayed stumbled vanished waited wandered".split(),
    "where": "across after around before behind beside beyond by from inside into near over past "
    "through toward under".split(),
    "how": "again|alone|at dawn|at once|by chance|each day|in silence|last night|on Friday|quickly|"
    "slowly|today|together|very late|without fear".split("|"),
}

EN_TEMPLATES = [
    "The {adj} {animal} {went} {how}.",
    "The {adj} {animal} {went} {where} the {place}.",
    "The {adj} {animal} {did} the {thing}.",
    "{name} {did} the {adj} {thing} {how}.",
    "Where did {name} find the {adj} {thing}?",
    "{name} {did} the {adj} {thing}.",
    "{name} {did} a {thing} {how}.",
    "A {adj} {animal} {went} {where} the {place}.",
    "They {did} the {thing} {where} the {place}.",
    "{name} {went} {where} the {place}.",
    "Did {name} {do} the {adj} {thing}?",
    "Where is the {adj} {thing} from the {place}?",
    "Is that a {adj} {animal}?",
    "Why did you {do} my {thing}?",
    "What a {adj} {thing}, {name}!",
    "Please {do} the {adj} {thing}!",
    "Don't {do} that {animal}!",
    "{name}'s {thing} is {adj}.",
    "My {thing} is {adj}, not {adj}.",
    "The {thing} and the {animal} {went}.",
    "Yes, we {did} the {place}.",
]

# ---------------------------------------------------------------- Russian grammar

RU_ADJ = (
    "бел весёл важн деревянн длинн железн жёлт забавн зелён знаменит красив красн "
    "медн нарядн нежн нов объёмн обычн огромн опасн пёстр полезн прочн ровн розов серебрян "
    "скромн скучн старинн странн съёмн тёмн тёпл туманн удобн уютн холодн чёрн чудесн шумн "
    "элегантн"
).split()
RU_NOUNS = {
    "m": "автобус вагон веер город дворец диван дом журнал замок зонт камень ключ корабль ковёр "
    "кувшин лес лимон мост музей мяч остров орех пирог плащ поезд пояс рояль сад сундук театр "
    "фонарь флаг халат храм цветок чайник чемодан шарф шкаф щит экран этаж якорь ящик".split(),
    "f": "афиша башня берёза газета гитара дверца дорога ёлка звезда игрушка карета картина книга "
    "комната лампа лодка луна монета музыка незабудка открытка песня площадка подушка "
    "поляна река рубашка скрипка тарелка улица фиалка хижина цапля чашка шляпа щётка эмблема "
    "юла ягода яхта".split(),
    "n": "болото ведро дерево зеркало зерно кольцо кресло крыльцо облако одеяло озеро окно "
    "письмо седло стекло чучело эхо яблоко яйцо".split(),
}
RU_NAMES = (
    "Анна Борис Вера Глеб Дарья Егор Жанна Захар Игорь Кирилл Люба Михаил Нина Олег Павел Рита "
    "Софья Тимур Ульяна Фёдор Харитон Цветана Шура Эмма Юлия Яков"
).split()
RU_SEES = "видит ищет рисует любит покажет найдёт помнит опишет купит хвалит чинит бережёт".split()
RU_WAS = [  # past tense: masculine, feminine, neuter
    ("исчез", "исчезла", "исчезло"),
    ("остался там", "осталась там", "осталось там"),
    ("нашёлся", "нашлась", "нашлось"),
    ("понравился всем", "понравилась всем", "понравилось всем"),
    ("был далеко", "была далеко", "было далеко"),
    ("удивил гостей", "удивила гостей", "удивило гостей"),
    ("ещё цел", "ещё цела", "ещё цело"),
    ("мне снился", "мне снилась", "мне снилось"),
]
RU_ENDINGS = {"m": ("ый", "ый"), "f": ("ая", "ую"), "n": ("ое", "ое")}  # nominative, accusative
RU_OUR = {"m": ("наш", "какой"), "f": ("наша", "какая"), "n": ("наше", "какое")}


def english_sentence(rng):
    template = rng.choice(EN_TEMPLATES)
    text = re.sub(r"\{(\w+)\}", lambda m: rng.choice(EN[m.group(1)]), template)
    return re.sub(r"\b([Aa]) (?=honest|[aeiou](?!se))", r"\1n ", text)


def russian_sentence(rng):
    gender = rng.choice("mfn")
    noun, stem = rng.choice(RU_NOUNS[gender]), rng.choice(RU_ADJ)
    nominative, accusative = RU_ENDINGS[gender]
    if gender == "f":
        noun_accusative = noun[:-1] + ("у" if noun.endswith("а") else "ю")
    else:
        noun_accusative = noun
    thing, seen = f"{stem}{nominative} {noun}", f"{stem}{accusative} {noun_accusative}"
    our, what = RU_OUR[gender]
    was = rng.choice(RU_WAS)["mfn".index(gender)]
    name, sees = rng.choice(RU_NAMES), rng.choice(RU_SEES)
    text = rng.choice(
        [
            f"{thing} {was}.",
            f"где же {our} {thing}?",
            f"{what} {thing}!",
            f"{name} {sees} {seen}.",
            f"{name} {sees} {noun_accusative}?",
            f"это {our} {thing}.",
            f"вот и {our} {thing}!",
        ]
    )
    return text[0].upper() + text[1:]


GRAMMARS = {"en": english_sentence, "ru": russian_sentence}

# ---------------------------------------------------------------- audio


def run(*command, data=None):
    return subprocess.run(command, input=data, check=True, capture_output=True).stdout


def samples(data):
    out = array.array("h")
    out.frombytes(data)
    return out


def speak(voice, text, folder):
    """One sentence as 16-bit samples at 22 050 Hz, edges trimmed to MARGIN_S of quiet."""
    path = folder / "speech.wav"
    run("espeak-ng", "-v", voice, "-w", str(path), text)
    with wave.open(str(path)) as file:
        assert file.getparams()[:3] == (1, 2, RATE), file.getparams()
        audio = samples(file.readframes(file.getnframes()))
    block = RATE // 200
    limit = 0.004 * 32768  # -48 dBFS over 5 ms
    loud = [
        i
        for i in range(0, len(audio), block)
        if (sum(x * x for x in audio[i : i + block]) / block) ** 0.5 > limit
    ]
    margin = int(MARGIN_S * RATE)
    begin, end = loud[0] - margin, loud[-1] + block + margin
    before, after = max(0, -begin), max(0, end - len(audio))
    return array.array("h", [0] * before) + audio[max(0, begin) : end] + array.array("h", [0] * after)


def shave(audio):
    """Clears the low bits that nobody can hear, block by block, so that FLAC can leave them out.

    The rounding noise is white; it is kept NOISE_DB under the weakest of BANDS (and under 13-bit
    rounding where there is no speech), so it stays under the speech in every band a mel spectrogram
    up to 8 kHz looks at. It makes the files a third smaller.
    """
    raw = ["-t", "raw", "-r", str(RATE), "-e", "signed", "-b", "16", "-c", "1", "-"]
    sox = ["sox", "-D", *raw, *raw, "sinc", "-n", "255"]
    bands = [(samples(run(*sox, f"{a}-{b}", data=audio.tobytes())), (b - a) / (RATE / 2)) for a, b in BANDS]
    out = array.array("h")
    for i in range(0, len(audio), FLAC_BLOCK):
        block = slice(i, i + FLAC_BLOCK)
        floor = min(sum(x * x for x in band[block]) / len(band[block]) / share for band, share in bands)
        bits = 3
        while 4 ** (bits + 1) / 12 <= floor / 10 ** (NOISE_DB / 10):
            bits += 1
        half, top = 1 << (bits - 1), 32768 - (1 << bits)
        out.extend(max(-32768, min(top, (x + half) >> bits << bits)) for x in audio[block])
    return out


def write_flac(path, audio):
    run(
        "flac", "-s", "-f", "-8", "-e", "-p", "-b", str(FLAC_BLOCK), "--no-padding", "--no-seektable", "--force-raw-format",
        "--endian=little", "--sign=signed", "--channels=1", "--bps=16", f"--sample-rate={RATE}",
        "-o", str(path), "-", data=audio.tobytes(),
    )  # fmt: skip


# ---------------------------------------------------------------- the corpus


def key(text):
    """What makes two sentences the same."""
    return re.sub(r"[^\w ]", "", text.lower())


def hand_written(language):
    for line in (HERE / "texts" / f"{language}.txt").read_text(encoding="utf-8").splitlines():
        raw, _, spoken = line.partition("|")
        yield raw, spoken or raw


def generated(language, rng):
    while True:
        text = GRAMMARS[language](rng)
        yield text, text


def collect(language, voice, count, shortest, folder):
    """`count` distinct sentences of the right duration: (raw, normalised, audio)."""
    rng = random.Random(f"{SEED}-{language}")
    seen, rows = set(), []

    def consider(raw, spoken, announce):
        if key(spoken) in seen:
            return
        audio = speak(voice, spoken, folder)
        seconds = len(audio) / RATE
        if shortest <= seconds <= MAX_S:
            seen.add(key(spoken))
            rows.append((raw, spoken, audio))
        elif announce:
            print(f"left out ({seconds:.2f} s): {raw}")

    for raw, spoken in hand_written(language):
        consider(raw, spoken, True)
    source = generated(language, rng)
    while len(rows) < count:
        consider(*next(source), False)
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
    lines = []
    for number, (raw, spoken, audio) in enumerate(rows, 1):
        name = f"{prefix}{number:03}"
        write_flac(folder / "wavs" / f"{name}.flac", shave(audio))
        lines.append(f"{name}|{raw}|{spoken}\n")
    (folder / "metadata.csv").write_text("".join(lines), encoding="utf-8")
    seconds = [len(audio) / RATE for _, _, audio in rows]
    size = sum(file.stat().st_size for file in folder.rglob("*.flac"))
    print(
        f"{folder.relative_to(HERE)}: {len(rows)} utterances, {sum(seconds):.0f} s "
        f"(mean {sum(seconds) / len(seconds):.2f}, {min(seconds):.2f}-{max(seconds):.2f}), "
        f"{size / 1e6:.2f} MB, characters {''.join(sorted(set(''.join(r[1] for r in rows).lower())))}"
    )


def main():
    print(run("espeak-ng", "--version").decode().strip())
    for language, (voice, count, shortest) in LANGUAGES.items():
        with tempfile.TemporaryDirectory() as folder:
            rows = collect(language, voice, count + HELD_OUT, shortest, pathlib.Path(folder))
        training, held_out = hold_out(rows)
        write(HERE / language, f"{language}-", training)
        write(HERE / language / "heldout", f"{language}-heldout-", held_out)


if __name__ == "__main__":
    main()
