#!/usr/bin/env bash
# Ours beside the peers on this machine: installs them from Debian's packages and prints one table of ratios.
#   benchmarks/peers/run.sh                      everything, about half an hour
#   benchmarks/peers/run.sh --filter gemm        the cases whose name contains "gemm"
#   benchmarks/peers/run.sh --markdown FILE      the table as Markdown
#   benchmarks/peers/run.sh --mathnet            the minimizers of Math.NET beside ours on the problems of Moré, Garbow and Hillstrom
#   benchmarks/peers/run.sh --stan               effective draws per second of NUTS beside Stan's, about ten minutes and half an hour of compilation the first time
#   OPTICORE_PYCMA=DIR benchmarks/peers/run.sh   with CMA-ES against a checkout of github.com/CMA-ES/pycma
#   OPTICORE_SMPYBANDITS=DIR OPTICORE_MABWISER=DIR benchmarks/peers/run.sh --filter bandits
#                                                bandit policies against checkouts of github.com/SMPyBandits/SMPyBandits and github.com/fidelity/mabwiser
#   OPTICORE_STABLE_BASELINES3=DIR OPTICORE_GYMNASIUM=DIR[:DIR] OPTICORE_CLEANRL=DIR benchmarks/peers/run.sh --filter agents
#                                                training of deep agents against checkouts of github.com/DLR-RM/stable-baselines3, and github.com/vwxyzjn/cleanrl with
#                                                github.com/Farama-Foundation/Gymnasium, and after it a folder with a module farama_notifications; measured: v2.4.1, the last
#                                                that takes Debian's torch 1.13, commit fe8d8a03 of April 2026, and v0.29.1, which both ask for
set -euo pipefail
cd "$(dirname "$0")"
packages=(python3-numpy python3-scipy python3-sklearn python3-torch python3-emcee libopenblas0-pthread libnlopt0 libsundials-dev r-cran-desolve)
if [[ " $* " == *" --stan "* ]]; then packages=(r-cran-rstan r-cran-rcppeigen libboost-dev); fi
if [ -n "${OPTICORE_MABWISER:-}" ]; then packages+=(python3-pandas python3-joblib); fi
if [ -n "${OPTICORE_STABLE_BASELINES3:-}${OPTICORE_CLEANRL:-}" ]; then packages+=(python3-cloudpickle python3-pandas python3-matplotlib python3-typing-extensions); fi
missing=()
for package in "${packages[@]}"; do dpkg -s "$package" > /dev/null 2>&1 || missing+=("$package"); done
if [ "${#missing[@]}" -gt 0 ]; then
  if [ "$(id -u)" -eq 0 ]; then apt-get install -y "${missing[@]}"; else sudo apt-get install -y "${missing[@]}"; fi
fi
exec dotnet run -c Release --project OptiCore.Peers.csproj -- "$@"
