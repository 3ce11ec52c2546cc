using System.Runtime.CompilerServices;
using ILGPU;
using OptiCore.Numerics;
using OptiCore.Randomness;

namespace OptiCore.Gpu;

/// <summary>The sizes of a matrix of chains.</summary>
/// <param name="Dimension">The coordinates, its rows.</param>
/// <param name="Chains">The chains, its columns.</param>
internal readonly record struct ChainShape(int Dimension, int Chains)
{
    /// <summary>The row of an element, of which there are fewer than 2^31: a division of 64 bits costs several times as much as one of 32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Row(long item) => (int)((uint)item / (uint)Chains);

    /// <summary>The column of an element of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Chain(long item, int row) => (int)((uint)item - ((uint)row * (uint)Chains));
}

/// <summary>What the keys of a transition are made of.</summary>
/// <param name="Root">The run's or the transition's key.</param>
/// <param name="Iteration">The transition, folded after the chain where <paramref name="IsPerChain"/> isn't 0.</param>
/// <param name="Noise">The index of the normal numbers' purpose, where <paramref name="HasPurpose"/> isn't 0.</param>
/// <param name="IsPerChain">1 for chains that each have a key of their own, 0 for an ensemble's.</param>
/// <param name="HasPurpose">0 where normal numbers use the chain's key itself.</param>
internal readonly record struct ChainKeys(RandomKey Root, ulong Iteration, ulong Noise, int IsPerChain, int HasPurpose);

/// <summary>A transition's randomness, and the element-wise steps along a trajectory, in the order of operations of <c>PhasePoint</c> and <c>Hamiltonian</c>.</summary>
internal static class ChainKernels
{
    /// <summary>The key of each chain's normal numbers, and its uniform number of [0, 1).</summary>
    [Kernel]
    internal static void Keys(ChainKeys from, ArrayView<RandomKey> keys, ArrayView<double> uniforms)
    {
        for (long c = Threads.First; c < keys.Length; c += Threads.Count)
        {
            RandomKey key = from.Root.Fold((ulong)c);
            if (from.IsPerChain != 0)
                key = key.Fold(from.Iteration);
            uniforms[c] = Uniform(key);
            if (from.HasPurpose != 0)
                key = key.Fold(from.Noise);
            keys[c] = key;
        }
    }

    /// <summary>Every trajectory begins: the proposal is where the chain is, with a new momentum z_i r_i.</summary>
    [Kernel]
    internal static void Begin(
        ChainShape shape, ArrayView<RandomKey> keys, ArrayView<double> roots, ArrayView<double> positions, ArrayView<double> gradients, ArrayView<double> newPositions, ArrayView<double> newMomenta, ArrayView<double> newGradients)
    {
        int chains = shape.Chains, n = shape.Dimension;
        long items = (long)((n + 1) / 2) * chains;
        for (long item = Threads.First; item < items; item += Threads.Count)
        {
            int pair = shape.Row(item), c = shape.Chain(item, pair);
            Normals(keys[c], (ulong)pair, out double first, out double second);
            int i = 2 * pair;
            long at = ((long)i * chains) + c;
            newPositions[at] = positions[at];
            newGradients[at] = gradients[at];
            newMomenta[at] = ExactMath.Multiply(first, roots[i]);
            if (i + 1 == n)
                continue;
            at += chains;
            newPositions[at] = positions[at];
            newGradients[at] = gradients[at];
            newMomenta[at] = ExactMath.Multiply(second, roots[i + 1]);
        }
    }

    /// <summary>A kick and a drift of every chain that is still under way: p += kick g, q += drift M^-1 p.</summary>
    [Kernel]
    internal static void Drift(
        ChainShape shape, double kick, double drift, ArrayView<int> underWay, ArrayView<double> inverse, ArrayView<double> positions, ArrayView<double> momenta, ArrayView<double> gradients)
    {
        int chains = shape.Chains;
        long items = (long)shape.Dimension * chains;
        for (long item = Threads.First; item < items; item += Threads.Count)
        {
            int i = shape.Row(item), c = shape.Chain(item, i);
            if (underWay[c] == 0)
                continue;
            double momentum = ExactMath.Add(ExactMath.Multiply(gradients[item], kick), momenta[item]);
            momenta[item] = momentum;
            positions[item] = ExactMath.Add(ExactMath.Multiply(ExactMath.Multiply(momentum, inverse[i]), drift), positions[item]);
        }
    }

