#!/usr/bin/env python3
"""The first order of small noise by PyTorch's autograd: images a second on a CIFAR residual network with random weights.

For each image the margin of the predicted class and the squared norm of its gradient at the input and behind every ReLU.
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
network = residual_network(options.depth, folded=True)  # as in the graph that is compared
for parameter in network.parameters():
    parameter.requires_grad_(False)
activations = []
for module in network.modules():
    if isinstance(module, nn.ReLU):
        module.register_forward_hook(lambda _module, _inputs, output: activations.append(output))
x = torch.randn(options.batch, 3, 32, 32, requires_grad=True)


def first_order():
    activations.clear()
    logits = network(x)
    best = logits.topk(2, dim=1).values
    margin = best[:, 0] - best[:, 1]
    gradients = torch.autograd.grad(margin.sum(), [x, *activations])
    return margin.detach(), [(g * g).flatten(1).sum(1) for g in gradients]


first_order()
for seconds in [options.seconds] if options.seconds else map(float, sys.stdin):
    images, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        first_order()
        images += options.batch
    print(json.dumps({"perSecond": images / (time.perf_counter() - start), "version": torch.__version__}), flush=True)
