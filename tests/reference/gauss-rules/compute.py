"""Nodes and weights of Gauss rules with 50 digits, rounded to double. Run with python3-mpmath; writes gauss_rules.json beside itself."""
import json
import os

import mpmath as mp

mp.mp.dps = 50


def rule(n, a, b):
    J = mp.zeros(n)
    for k in range(n):
        J[k, k] = a(k)
        if k:
            J[k, k - 1] = J[k - 1, k] = mp.sqrt(b(k))
    values, vectors = mp.eigsy(J)
    pairs = sorted(((values[i], b(0) * vectors[0, i] ** 2) for i in range(n)), key=lambda p: p[0])
    return [float(x) if abs(x) > mp.mpf(10) ** -40 else 0.0 for x, _ in pairs], [float(w) for _, w in pairs]


def jacobi(alpha, beta):
    al, be = mp.mpf(alpha), mp.mpf(beta)

    def a(k):
        return (be - al) / (al + be + 2) if k == 0 else (be**2 - al**2) / ((2 * k + al + be) * (2 * k + al + be + 2))

    def b(k):
        s = 2 * k + al + be
        if k == 0:
            return mp.mpf(2) ** (al + be + 1) * mp.beta(al + 1, be + 1)
        if k == 1:
            return 4 * (1 + al) * (1 + be) / ((2 + al + be) ** 2 * (3 + al + be))
        return 4 * k * (k + al) * (k + be) * (k + al + be) / (s**2 * (s + 1) * (s - 1))

    return a, b


cases = []
for n in (1, 4, 17, 60):
    zero = lambda k: mp.mpf(0)
    cases.append(("legendre", n, 0, 0, rule(n, zero, lambda k: mp.mpf(2) if k == 0 else mp.mpf(k * k) / (4 * k * k - 1))))
    cases.append(("hermite", n, 0, 0, rule(n, zero, lambda k: mp.sqrt(mp.pi) if k == 0 else mp.mpf(k) / 2)))
    for alpha in (0, -0.5, 2.75):
        al = mp.mpf(alpha)
        cases.append(("laguerre", n, alpha, 0, rule(n, lambda k: 2 * k + 1 + al, lambda k: mp.gamma(al + 1) if k == 0 else k * (k + al))))
    for alpha, beta in ((0.5, -0.25), (-0.5, 0.5), (3, 1.5), (0, 0), (-0.75, -0.75)):
        cases.append(("jacobi", n, alpha, beta, rule(n, *jacobi(alpha, beta))))
out = [{"id": f"{f}/{n}/{a}/{b}", "family": f, "n": n, "alpha": a, "beta": b, "nodes": r[0], "weights": r[1]} for f, n, a, b, r in cases]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "gauss_rules.json"), "w") as file:
    file.write('{"cases": [\n' + ",\n".join(json.dumps(c) for c in out) + "\n]}\n")