    /// <summary>
    /// The last kick of a step and the energy after it. The first launch of a trajectory (kick 0) finds the energy at its start. A chain whose energy has risen too far, or isn't finite, is no longer under way.
    /// </summary>
    [Kernel]
    internal static void Kick(
        ChainShape shape, double kick, double maxError, int isFirst, ArrayView<int> underWay, ArrayView<double> inverse, ArrayView<double> momenta, ArrayView<double> gradients, ArrayView<double> logDensities,
        ArrayView<double> startEnergies, ArrayView<double> energies)
    {
        ArrayView<double> partials = SharedMemory.Allocate<double>(ChainColumns.Partials);
        int chains = shape.Chains;
        for (long first = (long)Grid.IdxX * ChainColumns.Width; first < chains; first += (long)Grid.DimX * ChainColumns.Width)
        {
            for (int j = Group.IdxX; j < ChainColumns.Partials; j += Group.DimX)
            {
                long c = first + (j % ChainColumns.Width);
                double sum = 0;
                if (c < chains && (isFirst != 0 || underWay[c] != 0))
                {
                    for (int i = j / ChainColumns.Width; i < shape.Dimension; i += ChainColumns.Slices)
                    {
                        long at = ((long)i * chains) + c;
                        double momentum = momenta[at];
                        if (isFirst == 0)
                        {
                            momentum = ExactMath.Add(ExactMath.Multiply(gradients[at], kick), momentum);
                            momenta[at] = momentum;
                        }

                        sum = ExactMath.Add(sum, ExactMath.Multiply(momentum, ExactMath.Multiply(momentum, inverse[i])));
                    }
                }

                partials[j] = sum;
            }

            ChainColumns.Fold(partials);
            for (int j = Group.IdxX; j < ChainColumns.Width; j += Group.DimX)
            {
                long c = first + j;
                if (c >= chains || (isFirst == 0 && underWay[c] == 0))
                    continue;
                double energy = Energy(partials[j], logDensities[c]);
                energies[c] = energy;
                if (isFirst != 0)
                {
                    startEnergies[c] = energy;
                    underWay[c] = 1;
                }
                else if (!(ExactMath.Subtract(energy, startEnergies[c]) <= maxError))
                {
                    underWay[c] = 0;
                }
            }

            Group.Barrier();
        }
    }

    /// <summary>
    /// Accepts or rejects every chain: acceptance probability a = min(1, e^(H - H')), 0 after a divergence; moved is u &lt; a. Energies become those of the new states, log densities too, and divergences are counted.
    /// </summary>
    [Kernel]
    internal static void Accept(
        ArrayView<double> uniforms, ArrayView<int> underWay, ArrayView<double> startEnergies, ArrayView<double> energies, ArrayView<double> newLogDensities, ArrayView<double> logDensities, ArrayView<double> accept, ArrayView<int> moved,
        ArrayView<int> divergences, int counts)
    {
        for (long c = Threads.First; c < uniforms.Length; c += Threads.Count)
        {
            double probability = 0;
            if (underWay[c] != 0)
                probability = Probability(ExactMath.Subtract(startEnergies[c], energies[c]));
            else
                divergences[c] += counts;
            accept[c] = probability;
            if (uniforms[c] < probability)
            {
                moved[c] = 1;
                logDensities[c] = newLogDensities[c];
            }
            else
            {
                moved[c] = 0;
                energies[c] = startEnergies[c];
            }
        }
    }

    /// <summary>Only what <see cref="Accept"/> knows of acceptance, for trial steps.</summary>
    [Kernel]
    internal static void Probabilities(ArrayView<int> underWay, ArrayView<double> startEnergies, ArrayView<double> energies, ArrayView<double> accept)
    {
        for (long c = Threads.First; c < accept.Length; c += Threads.Count)
            accept[c] = underWay[c] != 0 ? Probability(ExactMath.Subtract(startEnergies[c], energies[c])) : 0;
    }

    /// <summary>Chains that moved are where their proposals are.</summary>
    [Kernel]
    internal static void Commit(ChainShape shape, ArrayView<int> moved, ArrayView<double> newPositions, ArrayView<double> newGradients, ArrayView<double> positions, ArrayView<double> gradients)
    {
        for (long item = Threads.First; item < positions.Length; item += Threads.Count)
        {
            if (moved[shape.Chain(item, shape.Row(item))] == 0)
                continue;
            positions[item] = newPositions[item];
            if (gradients.Length != 0)
                gradients[item] = newGradients[item];
        }
    }

