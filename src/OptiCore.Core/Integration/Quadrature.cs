namespace OptiCore.Integration;

/// <summary>
/// Integrals of functions of one real variable.
/// </summary>
/// <remarks>
/// <para><see cref="Integrate(Func{double, double}, double, double, QuadratureOptions?)"/> is the first choice: finite and infinite intervals, singularities at the
/// ends. With known singularities inside give them as break points. <see cref="Adaptive(Func{double, double}, double, double, QuadratureOptions?)"/> is the plain adaptive
/// method, with a choice of the rule, for smooth or oscillating integrands. <see cref="TanhSinh(Func{double, double}, double, double, QuadratureOptions?)"/> reaches
/// full precision for analytic integrands with any integrable end-point singularity. For a fixed number of points see <see cref="GaussRule"/>, for several
/// dimensions <see cref="Cubature"/>.</para>
/// <para>An interval may be given backwards, which changes the sign. Nothing is allocated after the first calls, apart from what the integrand allocates. The
/// overloads for structs spare the call through a delegate; the overload for <see cref="BatchIntegrand"/> hands over 15 to 61 abscissae at a time.</para>
/// </remarks>
public static partial class Quadrature
{
    /// <summary>The distance from 1 to the next double, 2^-52.</summary>
    internal const double Epsilon = 2.220446049250313e-16;

    /// <summary>The smallest normal number.</summary>
    internal const double Tiny = 2.2250738585072014e-308;

    private static void CheckEnds(double a, double b)
    {
        if (double.IsNaN(a))
            throw new ArgumentOutOfRangeException(nameof(a), a, "a is NaN but must be a number or infinite.");
        if (double.IsNaN(b))
            throw new ArgumentOutOfRangeException(nameof(b), b, "b is NaN but must be a number or infinite.");
    }
}
