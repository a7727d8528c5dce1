"""A run as arrays: what pandas and NumPy users need of it.

    pip install pandas pyarrow
    python3 read_run.py RUN

docs/format.md describes every column.
"""
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd


def read(run):
    """Gives run.json, one row for each sample, and counts of predictions with shape [samples, sigmas, classes]."""
    run = Path(run)
    info = json.loads((run / "run.json").read_text())
    samples = pd.read_parquet(run / "samples")
    observations = pd.read_parquet(run / "observations")
    counts = np.stack(observations["counts"]).reshape(len(samples), len(info["plan"]["sigmas"]), -1)
    return info, samples, counts


def main(run):
    info, samples, counts = read(run)
    # A sample without a finite clean logit has no clean prediction to flip from.
    known = samples["clean_prediction"].notna().to_numpy()
    samples, counts = samples[known].reset_index(drop=True), counts[known]
    clean = samples["clean_prediction"].to_numpy(int)
    kept = np.take_along_axis(counts, clean[:, None, None], axis=2)[:, :, 0] / counts.sum(axis=2)  # [samples, sigmas]

    print(f"flip rate, n = {len(samples)}")
    for sigma, rate in zip(info["plan"]["sigmas"], 1 - kept.mean(axis=0)):
        print(f"  sigma {sigma:8.4g}  {rate:6.1%}")

    # The smallest level at which half of the draws have flipped; NaN where none has.
    flipped = kept <= 0.5
    samples["escapes_at"] = np.where(flipped.any(axis=1), np.asarray(info["plan"]["sigmas"])[flipped.argmax(axis=1)], np.nan)
    print(samples.sort_values(["escapes_at", "clean_margin"])[["sample_id", "label", "clean_prediction", "clean_margin", "escapes_at"]].head(10).to_string(index=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
