import json, os, torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(20260801)
torch.set_default_dtype(torch.float64)
out = {}
def flat(t): return [float(v) for v in t.detach().reshape(-1)]
def case(name, x, module, y, **extra):
    w = torch.randn_like(y)
    (y * w).sum().backward()
    c = {"x": {"shape": list(x.shape), "values": flat(x)}, "y": {"shape": list(y.shape), "values": flat(y)}, "weights": flat(w), "gradient": flat(x.grad),
         "parameters": {k: {"shape": list(v.shape), "values": flat(v), "gradient": flat(v.grad)} for k, v in module.named_parameters()}}
    c.update(extra)
    out[name] = c
def randomize(m):
    for p in m.parameters(): nn.init.normal_(p, 0.1, 0.5)
    return m
def r(*s): return torch.randn(*s, requires_grad=True)

m = randomize(nn.LayerNorm(5)); x = r(3, 4, 5); case("LayerNorm", x, m, m(x), call="nn.LayerNorm(5)")
m = randomize(nn.GroupNorm(2, 6)); x = r(2, 6, 3, 2); case("GroupNorm", x, m, m(x), call="nn.GroupNorm(2, 6); x is [examples, channels, height, width]")
m = randomize(nn.BatchNorm1d(4)); x = r(6, 4); y = m(x)
running = {"mean": flat(m.running_mean), "variance": flat(m.running_var)}
case("BatchNorm", x, m, y, call="nn.BatchNorm1d(4) in training, one step from its first state", running=running)
m.eval(); x2 = torch.randn(3, 4); out["BatchNorm"]["evaluation"] = {"x": flat(x2), "y": flat(m(x2))}
m = randomize(nn.RNN(3, 4, 1, batch_first=True)); x = r(2, 5, 3); y, h = m(x); case("RNN", x, m, y, call="nn.RNN(3, 4, 1, batch_first=True)", h=flat(h))
m = randomize(nn.GRU(3, 4, 2, batch_first=True)); x = r(2, 5, 3); y, h = m(x); case("GRU", x, m, y, call="nn.GRU(3, 4, 2, batch_first=True)", h=flat(h))
m = randomize(nn.LSTM(3, 4, 2, batch_first=True)); x = r(2, 5, 3); y, (h, c) = m(x); case("LSTM", x, m, y, call="nn.LSTM(3, 4, 2, batch_first=True)", h=flat(h), c=flat(c))
m = randomize(nn.MultiheadAttention(6, 2, batch_first=True)); x = r(2, 4, 6); mask = torch.triu(torch.ones(4, 4), 1).bool()
y, _ = m(x, x, x, attn_mask=mask); case("MultiheadAttention", x, m, y, call="nn.MultiheadAttention(6, 2, batch_first=True) of x with itself, causal mask")
m = randomize(nn.MultiheadAttention(6, 3, batch_first=True)); x = r(2, 4, 6); ctx = torch.randn(2, 5, 6)
y, _ = m(x, ctx, ctx); case("CrossAttention", x, m, y, call="nn.MultiheadAttention(6, 3, batch_first=True), queries x, keys and values context", context={"shape": [2, 5, 6], "values": flat(ctx)})
for pre in (False, True):
    m = randomize(nn.TransformerEncoderLayer(6, 2, 8, dropout=0.0, activation=F.gelu, batch_first=True, norm_first=pre)); x = r(2, 4, 6)
    m.train(); y = m(x); case("TransformerPreNorm" if pre else "TransformerPostNorm", x, m, y, call=f"nn.TransformerEncoderLayer(6, 2, 8, dropout=0, activation=F.gelu, batch_first=True, norm_first={pre})")

losses = {}
def loss(name, call, arguments, y):
    losses[name] = {"call": call, "arguments": [{"shape": list(a.shape), "values": flat(a)} for a in arguments], "y": {"shape": list(y.shape), "values": flat(y)}}
