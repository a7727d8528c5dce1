#!/usr/bin/env python3
"""Activation noise by PyTorch forward hooks: images a second on a CIFAR residual network with random weights.

Prints a JSON line for --seconds, or, without it, one for each number of seconds that comes in as a line.
"""
import argparse
import json
import sys
import time

import torch
from torch import nn

from residual import residual_network


parser = argparse.ArgumentParser()
parser.add_argument("--depth", type=int, default=20)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--batch", type=int, default=64)
parser.add_argument("--seconds", type=float)
options = parser.parse_args()

torch.set_num_threads(options.threads)
network, sigma = residual_network(options.depth), 0.1
for module in network.modules():
    if isinstance(module, nn.ReLU):
        module.register_forward_hook(lambda _module, _inputs, output: output + sigma * torch.randn_like(output))
x = torch.randn(options.batch, 3, 32, 32)
with torch.inference_mode():
    network(x)
    for seconds in [options.seconds] if options.seconds else map(float, sys.stdin):
        images, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            network(x)
            images += options.batch
        print(json.dumps({"perSecond": images / (time.perf_counter() - start), "version": torch.__version__}), flush=True)
