"""Writes wrappers.json: run with a checkout of Gymnasium on the path, from this folder."""
import json

import numpy as np
import gymnasium as gym
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers import FrameStackObservation, NormalizeObservation
from gymnasium.wrappers.vector import NormalizeReward


class Script(gym.Env):
    """Plays observations, rewards and ends from a list."""

    observation_space = spaces.Box(-np.inf, np.inf, (2,), np.float64)
    action_space = spaces.Discrete(1)

    def __init__(self, rows):
        self.rows, self.at = rows, 0

    def reset(self, *, seed=None, options=None):
        row = self.rows[self.at]
        self.at += 1
        return np.array(row["o"]), {}

    def step(self, action):
        row = self.rows[self.at]
        self.at += 1
        return np.array(row["o"]), row["r"], row["terminated"], row["truncated"], {}


def script(seed, ends):
    """Rows of an environment: the first of an episode has only an observation; ends maps a step to terminated or truncated."""
    rng = np.random.default_rng(seed)
    rows, step = [], 0
    number = lambda: float(np.float32(round(rng.normal(1, 3), 3)))
    rows.append({"o": [number(), 10 * number()]})
    while step < 30:
        end = ends.get(step)
        rows.append({"o": [number(), 10 * number()], "r": number(), "terminated": end == "terminated", "truncated": end == "truncated"})
        if end:
            rows.append({"o": [number(), 10 * number()]})
        step += 1
    return rows


def play(env):
    seen = [env.reset()[0].tolist()]
    for _ in range(30):
        o, _, terminated, truncated, _ = env.step(0)
        seen.append(o.tolist())
        if terminated or truncated:
            seen.append(env.reset()[0].tolist())
    return seen


scripts = [script(1, {7: "terminated", 19: "truncated"}), script(2, {7: "truncated", 12: "terminated", 29: "terminated"})]
out = {"source": "Gymnasium 1.4.0, numpy 1.24.2", "scripts": scripts}
out["normalized_observations"] = play(NormalizeObservation(Script(scripts[0])))
out["stacked_observations"] = [np.ravel(o).tolist() for o in play(FrameStackObservation(Script(scripts[1]), 3))]
envs = NormalizeReward(SyncVectorEnv([lambda: Script(scripts[0]), lambda: Script(scripts[1])], autoreset_mode=AutoresetMode.SAME_STEP), gamma=0.9)
envs.reset()
out["normalized_rewards"] = [envs.step(np.zeros(2, dtype=int))[1].tolist() for _ in range(30)]
json.dump(out, open("wrappers.json", "w"), separators=(",", ":"))
