"""Writes stretch-move.json: statistics of emcee's own stretch move, with their standard errors."""
import numpy as np, emcee, json
out=[]
for n,rho,K,steps,rep in ((5,0.8,32,6000,8),(2,0.0,16,6000,8)):
    S=rho**np.abs(np.subtract.outer(range(n),range(n))).astype(float); P=np.linalg.inv(S)
    def lp(x): return -0.5*np.einsum('ij,ij->i',x@P,x)
    acc=[];tau=[]
    for r in range(rep):
        np.random.seed(100+r)
        p0=np.random.multivariate_normal(np.zeros(n),S,size=K)
        s=emcee.EnsembleSampler(K,n,lp,vectorize=True)
        st=s.run_mcmc(p0,300); s.reset(); s.run_mcmc(st,steps)
        acc.append(float(s.acceptance_fraction.mean())); tau.append(float(s.get_autocorr_time(tol=0)[0]))
    f=lambda v: {"mean":float(np.mean(v)),"error":float(np.std(v,ddof=1)/np.sqrt(rep)),"sd":float(np.std(v,ddof=1))}
    out.append({"id":f"autoregressive-{n}-{rho}","dimension":n,"correlation":rho,"walkers":K,"steps":steps,"runs":rep,"acceptance_fraction":f(acc),"autocorrelation_time_x1":f(tau)})
    print(out[-1],flush=True)
json.dump({"made_with":"emcee 3.1.4, StretchMove(a=2), numpy 1.24.2","cases":out},open("stretch-move.json","w"),indent=1)
