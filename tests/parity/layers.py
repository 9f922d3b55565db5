"""A layer list, as skyclass has it, computed by PyTorch: the reference for the golden files."""
import torch
from torch.nn import functional as F


class Layers:
    """Layers in order; activations are PyTorch's [n][channels][height][width], in float64."""

    def __init__(self):
        self.layers = []  # (kind, name, inputs, fields)
        self.shapes = {}  # name -> (channels, height, width)
        self.parameters = {}  # "NAME.weight" -> tensor, in skyclass's order

    def add(self, kind, name, *inputs, **fields):
        if not inputs and kind != "input":
            inputs = (self.layers[-1][1],)
        self.layers.append((kind, name, inputs, fields))
        if kind == "input":
            self.shapes[name] = (fields["channels"], fields["height"], fields["width"])
            return name
        self._make_parameters(kind, name, self.shapes[inputs[0]][0], fields)
        with torch.no_grad():
            values = {n: torch.zeros(2, *self.shapes[n], dtype=torch.float64) for n in inputs}
            self.shapes[name] = tuple(self._layer(kind, name, inputs, fields, values, False).shape[1:])
        return name

    def _make_parameters(self, kind, name, channels, fields):
        def new(suffix, *shape):
            self.parameters[f"{name}.{suffix}"] = torch.zeros(shape, dtype=torch.float64)

        if kind in ("convolution", "linear"):
            kernel = (fields["kernel"],) * 2 if kind == "convolution" else ()
            new("weight", fields["channels"], channels, *kernel)
            if fields.get("bias"):
                new("bias", fields["channels"])
        elif kind in ("group_norm", "batch_norm"):
            new("weight", channels)
            new("bias", channels)
            if kind == "batch_norm":
                new("running_mean", channels)
                new("running_var", channels)
                self.parameters[f"{name}.running_var"] += 1

    def _layer(self, kind, name, inputs, fields, values, training):
        x = values[inputs[0]]
        weight = self.parameters.get(f"{name}.weight")
        bias = self.parameters.get(f"{name}.bias")
        window = {k: fields[k] for k in ("stride", "padding") if k in fields}
        if kind == "convolution":
            return F.conv2d(x, weight, bias, **window)
        if kind == "linear":
            return F.linear(x.flatten(1), weight, bias)[:, :, None, None]
        if kind == "group_norm":
            return F.group_norm(x, fields["groups"], weight, bias, fields["epsilon"])
        if kind == "batch_norm":
            return F.batch_norm(x, self.parameters[f"{name}.running_mean"],
                                self.parameters[f"{name}.running_var"], weight, bias, training,
                                fields["momentum"], fields["epsilon"])
        if kind == "relu":
            return F.relu(x)
        if kind == "leaky_relu":
            return F.leaky_relu(x, fields["slope"])
        if kind == "max_pool":
            return F.max_pool2d(x, fields["kernel"], **window)
        if kind == "average_pool":
            return F.avg_pool2d(x, fields["kernel"], **window)
        if kind == "adaptive_average":
            return F.adaptive_avg_pool2d(x, (fields["height"], fields["width"]))
        if kind == "add":
            return x + values[inputs[1]]
        if kind == "concatenate":
            return torch.cat([values[n] for n in inputs], 1)
        if kind == "flatten":
            return x.flatten(1)[:, :, None, None]
        if kind == "dropout":
            return x  # golden networks have rate 0
        if kind == "crop_enlarge":
            size, start = fields["crop_size"], fields["crop_start"]
            rows = start + torch.arange(fields["height"]) * size // fields["height"]
            columns = start + torch.arange(fields["width"]) * size // fields["width"]
            return x[:, :, rows][:, :, :, columns]
        raise ValueError(kind)

    def run(self, x, training=False):
        """Every layer's output by name; running statistics move in training."""
        values = {}
        for kind, name, inputs, fields in self.layers:
            values[name] = x if kind == "input" else self._layer(kind, name, inputs, fields,
                                                                 values, training)
        return values

    def trainable(self):
        return {n: p for n, p in self.parameters.items() if "running" not in n}

    def text(self):
        """What tests/network_text.h reads."""
        lines = []
        for kind, name, inputs, fields in self.layers:
            pairs = [f"{key}={value:g}" for key, value in fields.items()]
            lines.append(" ".join([kind, name, ",".join(inputs) or "-", *pairs]))
        return "\n".join(lines) + "\n"


class GuidedReLU(torch.autograd.Function):
    """(Leaky) ReLU that hands on a gradient only where activation and gradient are positive."""

    @staticmethod
    def forward(context, x, slope):
        context.save_for_backward(x)
        return F.leaky_relu(x, slope)

    @staticmethod
    def backward(context, gradient):
        (x,) = context.saved_tensors
        return gradient * (x > 0) * (gradient > 0), None


class GuidedLayers:
    """The same layers and parameters, with guided activations."""

    def __init__(self, layers):
        self.layers = layers

    def run(self, x):
        values = {}
        for kind, name, inputs, fields in self.layers.layers:
            if kind == "input":
                values[name] = x
            elif kind in ("relu", "leaky_relu"):
                values[name] = GuidedReLU.apply(values[inputs[0]], fields.get("slope", 0.0))
            else:
                values[name] = self.layers._layer(kind, name, inputs, fields, values, False)
        return values
