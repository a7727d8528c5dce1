#!/usr/bin/env python3
"""NumPy's float32 normals a second on one core.

Prints a JSON line for --seconds, or, without it, one for each number of seconds that comes in as a line.
"""
import argparse
import json
import sys
import time

import numpy

parser = argparse.ArgumentParser()
parser.add_argument("--seconds", type=float)
options = parser.parse_args()

generator, values = numpy.random.default_rng(0), numpy.empty(1 << 18, numpy.float32)
for seconds in [options.seconds] if options.seconds else map(float, sys.stdin):
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        generator.standard_normal(dtype=numpy.float32, out=values)
        count += values.size
    print(json.dumps({"perSecond": count / (time.perf_counter() - start), "version": numpy.__version__}), flush=True)
