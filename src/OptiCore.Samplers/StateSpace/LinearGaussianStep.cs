using System.Globalization;

namespace OptiCore.Samplers;

/// <summary>One step of a <see cref="LinearGaussianModel"/>: x_t = A x_{t-1} + b + N(0, Q), y_t = H x_t + d + N(0, R). Immutable; its factors are computed once.</summary>
public sealed class LinearGaussianStep
{
    private readonly double[] _a, _b, _h, _d;
    private GaussianProposal? _proposal;

    /// <summary>Makes a step.</summary>
    /// <param name="a">The matrix A, n x n, row-major.</param>
    /// <param name="q">The covariance Q, n x n, positive semidefinite.</param>
    /// <param name="h">The matrix H, p x n.</param>
    /// <param name="r">The covariance R, p x p, positive semidefinite.</param>
    /// <param name="b">The vector b, n elements; empty for 0.</param>
    /// <param name="d">The vector d, p elements; empty for 0.</param>
    /// <exception cref="ArgumentException">The sizes don't fit together, an element isn't finite, or a covariance isn't symmetric positive semidefinite.</exception>
    public LinearGaussianStep(ReadOnlySpan<double> a, ReadOnlySpan<double> q, ReadOnlySpan<double> h, ReadOnlySpan<double> r, ReadOnlySpan<double> b = default, ReadOnlySpan<double> d = default)
    {
        int n = (int)Math.Round(Math.Sqrt(a.Length));
        if (n == 0 || n * n != a.Length)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{nameof(a)} has {a.Length} elements; a square matrix of at least one row was expected."), nameof(a));
        int p = h.Length / n;
        if (p == 0 || p * n != h.Length)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{nameof(h)} has {h.Length} elements; a matrix of {n} columns was expected."), nameof(h));
        Require.AllFinite(a, nameof(a));
        Require.AllFinite(h, nameof(h));
        (StateCount, ObservationCount) = (n, p);
        TransitionNoise = new GaussianRoot(q, n, nameof(q));
        ObservationNoise = new GaussianRoot(r, p, nameof(r));
        (_a, _h) = (a.ToArray(), h.ToArray());
        (_b, _d) = (Offset(b, n, nameof(b)), Offset(d, p, nameof(d)));
    }

    /// <summary>The number n of state variables.</summary>
    public int StateCount { get; }

    /// <summary>The number p of observed numbers.</summary>
    public int ObservationCount { get; }

    /// <summary>The matrix A.</summary>
    public ReadOnlySpan<double> A => _a;

    /// <summary>The covariance Q.</summary>
    public ReadOnlySpan<double> Q => TransitionNoise.Covariance;

    /// <summary>The matrix H.</summary>
    public ReadOnlySpan<double> H => _h;

    /// <summary>The covariance R.</summary>
    public ReadOnlySpan<double> R => ObservationNoise.Covariance;

    /// <summary>The vector b.</summary>
    public ReadOnlySpan<double> B => _b;

    /// <summary>The vector d.</summary>
    public ReadOnlySpan<double> D => _d;

    internal GaussianRoot TransitionNoise { get; }

    internal GaussianRoot ObservationNoise { get; }

    /// <summary>The optimal proposal for complete observations. Made at the first call; threads that race make the same bits.</summary>
    internal GaussianProposal Proposal => Volatile.Read(ref _proposal) ?? (_proposal = new GaussianProposal(Q, H, R, StateCount, ObservationCount));

    private static double[] Offset(ReadOnlySpan<double> offset, int length, string name)
    {
        if (offset.IsEmpty)
            return new double[length];
        Require.Length(offset.Length, length, name);
        Require.AllFinite(offset, name);
        return offset.ToArray();
    }
}
