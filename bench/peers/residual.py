"""Residual networks for CIFAR-10 (K. He et al. 2016, section 4.2), with random weights."""
from torch import nn
from torch.nn import functional


def convolution(width, wider, stride, folded):
    """3 x 3, with a batch norm behind it or with that folded into its bias."""
    if folded:
        return [nn.Conv2d(width, wider, 3, stride, 1)]
    return [nn.Conv2d(width, wider, 3, stride, 1, bias=False), nn.BatchNorm2d(wider)]


class Block(nn.Module):
    def __init__(self, width, wider, folded):
        super().__init__()
        self.first = nn.Sequential(*convolution(width, wider, 1 if width == wider else 2, folded))
        self.second = nn.Sequential(*convolution(wider, wider, 1, folded))
        self.relu1, self.relu2 = nn.ReLU(), nn.ReLU()
        self.more = wider - width

    def forward(self, x):
        y = self.second(self.relu1(self.first(x)))
        if self.more:
            x = functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.more // 2, self.more // 2))
        return self.relu2(x + y)


def residual_network(depth, folded=False):
    layers, width = [*convolution(3, 16, 1, folded), nn.ReLU()], 16
    for wider in (16, 32, 64):
        for _ in range((depth - 2) // 6):
            layers.append(Block(width, wider, folded))
            width = wider
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)).eval()
