using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Randomness;

/// <summary>The rejection of Marsaglia and Tsang (2000) for a shape of at least 1: the cube of a transformed normal number, accepted in more than 95 of 100 cases.</summary>
internal readonly struct GammaProposal : INormalProposal
{
    private readonly double _d, _c;

    public GammaProposal(double shape)
    {
        _d = shape - (1.0 / 3);
        _c = 1 / Math.Sqrt(9 * _d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Accept(double normal, double uniform, out double draw)
    {
        double t = 1 + (_c * normal), v = t * t * t, square = normal * normal;
        draw = _d * v;
        return t > 0 && (uniform < 1 - (0.0331 * square * square) || Log(uniform) < (0.5 * square) + (_d * (1 - v + Log(v))));
    }

    /// <summary>Attempts until one is accepted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Next(ref RandomStream stream)
    {
        while (true)
        {
            double x = NormalZiggurat.Next(ref stream), t = 1 + (_c * x);
            if (t <= 0)
                continue;
            double v = t * t * t, square = x * x;
            var u = new LazyUniform(ref stream);
            if (!u.IsAtLeast(1 - (0.0331 * square * square), ref stream) || Log(u.Value(ref stream)) < (0.5 * square) + (_d * (1 - v + Log(v))))
                return _d * v;
        }
    }

    private static double Log(double x) => LaneMath.Log(new Lanes1<double>(x)).Value;
}

/// <summary>Gamma numbers of any shape, or their logarithms, of which those of small shapes don't underflow.</summary>
internal readonly struct GammaBlock(RandomKey key, double shape, bool logarithms) : IBlockDraw
{
    public void Fill(Span<double> block, ulong offset)
    {
        new NormalRejection<GammaProposal>(key, new GammaProposal(shape < 1 ? shape + 1 : shape)).Fill(block, offset);
        if (shape >= 1)
        {
            if (logarithms)
            {
                foreach (ref double x in block)
                    x = Log(x);
            }

            return;
        }

        // A number of shape + 1 times u^(1/shape).
        Span<double> exponential = stackalloc double[BlockFill.Block];
        exponential = exponential[..block.Length];
        RandomFill.Exponential(key.Fold(3), exponential, offset);
        for (int i = 0; i < block.Length; i++)
        {
            // The smallest shapes make the quotient infinite; two infinite logarithms would cancel to NaN.
            block[i] = logarithms
                ? Log(block[i]) - Math.Min(exponential[i] / shape, double.MaxValue / 4)
                : block[i] * LaneMath.Exp(new Lanes1<double>(-exponential[i] / shape)).Value;
        }
    }

    private static double Log(double x) => LaneMath.Log(new Lanes1<double>(x)).Value;
}

/// <summary>Beta numbers as X/(X + Y) with gamma numbers X and Y, from their logarithms where a shape is below 1.</summary>
internal readonly struct BetaBlock(RandomKey key, double alpha, double beta) : IBlockDraw
{
    public void Fill(Span<double> block, ulong offset)
    {
        Span<double> other = stackalloc double[BlockFill.Block];
        other = other[..block.Length];
        bool logarithms = alpha < 1 || beta < 1;
        new GammaBlock(key.Fold(0), alpha, logarithms).Fill(block, offset);
        new GammaBlock(key.Fold(1), beta, logarithms).Fill(other, offset);
        for (int i = 0; i < block.Length; i++)
        {
            // Halves, so that the sum of the largest shapes stays finite.
            block[i] = logarithms
                ? 1 / (1 + LaneMath.Exp(new Lanes1<double>(other[i] - block[i])).Value)
                : 0.5 * block[i] / ((0.5 * block[i]) + (0.5 * other[i]));
        }
    }
}
