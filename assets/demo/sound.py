"""Sound: a sentence spoken, trimmed, brought to the corpus's format and written as FLAC."""

import array
import pathlib
import subprocess
import tempfile

RATE = 22050
MARGIN_S = 0.04
FLAC_BLOCK = 1024
NOISE_DB = 14
BANDS = [(200, 1000), (1000, 2000), (2000, 3000), (3000, 4500), (4500, 6000), (6000, 8000)]  # Hz
RAW = ["-t", "raw", "-r", str(RATE), "-e", "signed", "-b", "16", "-c", "1", "-"]


def run(*command, data=None):
    return subprocess.run(command, input=data, check=True, capture_output=True).stdout


def samples(data):
    out = array.array("h")
    out.frombytes(data)
    return out


def festival(voice, texts, paths):
    """Speaks texts with a voice of Festival: one process, which takes seconds to start."""
    quoted = ["".join("\\" + c if c in '\\"' else c for c in text) for text in texts]
    lines = [
        f"(utt.save.wave (utt.synth (Utterance Text \"{text}\")) \"{path}\" 'riff)"
        for text, path in zip(quoted, paths)
    ]
    script = paths[0].with_suffix(".scm")
    script.write_text("\n".join([f"({voice})", *lines]), encoding="utf-8")
    run("festival", "-b", str(script))


def rhvoice(voice, texts, paths):
    """Speaks texts with a voice of RHVoice."""
    for text, path in zip(texts, paths):
        run("RHVoice-test", "-p", voice, "-o", str(path), data=f"{text}\n".encode())


def speak(program, voice, texts):
    """Every text as 16-bit samples at 22 050 Hz, edges trimmed to MARGIN_S of quiet."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [pathlib.Path(folder) / f"{number}.wav" for number in range(len(texts))]
        program(voice, texts, paths)
        return [trim(samples(run("sox", "-D", "-V1", str(path), *RAW, "rate", "-v"))) for path in paths]


def trim(audio):
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
    sox = ["sox", "-D", *RAW, *RAW, "sinc", "-n", "255"]
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
