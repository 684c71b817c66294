"""Log-mel extraction with librosa on one thread: seconds of audio per second."""
import argparse
import json
import os
import statistics
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import librosa
import numpy


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--warmup", type=int, default=2)
    options = parser.parse_args()
    wave = numpy.random.default_rng(1).standard_normal(int(22050 * options.seconds))
    wave = (0.1 * wave).astype(numpy.float32)
    basis = librosa.filters.mel(sr=22050, n_fft=1024, n_mels=80, fmin=0, fmax=8000)
    seconds = []
    for number in range(options.warmup + options.steps):
        start = time.perf_counter()
        spectrum = numpy.abs(librosa.stft(wave, n_fft=1024, hop_length=256, pad_mode="reflect"))
        mel = numpy.log(numpy.maximum(basis @ spectrum, 1e-5))
        if number >= options.warmup:
            seconds.append(time.perf_counter() - start)
    assert mel.shape[0] == 80
    print(json.dumps({
        "audio_seconds_per_second": options.seconds / statistics.median(seconds),
        "librosa": librosa.__version__,
    }))


if __name__ == "__main__":
    main()
