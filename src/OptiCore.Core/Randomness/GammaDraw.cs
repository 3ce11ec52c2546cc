using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Randomness;

/// <summary>
/// Draws of the gamma law of scale 1, and of the beta law, with the constants of a shape computed once: for shapes that serve more than one draw or change one at a time. For many draws of one shape
/// <see cref="RandomFill.Gamma"/> is faster.
/// </summary>
/// <remarks>
/// G. Marsaglia, W. W. Tsang (2000), "A simple method for generating gamma variables": with d = shape - 1/3 and c = 1/sqrt(9 d), accept d v, v = (1 + c x)^3 and x normal, with probability
/// min(1, exp(x^2/2 + d (1 - v + ln v))), in more than 95 % of trials. A shape below 1 takes a draw of shape + 1 times u^(1/shape).
/// </remarks>
public readonly struct GammaDraw
{
    private readonly GammaProposal _proposal;
    private readonly double _shape;

    /// <summary>Prepares a shape.</summary>
    /// <param name="shape">The shape, positive and finite; the mean and the variance equal it.</param>
    /// <exception cref="ArgumentOutOfRangeException">The shape is not positive and finite.</exception>
    public GammaDraw(double shape)
    {
        _shape = Require.Positive(shape, nameof(shape));
        _proposal = new GammaProposal(shape < 1 ? shape + 1 : shape);
    }

    /// <summary>The shape.</summary>
    public double Shape => _shape;

    /// <summary>One draw. Reads about three words. A shape far below 0.01 gives results below the smallest double, which are 0.</summary>
    /// <param name="stream">The stream.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Next(ref RandomStream stream)
    {
        double draw = _proposal.Next(ref stream);
        return _shape < 1 ? Shrunk(draw, ref stream) : draw;
    }

    /// <summary>The logarithm of one draw: tiny shapes give draws far below the smallest double.</summary>
    /// <param name="stream">The stream.</param>
    public double NextLog(ref RandomStream stream)
    {
        double log = LaneMath.Log(new Lanes1<double>(_proposal.Next(ref stream))).Value;

        // The smallest shapes make the quotient infinite; two infinite logarithms would cancel to NaN.
        return _shape < 1 ? log - Math.Min(stream.NextExponential() / _shape, double.MaxValue / 4) : log;
    }

    /// <summary>One draw of the beta law, X / (X + Y) of two gamma draws. For a shape below 1 the quotient is taken from their logarithms; it can still round to 0 or 1. Reads about seven words.</summary>
    /// <param name="alpha">The draws of the first shape.</param>
    /// <param name="beta">The draws of the second shape.</param>
    /// <param name="stream">The stream.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double NextBeta(in GammaDraw alpha, in GammaDraw beta, ref RandomStream stream)
    {
        if (alpha._shape < 1 || beta._shape < 1)
            return NextBetaOfSmall(alpha, beta, ref stream);

        // Halves, so that the sum of the largest shapes stays finite.
        double x = 0.5 * alpha._proposal.Next(ref stream);
        double y = 0.5 * beta._proposal.Next(ref stream);
        return x / (x + y);
    }

    private static double NextBetaOfSmall(in GammaDraw alpha, in GammaDraw beta, ref RandomStream stream)
    {
        double x = alpha.NextLog(ref stream);
        double y = beta.NextLog(ref stream);
        return 1 / (1 + LaneMath.Exp(new Lanes1<double>(y - x)).Value);
    }

    private double Shrunk(double larger, ref RandomStream stream) => larger * LaneMath.Exp(new Lanes1<double>(-stream.NextExponential() / _shape)).Value;
}
