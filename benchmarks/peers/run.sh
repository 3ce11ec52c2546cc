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
#                                                training of deep agents against checkouts of github.com/DLR-RM/stable-baselines3 (measured: v2.4.1, the last for Debian's
#                                                torch 1.13), github.com/Farama-Foundation/Gymnasium (v0.29.1, which both peers take; after it a folder with a module
#                                                farama_notifications) and github.com/vwxyzjn/cleanrl (fe8d8a03)
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
# Debian's OpenBLAS takes processors newer than itself for a Pentium 4 and is five times slower than it can be there.
if [ -z "${OPENBLAS_CORETYPE:-}" ] && OPENBLAS_VERBOSE=2 /usr/bin/python3 -c "import numpy" 2>&1 | grep -q Prescott; then
  if grep -q avx512f /proc/cpuinfo; then export OPENBLAS_CORETYPE=SkylakeX; elif grep -q avx2 /proc/cpuinfo; then export OPENBLAS_CORETYPE=Haswell; fi
fi
exec dotnet run -c Release --project OptiCore.Peers.csproj -- "$@"
