#!/usr/bin/python3
"""Small ONNX graphs by PyTorch's exporter and what PyTorch makes of an input: make_onnx_golden.py DIRECTORY

For every NAME a NAME.onnx; NAME.input and NAME.output are their first input and its output (after
softmax or sigmoid where the graph ends so) as float32, little-endian. tests/unit/test_onnx.c reads
them from tests/unit/data/onnx.
"""
import os
import sys
import warnings

import torch
from torch import nn
from torch.nn import functional


class Gate(nn.Module):
    """Squeeze and excitation."""

    def __init__(self, channels):
        super().__init__()
        self.down = nn.Conv2d(channels, 4, 1)
        self.up = nn.Conv2d(4, channels, 1)

    def forward(self, x):
        gate = functional.adaptive_avg_pool2d(x, 1)
        return x * torch.sigmoid(self.up(functional.relu(self.down(gate))))


class Shuffle(nn.Module):
    """A unit of ShuffleNet v2: split, convolve a half, join, shuffle."""

    def __init__(self, channels):
        super().__init__()
        self.other = nn.Sequential(nn.Conv2d(channels // 2, channels // 2, 3, padding=1, groups=channels // 2),
                                  nn.BatchNorm2d(channels // 2), nn.SiLU())

    def forward(self, x):
        first, second = x.chunk(2, dim=1)
        x = torch.cat((first, self.other(second)), dim=1)
        n, channels, height, width = x.size()
        x = x.view(n, 2, channels // 2, height, width).transpose(1, 2).contiguous()
        return x.view(n, channels, height, width)


class Odd(nn.Module):
    """Constants, transpositions and reductions as people write them."""

    def forward(self, x):
        x = (x - torch.tensor([0.5, 0.4, 0.3]).view(1, 3, 1, 1)) / 0.25
        x = functional.pad(x, (1, 2, 0, 1))
        x = x.permute(0, 2, 3, 1) * torch.tensor([1.0, 2.0, -1.0])
        x = x.permute(0, 3, 1, 2)
        return torch.cat((x.mean((2, 3)), x.amax((2, 3)), 2 - functional.avg_pool2d(x, 3, 2).flatten(1)), 1)


def networks():
    plain = lambda: nn.Sequential(
        nn.Conv2d(3, 8, 5, stride=2, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True),
        nn.Conv2d(8, 12, 3, padding=2, dilation=2, groups=2), nn.LeakyReLU(0.3), nn.AvgPool2d(2),
        nn.Flatten(), nn.Dropout(), nn.Linear(48, 10), nn.Tanh(), nn.Linear(10, 4))
    yield "plain", plain, (7, 9, 11, 13, 16)
    yield "softmax", lambda: nn.Sequential(plain(), nn.Softmax(1)), (8, 14)
    yield "sigmoid", lambda: nn.Sequential(plain(), nn.Linear(4, 1), nn.Sigmoid()), (12,)
    yield "norms", lambda: nn.Sequential(
        nn.Conv2d(3, 12, 3, bias=False), nn.BatchNorm2d(12), nn.ReLU6(), nn.Conv2d(12, 12, 3),
        nn.GroupNorm(3, 12), nn.ELU(0.7), nn.Conv2d(12, 8, (1, 3)), nn.InstanceNorm2d(8, affine=True),
        nn.PReLU(8), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(8, 4)), (9, 13, 17)
    yield "gates", lambda: nn.Sequential(
        nn.Conv2d(3, 12, 3, stride=2), nn.Hardswish(), Gate(12), nn.GELU(), nn.Conv2d(12, 8, 2), nn.Mish(),
        nn.Softplus(), nn.SELU(), nn.AvgPool2d(3, 2, 1, count_include_pad=False), nn.Flatten(),
        nn.Linear(72, 4), nn.Hardsigmoid()), (14, 17)
    yield "shuffle", lambda: nn.Sequential(nn.Conv2d(3, 8, 3), Shuffle(8), Shuffle(8), nn.AdaptiveMaxPool2d(1),
                                           nn.Flatten(), nn.Linear(8, 3)), (10, 15)
    yield "odd", Odd, (11, 17)


def main(directory):
    warnings.simplefilter("ignore")
    torch.manual_seed(7)
    x = torch.randn(2, 3, 16, 16)
    for name, make, opsets in networks():
        network = make()
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_()
                module.running_var.uniform_(0.5, 2)
                nn.init.normal_(module.weight)
        network.eval()
        for opset in opsets:
            path = os.path.join(directory, f"{name}_{opset}")
            torch.onnx.export(network, x[:1], path + ".onnx", opset_version=opset,
                              input_names=["image"], dynamic_axes={"image": {0: "n"}})
            x[:1].numpy().astype("<f4").tofile(path + ".input")
            with torch.no_grad():
                network(x[:1]).numpy().astype("<f4").tofile(path + ".output")


if __name__ == "__main__":
    main(sys.argv[1])