    /// <summary>Proposals of random walks: x + s (z_i / r_i).</summary>
    [Kernel]
    internal static void Propose(ChainShape shape, double stepSize, ArrayView<RandomKey> keys, ArrayView<double> roots, ArrayView<double> positions, ArrayView<double> newPositions)
    {
        int chains = shape.Chains, n = shape.Dimension;
        long items = (long)((n + 1) / 2) * chains;
        for (long item = Threads.First; item < items; item += Threads.Count)
        {
            int pair = shape.Row(item), c = shape.Chain(item, pair);
            Normals(keys[c], (ulong)pair, out double first, out double second);
            int i = 2 * pair;
            long at = ((long)i * chains) + c;
            newPositions[at] = ExactMath.Add(ExactMath.Multiply(ExactMath.Divide(first, roots[i]), stepSize), positions[at]);
            if (i + 1 == n)
                continue;
            at += chains;
            newPositions[at] = ExactMath.Add(ExactMath.Multiply(ExactMath.Divide(second, roots[i + 1]), stepSize), positions[at]);
        }
    }

    /// <summary>Energies of states without momentum, the negative log densities; every chain is under way.</summary>
    [Kernel]
    internal static void Potentials(ArrayView<double> logDensities, ArrayView<double> newLogDensities, ArrayView<int> underWay, ArrayView<double> startEnergies, ArrayView<double> energies)
    {
        for (long c = Threads.First; c < logDensities.Length; c += Threads.Count)
        {
            underWay[c] = 1;
            startEnergies[c] = -logDensities[c];
            energies[c] = -Finite(newLogDensities[c]);
        }
    }

    /// <summary>Marks chains whose log density or gradient isn't finite.</summary>
    [Kernel]
    internal static void FindUnusable(ChainShape shape, ArrayView<double> logDensities, ArrayView<double> gradients, ArrayView<int> isUnusable)
    {
        for (long c = Threads.First; c < shape.Chains; c += Threads.Count)
        {
            double value = logDensities[c], sum = value - value;
            if (gradients.Length != 0)
            {
                for (int i = 0; i < shape.Dimension; i++)
                {
                    double derivative = gradients[((long)i * shape.Chains) + c];
                    sum += derivative - derivative;
                }
            }

            isUnusable[c] = sum == 0 ? 0 : 1;
        }
    }

    /// <summary>Normal numbers 2 j and 2 j + 1 of a key, as <see cref="RandomFill"/> makes them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Normals(RandomKey key, ulong pair, out double first, out double second)
    {
        uint w0 = (uint)pair, w1 = (uint)(pair >> 32), w2 = (uint)key.Low, w3 = (uint)(key.Low >> 32);
        Philox.Block(ref w0, ref w1, ref w2, ref w3, (uint)key.High, (uint)(key.High >> 32));
        Lane64 a = Lane64.AllBits((long)(w0 | ((ulong)w1 << 32))), b = Lane64.AllBits((long)(w2 | ((ulong)w3 << 32)));
        NormalRadiusMap.Map(ref a, ref b);
        NormalAngleMap.Map(ref a, ref b);
        first = a.X;
        second = b.X;
    }

    /// <summary>The first uniform number of a key's stream.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static double Uniform(RandomKey key)
    {
        uint w0 = 0, w1 = 0, w2 = (uint)key.Low, w3 = (uint)(key.Low >> 32);
        Philox.Block(ref w0, ref w1, ref w2, ref w3, (uint)key.High, (uint)(key.High >> 32));
        return UniformBits.HalfOpen(Lane64.AllBits((long)(w0 | ((ulong)w1 << 32)))).X;
    }

    /// <summary>The energy of twice a kinetic energy and a log density; infinite where it isn't a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static double Energy(double twiceKinetic, double logDensity)
    {
        double energy = ExactMath.Subtract(ExactMath.Multiply(0.5, twiceKinetic), Finite(logDensity));
        return energy <= double.PositiveInfinity ? energy : double.PositiveInfinity;
    }

    /// <summary>min(1, e^x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static double Probability(double logRatio)
    {
        double ratio = default(ExpFunction).Of(new Lane64(logRatio)).X;
        return ratio < 1 ? ratio : 1;
    }

    /// <summary>A log density; negative infinity, which is density zero, where it isn't finite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Finite(double logDensity) => logDensity - logDensity == 0 ? logDensity : double.NegativeInfinity;
}
