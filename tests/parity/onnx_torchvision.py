#!/usr/bin/python3
"""torchvision's classifiers, random weights, through ONNX: onnx_torchvision.py RUN_ONNX SCRATCH ?NAME ...?

Each is exported for the operator sets below and run by skyclass (RUN_ONNX) and by PyTorch on one random
image. Prints how far the logits are apart, in units of the largest; fails where that is more than 1e-4.
"""
import os
import subprocess
import sys
import warnings

import numpy as np
import torch
import torchvision

NAMES = ("resnet18", "resnet34", "resnet50", "resnet101", "vgg16", "vgg19_bn", "alexnet", "squeezenet1_1",
         "densenet121", "googlenet", "mobilenet_v2", "mobilenet_v3_large", "shufflenet_v2_x1_0",
         "efficientnet_b0", "mnasnet1_0", "regnet_y_400mf", "resnext50_32x4d", "wide_resnet50_2")
OPSETS = (11, 17)


def network_of(name):
    extra = {"init_weights": True, "aux_logits": False} if name == "googlenet" else {}
    network = getattr(torchvision.models, name)(weights=None, num_classes=4, **extra)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.running_mean, 0, 0.1)
            torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
    return network.eval()


def difference(program, network, x, opset, scratch):
    join = lambda name: os.path.join(scratch, name)
    torch.onnx.export(network, x, join("net.onnx"), opset_version=opset)
    x.numpy().astype("<f4").tofile(join("input"))
    said = subprocess.run([program, join("net.onnx"), join("input"), join("output")], capture_output=True,
                          text=True)
    if said.returncode != 0:
        return said.stderr.strip()
    with torch.no_grad():
        expected = network(x).numpy()[0]
    return float(abs(np.fromfile(join("output"), "<f4") - expected).max() / abs(expected).max())


def main(program, scratch, *names):
    warnings.simplefilter("ignore")
    torch.manual_seed(3)
    os.makedirs(scratch, exist_ok=True)
    failed = 0
    for name in names or NAMES:
        network, x = network_of(name), torch.randn(1, 3, 224, 224)
        for opset in OPSETS:
            apart = difference(program, network, x, opset, scratch)
            good = isinstance(apart, float) and apart <= 1e-4
            failed += not good
            print(f"{name:20} operator set {opset}: {apart if isinstance(apart, str) else f'{apart:.1e}'}"
                  f"{'' if good else '  FAILED'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
