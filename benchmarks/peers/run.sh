#!/usr/bin/env bash
# Ours beside the peers on this machine: installs them from Debian's packages and prints one table of ratios.
#   benchmarks/peers/run.sh                      everything, about half an hour
#   benchmarks/peers/run.sh --filter gemm        the cases whose name contains "gemm"
#   benchmarks/peers/run.sh --markdown FILE      the table as Markdown
#   benchmarks/peers/run.sh --mathnet            the minimizers of Math.NET beside ours on the problems of Moré, Garbow and Hillstrom
#   OPTICORE_PYCMA=DIR benchmarks/peers/run.sh   with CMA-ES against a checkout of github.com/CMA-ES/pycma
set -euo pipefail
cd "$(dirname "$0")"
packages=(python3-numpy python3-scipy python3-sklearn python3-torch libopenblas0-pthread libnlopt0 libsundials-dev)
missing=()
for package in "${packages[@]}"; do dpkg -s "$package" > /dev/null 2>&1 || missing+=("$package"); done
if [ "${#missing[@]}" -gt 0 ]; then
  if [ "$(id -u)" -eq 0 ]; then apt-get install -y "${missing[@]}"; else sudo apt-get install -y "${missing[@]}"; fi
fi
exec dotnet run -c Release --project OptiCore.Peers.csproj -- "$@"
