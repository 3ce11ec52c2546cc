"""Estimates with the logistic reward model at its minimiser, in plain Python without any library: writes logistic-minimiser.json.

The model is the one that README.md describes. Newton's method runs until no component of the gradient exceeds 1e-11.
Usage: python3 make_logistic.py, in this folder.
"""

import csv
import gzip
import json
import math
import os

HERE = os.path.dirname(os.path.abspath(__file__))
REFERENCE = json.load(open(os.path.join(HERE, "reference-estimates.json")))["campaigns"]


def solve(matrix, right):
    n = len(right)
    a = [row[:] + [value] for row, value in zip(matrix, right)]
    for i in range(n):
        pivot = max(range(i, n), key=lambda k: abs(a[k][i]))
        a[i], a[pivot] = a[pivot], a[i]
        for k in range(i + 1, n):
            factor = a[k][i] / a[i][i]
            if factor:
                for j in range(i, n + 1):
                    a[k][j] -= factor * a[i][j]
    x = [0.0] * n
    for i in range(n - 1, -1, -1):
        x[i] = (a[i][n] - sum(a[i][j] * x[j] for j in range(i + 1, n))) / a[i][i]
    return x


def fit(rows, rewards):
    p = len(rows[0])
    beta = [0.0] * p
    for _ in range(50):
        gradient = [0.0] + [-b for b in beta[1:]]
        hessian = [[float(i == j and i > 0) for j in range(p)] for i in range(p)]
        for x, r in zip(rows, rewards):
            q = 1 / (1 + math.exp(-sum(u * v for u, v in zip(x, beta))))
            nonzero = [j for j in range(p) if x[j]]
            for j in nonzero:
                gradient[j] += x[j] * (r - q)
                for k in nonzero:
                    hessian[j][k] += q * (1 - q) * x[j] * x[k]
        if max(map(abs, gradient)) < 1e-11:
            return beta
        beta = [b + s for b, s in zip(beta, solve(hessian, gradient))]
    raise RuntimeError("not converged")


def evaluate(campaign, behaviour):
    if campaign == "men" and behaviour == "random":
        path = os.path.join(HERE, "..", "..", "..", "samples", "data", "open-bandit", "men", "random.csv.gz")
    else:
        path = os.path.join(HERE, campaign, behaviour + ".csv.gz")
    rows = list(csv.reader(gzip.open(path, "rt")))[1:]
    items = list(csv.reader(open(os.path.join(HERE, campaign, f"item_context_{behaviour}.csv"))))[1:]
    features = [[0.0] * 4 for _ in items]
    for f in (1, 2, 3):
        ranks = sorted({r[2 + f] for r in items})
        for r in items:
            features[int(r[1])][f - 1] = float(ranks.index(r[2 + f]))
    for r in items:
        features[int(r[1])][3] = float(r[2])
    categories = [sorted({r[6 + f] for r in rows})[1:] for f in range(4)]
    dm = dr = switch = shrunk = corrections = weights = 0.0
    for position in range(3):
        if behaviour == "random":
            law = [row[position] for row in REFERENCE[campaign]["bts_action_distribution"]]
        else:
            law = [1 / len(items)] * len(items)
        part = [r for r in rows if int(r[3]) == position + 1]
        users = [tuple(float(r[6 + f] == c) for f in range(4) for c in categories[f]) for r in part]
        rewards = [float(r[4]) for r in part]
        beta = fit([[1.0] + list(u) + features[int(r[2])] for u, r in zip(users, part)], rewards)
        memo = {}
        for u, r, reward in zip(users, part, rewards):
            if u not in memo:
                q = [1 / (1 + math.exp(-sum(s * t for s, t in zip([1.0] + list(u) + x, beta)))) for x in features]
                memo[u] = q, sum(p * v for p, v in zip(law, q))
            q, expected = memo[u]
            item = int(r[2])
            w = law[item] / float(r[5])
            error = reward - q[item]
            dm += expected
            dr += expected + w * error
            switch += expected + (w * error if w <= 1.5 else 0)
            shrunk += expected + w / (w * w + 1) * error
            corrections += w * error
            weights += w
    n = len(rows)
    return {"dm": dm / n, "dr": dr / n, "sndr": dm / n + corrections / weights, "switch-dr (lambda=1.5)": switch / n, "dr-os (lambda=1)": shrunk / n}


if __name__ == "__main__":
    result = {f"{c} {b}": evaluate(c, b) for c in ("men", "women") for b in ("random", "bts")}
    json.dump(result, open(os.path.join(HERE, "logistic-minimiser.json"), "w"), indent=1)
