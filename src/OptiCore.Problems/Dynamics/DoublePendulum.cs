namespace OptiCore.Problems;

/// <summary>
/// Two point masses on massless rods, one hanging from the other, in the plane: regular at low and chaotic at high energy. The state is (theta1, theta2, omega1, omega2), the angles from the
/// vertical and their rates.
/// </summary>
/// <remarks>
/// From Lagrange's equations of the energy T + V with
/// T = (m1 + m2) l1^2 omega1^2 / 2 + m2 l2^2 omega2^2 / 2 + m2 l1 l2 omega1 omega2 cos(theta1 - theta2), V = -(m1 + m2) g l1 cos theta1 - m2 g l2 cos theta2.
/// T. Shinbrot, C. Grebogi, J. Wisdom, J. A. Yorke (1992), Chaos in a double pendulum.
/// </remarks>
/// <param name="mass1">The upper mass.</param>
/// <param name="mass2">The lower mass.</param>
/// <param name="length1">The upper rod.</param>
/// <param name="length2">The lower rod.</param>
/// <param name="gravity">The acceleration of gravity.</param>
public sealed class DoublePendulum(double mass1 = 1, double mass2 = 1, double length1 = 1, double length2 = 1, double gravity = 9.81) : IDynamicalSystem
{
    private readonly VectorFormula _formula = VectorFormula.Of<Formula>(4,
    [
        ("m1", Require.Positive(mass1, nameof(mass1))), ("m2", Require.Positive(mass2, nameof(mass2))),
        ("l1", Require.Positive(length1, nameof(length1))), ("l2", Require.Positive(length2, nameof(length2))),
        ("g", Require.Positive(gravity, nameof(gravity))),
    ]);

    /// <inheritdoc/>
    public string Name => "DoublePendulum";

    /// <inheritdoc/>
    public int Dimension => 4;

    /// <inheritdoc/>
    public ReadOnlySpan<double> Start => [2 * Math.PI / 3, -Math.PI / 18, 0, 0];

    /// <inheritdoc/>
    public void Derivative(double t, ReadOnlySpan<double> y, Span<double> dy) => _formula.Write(y, dy);

    /// <inheritdoc/>
    public void Jacobian(double t, ReadOnlySpan<double> y, Span<double> jacobian) => _formula.Jacobian(y, jacobian);

    /// <summary>The energy, which the motion keeps; least, -((m1 + m2) l1 + m2 l2) g, where both hang at rest.</summary>
    /// <param name="y">The state, 4 elements.</param>
    public double Energy(ReadOnlySpan<double> y)
    {
        Require.Length(y.Length, 4, nameof(y));
        double[] p = _formula.Values;
        double m1 = p[0], m2 = p[1], l1 = p[2], l2 = p[3], g = p[4];
        double v1 = l1 * y[2], v2 = l2 * y[3];
        return (0.5 * (m1 + m2) * v1 * v1) + (0.5 * m2 * v2 * v2) + (m2 * v1 * v2 * Math.Cos(y[0] - y[1]))
            - (g * (((m1 + m2) * l1 * Math.Cos(y[0])) + (m2 * l2 * Math.Cos(y[1]))));
    }

    private readonly struct Formula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T m1 = p[0], m2 = p[1], l1 = p[2], l2 = p[3], g = p[4], total = m1 + m2;
            T theta1 = u[0], theta2 = u[1], omega1 = u[2], omega2 = u[3];

            // The two equations are linear in the accelerations: [total l1, m2 l2 cos; l1 cos, l2] a = right.
            (T sin, T cos) = T.SinCos(theta1 - theta2);
            T right1 = -(m2 * l2 * omega2 * omega2 * sin) - (total * g * T.Sin(theta1));
            T right2 = (l1 * omega1 * omega1 * sin) - (g * T.Sin(theta2));
            T reduced = m1 + (m2 * sin * sin);
            f[0] = omega1;
            f[1] = omega2;
            f[2] = (right1 - (m2 * cos * right2)) / (l1 * reduced);
            f[3] = ((total * right2) - (cos * right1)) / (l2 * reduced);
        }
    }
}
