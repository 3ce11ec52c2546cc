import json, os, torch
from torch import nn
torch.manual_seed(20261122)
torch.set_default_dtype(torch.float64)
out = {}
def flat(t): return [float(v) for v in t.detach().reshape(-1)]
def case(module, x):
    for p in module.parameters(): nn.init.normal_(p, 0.1, 0.5)
    y = module(x)
    w = torch.randn_like(y)
    (y * w).sum().backward()
    out[str(module)] = {"x": {"shape": list(x.shape), "values": flat(x)}, "y": {"shape": list(y.shape), "values": flat(y)}, "weights": flat(w), "gradient": flat(x.grad),
        "parameters": {k: {"shape": list(v.shape), "values": flat(v), "gradient": flat(v.grad)} for k, v in module.named_parameters()}}
def r(*s): return torch.randn(*s, requires_grad=True)

case(nn.Conv1d(3, 4, 3), r(2, 3, 7))
case(nn.Conv1d(4, 6, 3, stride=2, padding=2, dilation=2, groups=2), r(2, 4, 9))
case(nn.Conv1d(2, 3, 5, padding="same"), r(2, 2, 6))
case(nn.Conv2d(3, 4, 3), r(2, 3, 5, 6))
case(nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=2), r(2, 4, 6, 5))
case(nn.Conv2d(3, 3, 3, padding=2, dilation=2, groups=3, bias=False), r(2, 3, 5, 4))
case(nn.Conv2d(2, 3, (2, 3)), r(2, 2, 4, 5))
case(nn.ConvTranspose2d(3, 4, 3, stride=2, padding=1, output_padding=1), r(2, 3, 3, 4))
case(nn.ConvTranspose2d(4, 2, 2, groups=2), r(2, 4, 3, 3))
case(nn.MaxPool1d(3, stride=2, padding=1), r(2, 2, 7))
case(nn.MaxPool2d(2), r(2, 3, 4, 6))
case(nn.AvgPool1d(2), r(2, 2, 6))
case(nn.AvgPool2d(3, stride=1, padding=1), r(2, 2, 4, 3))
json.dump(out, open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "convolutions.json"), "w"), indent=1)
