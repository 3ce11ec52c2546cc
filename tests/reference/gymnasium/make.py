"""Writes options.json: run with a checkout of Gymnasium on the path, from this folder."""
import json
import warnings

import numpy as np
import gymnasium as gym

warnings.filterwarnings("ignore")
out={"source":"Gymnasium 1.4.0, numpy 1.24.2","tables":{},"episodes":[]}
def table(id,**kw):
    P=gym.make(id,**kw).unwrapped.P
    return [[[[float(p),int(s),float(r),int(t)] for p,s,r,t in P[s0][a]] for a in range(len(P[s0]))] for s0 in range(len(P))]
out["tables"]["CliffWalkingSlippery-v1"]=table("CliffWalkingSlippery-v1")
out["tables"]["FrozenLake-v1 success_rate 0.7, rewards 10, -5, -0.5"]=table("FrozenLake-v1",success_rate=0.7,reward_schedule=(10,-5,-0.5))
rainy=table("Taxi-v4",is_rainy=True,rainy_probability=0.6)
# One destination is enough: the others differ in nothing that rain changes.
out["tables"]["Taxi-v4 rainy 0.6, destination 2"]=rainy[2::4]
rng=np.random.default_rng(7)
def num(x): return float(x)
def play(id,start,actions,kw,attr=None,note=None):
    env=gym.make(id,**kw); env.reset(seed=0); u=env.unwrapped
    for k,v in (attr or {}).items(): setattr(u,k,v)
    u.state=np.array(start,dtype=np.float64) if id!="MountainCar-v0" else tuple(start)
    ep={"environment":id,"options":{**kw,**(attr or {})},"start":list(map(float,start)),"actions":[],"state":[],"reward":[]}
    term=trunc=False
    for a in actions:
        act=np.array([a],dtype=np.float32) if id=="Pendulum-v1" else int(a)
        o,r,term,trunc,_=env.step(act)
        ep["actions"].append(float(np.float32(a)) if id=="Pendulum-v1" else int(a)); ep["state"].append([num(x) for x in u.state]); ep["reward"].append(num(r))
        if term or trunc: break
    ep["terminated"]=bool(term); ep["truncated"]=bool(trunc)
    out["episodes"].append(ep)
for _ in range(3):
    play("CartPole-v1",rng.uniform(-.05,.05,4),rng.integers(0,2,60),{"sutton_barto_reward":True})
play("Pendulum-v1",[2.5,0.3],rng.uniform(-2.5,2.5,120).round(4),{"g":9.81})
play("Pendulum-v1",[-1.0,6.5],rng.uniform(-2.5,2.5,120).round(4),{"g":3.7})
for s,gv in (([0.4,0.05],0.04),([0.3,0.06],0.06),([0.45,0.02],0.03)):
    play("MountainCar-v0",s,[2]*60,{"goal_velocity":gv})
for s in ([0.05,-0.02,0.03,0.08],[1.0,-0.5,1.0,-2.0]):
    acts=[0 if (i//5)%2 else 2 for i in range(60)]
    play("Acrobot-v1",s,acts,{},{"book_or_nips":"nips"})
json.dump(out,open("options.json", "w"),separators=(',',':'))
