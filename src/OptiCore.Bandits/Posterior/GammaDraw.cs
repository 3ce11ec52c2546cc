using System.Runtime.CompilerServices;

namespace OptiCore.Bandits;

/// <summary>Draws from Gamma(shape, 1), with the constants of a shape computed once: posterior shapes change one at a time.</summary>
/// <remarks>
/// G. Marsaglia, W. W. Tsang (2000), "A simple method for generating gamma variables": with d = shape - 1/3 and c = 1/sqrt(9 d), accept
/// d v, v = (1 + c x)^3 and x normal, with probability min(1, exp(x^2/2 + d (1 - v + ln v))), in more than 95 % of trials. A shape below 1
/// takes a draw of shape + 1 times U^(1/shape).
/// </remarks>
internal readonly struct GammaDraw
{
    private readonly double _d;
    private readonly double _c;
    private readonly double _shape;

    /// <summary>Prepares a shape.</summary>
    /// <param name="shape">The shape, positive.</param>
    public GammaDraw(double shape)
    {
        _shape = shape;
        _d = (shape < 1 ? shape + 1 : shape) - (1.0 / 3);
        _c = 1 / Math.Sqrt(9 * _d);
    }

    /// <summary>The shape.</summary>
    public double Shape => _shape;

    /// <summary>One draw for a shape of at least 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double NextOfLarge(ref RandomStream stream)
    {
        while (true)
        {
            double x = NormalDraw.Next(ref stream);
            double v = 1 + (_c * x);
            if (v <= 0)
                continue;
            v = v * v * v;
            double u = stream.NextOpenDouble();
            double square = x * x;
            if (u < 1 - (0.0331 * square * square) || Math.Log(u) < (0.5 * square) + (_d * (1 - v + Math.Log(v))))
                return _d * v;
        }
    }

    /// <summary>The logarithm of one draw, for any shape: tiny shapes give draws far below the smallest double.</summary>
    public double NextLog(ref RandomStream stream)
    {
        double log = Math.Log(NextOfLarge(ref stream));
        return _shape < 1 ? log + (Math.Log(stream.NextOpenDouble()) / _shape) : log;
    }

    /// <summary>One draw from Beta(a, b), X / (X + Y) of two gammas.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double NextBeta(in GammaDraw a, in GammaDraw b, ref RandomStream stream)
    {
        if (a._shape < 1 || b._shape < 1)
            return NextBetaOfSmall(a, b, ref stream);
        double x = a.NextOfLarge(ref stream);
        double y = b.NextOfLarge(ref stream);
        return x / (x + y);
    }

    private static double NextBetaOfSmall(in GammaDraw a, in GammaDraw b, ref RandomStream stream)
    {
        double x = a.NextLog(ref stream);
        double y = b.NextLog(ref stream);
        return 1 / (1 + Math.Exp(y - x));
    }
}
