"""The timed networks in PyTorch, with random weights: what tests/bench/networks.c builds."""
import torch
from torch import nn


class VectorNorm(nn.GroupNorm):
    """Group norm of vectors as maps one pixel long, which PyTorch 1.13 can export."""

    def forward(self, x):
        return super().forward(x[:, :, None]).flatten(1)


class Pathway(nn.Sequential):
    def __init__(self):
        layers = []
        for i, channels in enumerate([5, 128, 128, 128, 128, 128, 128]):
            if i == 4:
                layers.append(nn.MaxPool2d(2))
            layers += [nn.Conv2d(channels, 128, 3, padding=1), nn.GroupNorm(8, 128),
                       nn.LeakyReLU(0.01)]
        layers += [nn.Flatten(), nn.Linear(32768, 128), VectorNorm(8, 128), nn.LeakyReLU(0.01),
                   nn.Dropout(0.5)]
        super().__init__(*layers)


class StarcNet(nn.Module):
    """Perez et al. 2021, figure 5: three pathways over the whole and two central cutouts."""

    def __init__(self):
        super().__init__()
        self.pathways = nn.ModuleList(Pathway() for _ in range(3))
        self.last = nn.Linear(384, 4)

    def forward(self, x):
        middle = nn.functional.interpolate(x[:, :, 6:26, 6:26], size=(32, 32))
        centre = nn.functional.interpolate(x[:, :, 11:22, 11:22], size=(32, 32))
        return self.last(torch.cat([p(v) for p, v in zip(self.pathways, (x, middle, centre))], 1))


def convolution(channels, out, kernel, stride=1):
    return [nn.Conv2d(channels, out, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(out)]


class Block(nn.Module):
    def __init__(self, channels, width, stride, bottleneck):
        super().__init__()
        out = 4 * width if bottleneck else width
        if bottleneck:
            layers = [*convolution(channels, width, 1), nn.ReLU(),
                      *convolution(width, width, 3, stride), nn.ReLU(), *convolution(width, out, 1)]
        else:
            layers = [*convolution(channels, width, 3, stride), nn.ReLU(),
                      *convolution(width, width, 3)]
        self.body = nn.Sequential(*layers)
        self.shortcut = (nn.Identity() if channels == out
                         else nn.Sequential(*convolution(channels, out, 1, stride)))

    def forward(self, x):
        return torch.relu(self.body(x) + self.shortcut(x))


def resnet(bands, blocks, bottleneck, classes):
    layers = [*convolution(bands, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    channels = 64
    for stage, count in enumerate(blocks):
        for block in range(count):
            width = 64 << stage
            layers.append(Block(channels, width, 2 if stage and not block else 1, bottleneck))
            channels = 4 * width if bottleneck else width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                         nn.Linear(channels, classes))


class AdaptiveAverage(nn.Module):
    """nn.AdaptiveAvgPool2d as two products with a matrix of weights, which ONNX can express."""

    def __init__(self, size_in, size_out):
        super().__init__()
        weights = torch.zeros(size_in, size_out)
        for i in range(size_out):
            first, end = i * size_in // size_out, -(-(i + 1) * size_in // size_out)
            weights[first:end, i] = 1 / (end - first)
        self.register_buffer("weights", weights)

    def forward(self, x):
        return self.weights.t() @ x @ self.weights


def vgg19_bn(bands, classes):
    layers, channels = [], bands
    for count, width in ((2, 64), (2, 128), (4, 256), (4, 512), (4, 512)):
        for _ in range(count):
            layers += [*convolution(channels, width, 3), nn.ReLU()]
            channels = width
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, AdaptiveAverage(9, 7), nn.Flatten(),
                         nn.Linear(512 * 49, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU(),
                         nn.Linear(4096, classes))


# name -> (constructor, shape of one input)
NETWORKS = {
    "starcnet": (StarcNet, (5, 32, 32)),
    "resnet18": (lambda: resnet(6, (2, 2, 2, 2), False, 4), (6, 299, 299)),
    "vgg19_bn": (lambda: vgg19_bn(6, 4), (6, 299, 299)),
    "resnet50": (lambda: resnet(3, (3, 4, 6, 3), True, 2), (3, 224, 224)),
}
