"""Indices and choices of bandit policies after fixed histories, computed by running SMPyBandits: python3 make.py CHECKOUT > smpybandits.json"""
import json
import math
import os
import sys
import warnings

import numpy as np

sys.path.insert(0, os.path.join(sys.argv[1], "SMPyBandits", "Policies"))
answers, sys.stdout = sys.stdout, sys.stderr
warnings.simplefilter("ignore")
from BayesUCB import BayesUCB
from DiscountedThompson import DiscountedThompson
from DiscountedUCB import DiscountedUCB
from Exp3 import Exp3
from FEWA import EFF_FEWA
from GLR_UCB import function_T_mathcal
from IMED import Dinf
from MOSSAnytime import MOSSAnytime
from MOSSH import MOSSH
from RAWUCB import EFF_RAWUCB
from SlidingWindowUCB import SWUCB
from SWA import SWA
from UCB import UCB
from UCBV import UCBV
from klUCB import klUCB
from klUCBPlusPlus import klUCBPlusPlus
from kullback import klBern, klucbExp, klucbGauss, klucbPoisson

ARMS, CUTS = 4, [17, 60, 200]

# A linear congruential generator, so that the history is this file's own.
state = 12345


def uniform():
    global state
    state = (1103515245 * state + 12345) % 2 ** 31
    return state / 2 ** 31


decisions, rewards, binary = [], [], []
for t in range(CUTS[-1]):
    arm = t % ARMS if t < 2 * ARMS else int(ARMS * uniform() ** 1.7)
    decisions.append(arm)
    rewards.append(round(min(1.0, max(0.001, 0.25 + 0.15 * arm + 0.6 * (uniform() - 0.5) - 0.001 * t * (arm == 3))), 6))
    binary.append(int(uniform() < 0.3 + 0.15 * arm))


def indices(policy):
    policy.computeAllIndex()
    return [float(policy.index[a]) for a in range(ARMS)]


def single(policy):
    return [float(policy.computeIndex(a)) for a in range(ARMS)]


def rotting(policy):
    # The round that is about to be played, as in the paper; the policy itself takes that before it.
    policy.t += 1
    values = np.nanmin(policy._compute_ucb(), axis=1)
    policy.t -= 1
    return [float(v) for v in values]


def fewa(policy):
    policy.t += 1
    arm = int(policy.choice())
    policy.t -= 1
    return [arm]


def quantiles(policy):
    # At t, not t + 1: the papers' formula.
    return [float(policy.posterior[a].quantile(1 - 1 / policy.t)) for a in range(ARMS)]


class Discounted(DiscountedThompson):
    # The library discounts the played arm once for every other arm, not the others, against its own documentation; its posteriors do as they are told.
    def getReward(self, arm, reward):
        for a in range(self.nbArms):
            self.posterior[a].update(reward) if a == arm else self.posterior[a].discount()


def discounted(policy):
    return [float((1 + p.N[1]) / (2 + sum(p.N))) for p in policy.posterior]


def imed(policy):
    means = policy.rewards / policy.pulls
    return [float(-n * klBern(m, means.max()) - math.log(n)) for m, n in zip(means, policy.pulls)]


cases = [
    ("ucb1", "rewards", UCB(ARMS), indices),
    ("ucb_v", "rewards", UCBV(ARMS), indices),
    ("moss", "rewards", MOSSH(ARMS, horizon=3000), indices),
    ("moss_anytime", "rewards", MOSSAnytime(ARMS, alpha=1.35), indices),
    ("kl_ucb", "rewards", klUCB(ARMS, tolerance=1e-14), indices),
    ("kl_ucb_gauss", "rewards", klUCB(ARMS, tolerance=1e-14, klucb=lambda x, d, precision: klucbGauss(x, d, 0.25, precision)), indices),
    ("kl_ucb_poisson", "rewards", klUCB(ARMS, tolerance=1e-14, klucb=klucbPoisson), indices),
    ("kl_ucb_exponential", "rewards", klUCB(ARMS, tolerance=1e-14, klucb=klucbExp), indices),
    ("kl_ucb_plus_plus", "rewards", klUCBPlusPlus(ARMS, horizon=3000, tolerance=1e-14), indices),
    ("imed", "rewards", UCB(ARMS), imed),
    ("bayes_ucb", "binary", BayesUCB(ARMS), quantiles),
    ("sliding_window_ucb", "rewards", SWUCB(ARMS, tau=50, alpha=0.6), single),
    ("discounted_ucb", "rewards", DiscountedUCB(ARMS, alpha=8 * 0.6, gamma=0.97), indices),
    ("raw_ucb", "rewards", EFF_RAWUCB(ARMS, alpha=1.4, subgaussian=0.5), rotting),
    ("fewa", "rewards", EFF_FEWA(ARMS, alpha=0.06, subgaussian=0.5), fewa),
    ("sliding_window_average", "rewards", SWA(ARMS, horizon=200, subgaussian=0.2), lambda p: [float(p.computeIndex(a)) / p.h for a in range(ARMS)]),
    ("discounted_thompson", "binary", Discounted(ARMS, gamma=0.97), discounted),
    ("exp3", "binary", Exp3(ARMS, gamma=0.1), lambda p: [float(v) for v in p.trusts]),
]

result = {"arms": ARMS, "cuts": CUTS, "decisions": decisions, "rewards": rewards, "binary": binary, "cases": {}}
for name, which, policy, read in cases:
    policy.startGame()
    after, t = [], 0
    for cut in CUTS:
        while t < cut:
            policy.getReward(decisions[t], (rewards if which == "rewards" else binary)[t])
            t += 1
        after.append(read(policy))
    result["cases"][name] = {"history": which, "after_each_cut": [[v if math.isfinite(v) else "Infinity" for v in row] for row in after]}

result["mixture_function"] = [[x, float(function_T_mathcal(x))] for x in (10.0, 30.0, 100.0)]
json.dump(result, answers, indent=1)
answers.write("\n")