p, t = torch.randn(3, 4) * 2, torch.randn(3, 4)
loss("mse", "F.mse_loss(p, t)", [p, t], F.mse_loss(p, t))
loss("mae", "F.l1_loss(p, t)", [p, t], F.l1_loss(p, t))
loss("huber", "F.huber_loss(p, t, reduction='none', delta=0.7)", [p, t], F.huber_loss(p, t, reduction='none', delta=0.7))
z = torch.randn(5, 4) * 3; k = torch.tensor([0, 3, 1, 1, 2]); q = torch.softmax(torch.randn(5, 4), -1)
loss("cross-entropy", "F.cross_entropy(z, k, reduction='none')", [z, k.double()], F.cross_entropy(z, k, reduction='none'))
loss("cross-entropy, smoothed", "F.cross_entropy(z, k, reduction='none', label_smoothing=0.1)", [z, k.double()], F.cross_entropy(z, k, reduction='none', label_smoothing=0.1))
loss("cross-entropy, soft", "F.cross_entropy(z, q, reduction='none')", [z, q], F.cross_entropy(z, q, reduction='none'))
loss("cross-entropy, soft and smoothed", "F.cross_entropy(z, q, reduction='none', label_smoothing=0.2)", [z, q], F.cross_entropy(z, q, reduction='none', label_smoothing=0.2))
b = (torch.rand(3, 4) > 0.5).double(); zz = torch.randn(3, 4) * 4; s = torch.rand(3, 4)
zz[0, 0], zz[0, 1] = 800.0, -800.0
loss("binary cross-entropy", "F.binary_cross_entropy_with_logits(z, s, reduction='none')", [zz, s], F.binary_cross_entropy_with_logits(zz, s, reduction='none'))
zf = torch.randn(3, 4) * 3; pr = torch.sigmoid(zf); ce = F.binary_cross_entropy_with_logits(zf, b, reduction='none'); pt = pr * b + (1 - pr) * (1 - b)
loss("focal", "(0.3 b + 0.7 (1 - b)) * (1 - p_t) ** 1.5 * F.binary_cross_entropy_with_logits(z, b, reduction='none'), p_t = sigmoid(z) b + (1 - sigmoid(z)) (1 - b)", [zf, b], (0.3 * b + 0.7 * (1 - b)) * (1 - pt) ** 1.5 * ce)
lv = torch.randn(3, 4)
loss("gaussian", "F.gaussian_nll_loss(p, t, v.exp(), full=True, reduction='none')", [p, lv, t], F.gaussian_nll_loss(p, t, lv.exp(), full=True, reduction='none'))
a, c = torch.randn(6, 5), torch.randn(6, 5)
sim = F.normalize(a, dim=-1) @ F.normalize(c, dim=-1).T / 0.2
loss("info-nce", "F.cross_entropy(F.normalize(a, dim=-1) @ F.normalize(c, dim=-1).T / 0.2, torch.arange(6), reduction='none')", [a, c], F.cross_entropy(sim, torch.arange(6), reduction='none'))
m1, l1, m2, l2 = torch.randn(4), torch.randn(4), torch.randn(4), torch.randn(4)
N = torch.distributions
loss("gaussian divergence", "kl_divergence(Normal(m1, (l1 / 2).exp()), Normal(m2, (l2 / 2).exp()))", [m1, l1, m2, l2], N.kl_divergence(N.Normal(m1, (l1 / 2).exp()), N.Normal(m2, (l2 / 2).exp())))
z1, z2 = torch.randn(3, 4), torch.randn(3, 4)
loss("categorical divergence", "kl_divergence(Categorical(logits=z1), Categorical(logits=z2))", [z1, z2], N.kl_divergence(N.Categorical(logits=z1), N.Categorical(logits=z2)))
loss("bernoulli divergence", "kl_divergence(Bernoulli(logits=z1), Bernoulli(logits=z2))", [z1, z2], N.kl_divergence(N.Bernoulli(logits=z1), N.Bernoulli(logits=z2)))
e1, e2 = torch.randn(5, 3), torch.randn(4, 3) + 0.5
loss("energy", "2 cdist(x, y).mean() - cdist(x, x).mean() - cdist(y, y).mean()", [e1, e2], 2 * torch.cdist(e1, e2, compute_mode='donot_use_mm_for_euclid_dist').mean() - torch.cdist(e1, e1, compute_mode='donot_use_mm_for_euclid_dist').mean() - torch.cdist(e2, e2, compute_mode='donot_use_mm_for_euclid_dist').mean())
h1, h2 = torch.softmax(torch.randn(3, 5), -1), torch.softmax(torch.randn(3, 5), -1)
d = h2.cumsum(-1) - h1.cumsum(-1)
loss("earth mover's pinball", "torch.maximum(0.3 d, -0.7 d).sum(-1), d = t.cumsum(-1) - p.cumsum(-1)", [h1, h2], torch.maximum(0.3 * d, -0.7 * d).sum(-1))
out["losses"] = losses
json.dump({"source": "PyTorch " + torch.__version__ + ", float64", **out}, open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "networks.json"), "w"), indent=None, separators=(",", ":"))
