"""One training step of torchaudio's Tacotron 2, again and again: frames per second and peak memory."""
import argparse
import json
import resource
import statistics
import time

import torch
from torchaudio.models import Tacotron2


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--text-len", type=int, default=100)
    parser.add_argument("--mel-len", type=int, default=400)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--warmup", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)

    model = Tacotron2().train()
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-6)
    batch, text, frames = options.batch_size, options.text_len, options.mel_len
    symbols = torch.randint(1, 148, (batch, text))
    text_lengths = torch.full((batch,), text)
    mels = torch.randn(batch, 80, frames)
    mel_lengths = torch.full((batch,), frames)
    gates = torch.zeros(batch, frames)
    gates[:, -1] = 1.0

    def step():
        before, after, gate, _ = model(symbols, text_lengths, mels, mel_lengths)
        mse = torch.nn.functional.mse_loss
        loss = mse(before, mels) + mse(after, mels)
        loss = loss + torch.nn.functional.binary_cross_entropy_with_logits(gate, gates)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()

    seconds = []
    for number in range(options.warmup + options.steps):
        start = time.perf_counter()
        step()
        if number >= options.warmup:
            seconds.append(time.perf_counter() - start)
    print(json.dumps({
        "frames_per_second": batch * frames / statistics.median(seconds),
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "torch": torch.__version__,
    }))


if __name__ == "__main__":
    main()
