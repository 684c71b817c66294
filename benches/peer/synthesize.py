"""Free-running synthesis of mel by torchaudio's Tacotron 2, one sentence: frames per second."""
import argparse
import json
import resource
import statistics
import time

import torch
from torchaudio.models import Tacotron2


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch-size", type=int, default=1)
    parser.add_argument("--text-len", type=int, default=100)
    parser.add_argument("--mel-len", type=int, default=400)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--warmup", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)

    # No probability is above 1, so only the number of steps ends a pass.
    model = Tacotron2(decoder_max_step=options.mel_len, gate_threshold=1.0).eval()
    symbols = torch.randint(1, 148, (options.batch_size, options.text_len))
    lengths = torch.full((options.batch_size,), options.text_len)
    seconds = []
    with torch.inference_mode():
        for number in range(options.warmup + options.steps):
            start = time.perf_counter()
            mel, _, _ = model.infer(symbols, lengths)
            if number >= options.warmup:
                seconds.append(time.perf_counter() - start)
            assert mel.shape[-1] == options.mel_len, mel.shape
    print(json.dumps({
        "frames_per_second": options.batch_size * options.mel_len / statistics.median(seconds),
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "torch": torch.__version__,
    }))


if __name__ == "__main__":
    main()
