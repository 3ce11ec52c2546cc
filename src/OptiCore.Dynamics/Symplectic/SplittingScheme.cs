namespace OptiCore.Dynamics;

/// <summary>
/// The coefficients of a splitting method for y' = A(y) + B(y): in this order, the flow of A for a[1] h, of B for b[1] h, of A for a[2] h, ..., of B for b[s] h. With H = T(p) + V(q), the flow of A is
/// the drift q += a h dT/dp and that of B the kick p -= b h dV/dq. A zero leaves its flow out, so that a scheme may begin or end with either.
/// </summary>
/// <remarks>
/// The same coefficients compose a first-order method and its adjoint (<see cref="Splitting"/>), which splits into any number of parts: R. I. McLachlan (1995), On the numerical integration of ordinary differential equations by
/// symmetric composition methods. E. Hairer, C. Lubich, G. Wanner (2006), Geometric Numerical Integration, chapters II.4, III.3 and V.3.
/// </remarks>
public sealed class SplittingScheme
{
    // Published coefficients have 15 digits and more.
    private const double Rounding = 1e-13;

    private readonly double[] _drifts;
    private readonly double[] _kicks;

    /// <summary>Creates a scheme.</summary>
    /// <param name="drifts">The coefficients a of the drifts, s elements that sum to 1.</param>
    /// <param name="kicks">The coefficients b of the kicks, s elements that sum to 1.</param>
    /// <exception cref="ArgumentException">The lengths differ, an element isn't finite, or a sum isn't 1.</exception>
    public SplittingScheme(ReadOnlySpan<double> drifts, ReadOnlySpan<double> kicks)
    {
        Require.Length(kicks.Length, drifts.Length, nameof(kicks));
        _drifts = Consistent(drifts, nameof(drifts));
        _kicks = Consistent(kicks, nameof(kicks));
        Substeps = MakeSubsteps();
        IsSymmetric = Mirrored();
    }

    /// <summary>The field's name of the method.</summary>
    public required string Name { get; init => field = Require.NotNull(value, nameof(Name)); }

    /// <summary>The order p: the error of a step is proportional to h^(p + 1).</summary>
    public required int Order { get; init => field = Require.Positive(value); }

    /// <summary>True when the order holds only where [B, [B, [B, A]]] = 0, as for a linear velocity (Runge-Kutta-Nyström conditions). Default: false.</summary>
    public bool NeedsLinearVelocity { get; init; }

    /// <summary>The coefficients a of the drifts, s elements.</summary>
    public ReadOnlyMemory<double> Drifts => _drifts;

    /// <summary>The coefficients b of the kicks, s elements.</summary>
    public ReadOnlyMemory<double> Kicks => _kicks;

    /// <summary>True when the scheme reads the same backwards: a step of -h undoes one of h, and the order is even.</summary>
    public bool IsSymmetric { get; }

    /// <summary>Whether a step begins and ends with a kick, so that the force at its end is the next step's first.</summary>
    internal bool IsFirstSameAsLast => Substeps[0].IsKick && Substeps[^1].IsKick && Substeps.Length > 1;

    /// <summary>The flows that a step consists of, without those of no length.</summary>
    internal Substep[] Substeps { get; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    /// <summary>Strang steps drift(w/2) kick(w) drift(w/2), one for each weight; neighbouring drifts are joined.</summary>
    /// <param name="outer">The weights before the middle one; the middle is what they leave of 1, and the rest mirrors them.</param>
    internal static (double[] Drifts, double[] Kicks) Compose(ReadOnlySpan<double> outer)
    {
        int m = outer.Length, steps = (2 * m) + 1;
        double[] drifts = new double[steps + 1], kicks = new double[steps + 1];
        double sum = 0;
        for (int i = 0; i < m; i++)
        {
            kicks[i] = kicks[steps - 1 - i] = outer[i];
            sum += outer[i];
        }

        kicks[m] = 1 - (2 * sum);
        for (int i = 0; i <= m; i++)
            drifts[i] = drifts[steps - i] = 0.5 * ((i == 0 ? 0 : kicks[i - 1]) + kicks[i]);
        return (drifts, kicks);
    }

    private static double[] Consistent(ReadOnlySpan<double> coefficients, string name)
    {
        Require.AllFinite(coefficients, name);
        double sum = 0;
        foreach (double coefficient in coefficients)
            sum += coefficient;
        if (!(Math.Abs(sum - 1) <= Rounding))
            throw new ArgumentException(FormattableString.Invariant($"{name} sums to {sum} but must to 1: otherwise the method isn't consistent."), name);
        return coefficients.ToArray();
    }

    private Substep[] MakeSubsteps()
    {
        var substeps = new List<Substep>(2 * _drifts.Length);
        double time = 0;
        for (int i = 0; i < _drifts.Length; i++)
        {
            if (_drifts[i] != 0)
            {
                substeps.Add(new Substep(false, _drifts[i], time));
                time += _drifts[i];
                if (Math.Abs(time - 1) <= Rounding)
                    time = 1;
            }

            if (_kicks[i] != 0)
                substeps.Add(new Substep(true, _kicks[i], time));
        }

        return [.. substeps];
    }

    private bool Mirrored()
    {
        for (int i = 0, j = Substeps.Length - 1; i < j; i++, j--)
        {
            if (Substeps[i].IsKick != Substeps[j].IsKick || !(Math.Abs(Substeps[i].Coefficient - Substeps[j].Coefficient) <= Rounding))
                return false;
        }

        return true;
    }

    /// <summary>One flow.</summary>
    /// <param name="IsKick">A kick, else a drift.</param>
    /// <param name="Coefficient">Its length in steps.</param>
    /// <param name="Time">The drifts before it: where the positions are in time, in steps.</param>
    internal readonly record struct Substep(bool IsKick, double Coefficient, double Time);
}
