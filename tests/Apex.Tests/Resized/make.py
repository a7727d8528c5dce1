"""Makes resized.npz: small images, and what Pillow 9.4.0 and OpenCV 4.6.0 (Debian 12, NumPy 1.24.2) make of them.

    python3 make.py          (apt-get install python3-pil python3-opencv)

Arrays: IMAGE is [channels, rows, columns]. IMAGE.HEIGHTxWIDTH is the same image resized by each of FILTERS, [filters, channels, height, width].
uint8 images are resized as such, which rounds after each pass; float32 ones in floating point, which does not. These hold 64..191, so that no
cubic overshoots 0..255: Pillow cuts bytes only.

Beside it: border/ holds one 20x20 image, a network whose logits are the resized pixels, and Pillow's (mode F, bilinear, 8x8) in right.npy.
filter/ holds nine images of 20x20 whose labels are what the network says of them when Pillow makes them 8x8 by its bicubic.
"""
import cv2
import numpy as np
from PIL import Image


def pillow(mode):
    return lambda image, height, width: np.asarray(Image.fromarray(image).resize((width, height), mode))


def opencv(mode):
    return lambda image, height, width: cv2.resize(image, (width, height), interpolation=mode)


FILTERS = {
    "bilinear": pillow(Image.BILINEAR),
    "bicubic": pillow(Image.BICUBIC),
    "nearest": pillow(Image.NEAREST),
    "area": opencv(cv2.INTER_AREA),
    "opencv-bilinear": opencv(cv2.INTER_LINEAR),
}
random = np.random.default_rng(7)


def noise(*shape):
    return random.integers(0, 256, shape).astype(np.uint8)


step = np.zeros((6, 9), np.uint8)
step[:3, 4:] = step[3:, :4] = 255
images = {  # name: (image [rows, columns] or [rows, columns, 3], sizes to make of it)
    "grey": (noise(20, 20), [(8, 8), (7, 13), (1, 3), (23, 27)]),
    "colour": (noise(11, 18, 3), [(5, 7), (13, 20), (7, 23), (11, 6)]),
    "narrow": (noise(31, 4), [(6, 3), (10, 9), (62, 8)]),
    "step": (step, [(13, 20), (4, 5)]),
    "dot": (noise(1, 1), [(3, 2)]),
    "float": (random.uniform(64, 191, (19, 14)).astype(np.float32), [(6, 5), (8, 20), (21, 17)]),
}


def planar(image):
    return image[None] if image.ndim == 2 else image.transpose(2, 0, 1)


arrays = {}
for name, (image, sizes) in images.items():
    arrays[name] = planar(image)
    for height, width in sizes:
        arrays[f"{name}.{height}x{width}"] = np.stack([planar(resize(image, height, width)) for resize in FILTERS.values()])
np.savez_compressed("resized.npz", **{name: np.ascontiguousarray(array) for name, array in arrays.items()})
