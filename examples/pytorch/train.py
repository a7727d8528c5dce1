"""Train a small classifier of garments in PyTorch and export it for APEX.

Writes garments.onnx with its sidecar garments.apex.json, the training data as images.npy and labels.npy, and wrong.npy: 1 for each label
that was made wrong on purpose (5 %), so that what an audit finds can be checked.

    python3 train.py FASHION_MNIST_FOLDER
"""
import gzip
import inspect
import json
import sys
from pathlib import Path

try:
    import numpy as np
    import torch
    from torch import nn
except ModuleNotFoundError as missing:
    sys.exit(f"train.py: {sys.executable} has no module {missing.name}; install it with: pip install numpy torch (on Debian: apt-get install python3-torch)")

CLASSES = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
MEAN, STD = 0.286, 0.353  # of Fashion-MNIST, with pixels from 0 to 1
TRAINING, WRONG, EPOCHS = 5000, 0.05, 30


def read(folder, kind, header, shape):
    with gzip.open(Path(folder) / f"t10k-{kind}-ubyte.gz") as file:
        return np.frombuffer(file.read(), np.uint8, offset=header).reshape(shape).copy()


def accuracy(model, x, y):
    with torch.no_grad():
        return (model(x).argmax(1) == y).float().mean().item()


def main(folder):
    random = np.random.default_rng(0)
    torch.manual_seed(0)
    images = read(folder, "images-idx3", 16, (-1, 28, 28))
    labels = read(folder, "labels-idx1", 8, (-1,)).astype(np.int64)
    wrong = random.choice(TRAINING, int(WRONG * TRAINING), replace=False)
    labels[wrong] = (labels[wrong] + random.integers(1, len(CLASSES), len(wrong))) % len(CLASSES)

    x = torch.from_numpy(images).float().div(255).sub(MEAN).div(STD).unsqueeze(1)
    y = torch.from_numpy(labels)
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * 7 * 7, 64), nn.ReLU(), nn.Linear(64, len(CLASSES)),
    )
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(EPOCHS):
        total = 0.0
        for batch in torch.randperm(TRAINING).split(64):
            optimiser.zero_grad()
            loss = nn.functional.cross_entropy(model(x[batch]), y[batch])
            loss.backward()
            optimiser.step()
            total += loss.item() * len(batch)
        print(f"epoch {epoch + 1} of {EPOCHS}: loss {total / TRAINING:.3f}", flush=True)
    model.eval()
    print(f"accuracy: training {accuracy(model, x[:TRAINING], y[:TRAINING]):.3f} ({WRONG:.0%} of its labels are wrong), test {accuracy(model, x[TRAINING:], y[TRAINING:]):.3f}")

    # The older exporter needs no further package; the newest versions of PyTorch have to be asked for it.
    exporter = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
    torch.onnx.export(model, x[:1], "garments.onnx", input_names=["images"], output_names=["logits"], dynamic_axes={"images": {0: "n"}, "logits": {0: "n"}}, **exporter)
    # How pixels become the network's input, and what its classes are called.
    Path("garments.apex.json").write_text(json.dumps({"preprocessing": {"scale": 1 / 255, "mean": [MEAN], "std": [STD]}, "classes": CLASSES}, indent=2))
    np.save("images.npy", images[:TRAINING])
    np.save("labels.npy", labels[:TRAINING])
    np.save("wrong.npy", np.isin(np.arange(TRAINING), wrong).astype(np.uint8))


if __name__ == "__main__":
    main(*sys.argv[1:])
