namespace OptiCore.Dynamics;

/// <summary>
/// Milstein's scheme without derivatives, for noise that commutes: y(t + h) = y + f h + g W + sum over j, k of (g_k(y_j) - g_k(y)) / sqrt(h) I(j,k) with the
/// support states y_j = y + f h + g_j sqrt(h) and the iterated integrals I(j,k) = (W_j W_k - [j = k] h) / 2 of Itô's calculus. In Stratonovich's, I(j,k) = W_j W_k / 2, and the
/// difference is taken between y + g_j sqrt(h) and y - g_j sqrt(h), because a one-sided one would be biased.
/// </summary>
/// <param name="Steps">The fixed step; there is no error estimate.</param>
/// <remarks>
/// Strong order 1. Cost: one drift and, with diagonal or scalar noise, two diffusions a step (Stratonovich three); else m more (2m). P. E. Kloeden, E. Platen (1992),
/// Numerical Solution of Stochastic Differential Equations, section 11.1.
/// </remarks>
[Algorithm("Runge-Kutta Milstein", "Stochastic differential equations", "P. E. Kloeden, E. Platen (1992), Numerical Solution of Stochastic Differential Equations", Capabilities = "Itô or Stratonovich, commuting noise, strong order 1")]
public sealed record RungeKuttaMilstein(SdeSteps Steps) : ISdeMethod<ICommutativeSde>
{
    /// <inheritdoc/>
    public SdeSteps Steps { get; init => field = Require.NotNull(value, nameof(Steps)); } = Require.NotNull(Steps);

    /// <inheritdoc/>
    public SdeState Start(ICommutativeSde system, BrownianPath path, ReadOnlySpan<double> state) =>
        new(Steps, new MilsteinStepper(new SdeWork(system, path, "Milstein's method", null), null), state);
}

/// <summary>
/// Milstein's scheme without derivatives for noise that doesn't commute: <see cref="RungeKuttaMilstein"/> with the iterated integrals completed by an approximation of
/// the Lévy areas, I(j,k) + A(j,k).
/// </summary>
/// <param name="Steps">The fixed step; there is no error estimate.</param>
/// <remarks>
/// Strong order 1 where the area's mean square error is O(h^3): by <see cref="LevyArea.Refined"/> along the very path, or in law by the other approximations. Cost:
/// one drift and m + 1 diffusions a step (Stratonovich 2m + 1), and the area. P. E. Kloeden, E. Platen (1992), Numerical Solution of Stochastic Differential
/// Equations, sections 10.3 and 11.1.
/// </remarks>
[Algorithm("Lévy-area Milstein", "Stochastic differential equations", "P. E. Kloeden, E. Platen (1992), Numerical Solution of Stochastic Differential Equations", Capabilities = "Itô or Stratonovich, any noise, strong order 1")]
public sealed record LevyMilstein(SdeSteps Steps) : ISdeMethod<ISde>
{
    /// <inheritdoc/>
    public SdeSteps Steps { get; init => field = Require.NotNull(value, nameof(Steps)); } = Require.NotNull(Steps);

    /// <summary>How the Lévy areas are approximated. Default: <see cref="LevyArea.Foster"/>.</summary>
    public LevyArea Area { get; init => field = Require.NotNull(value, nameof(Area)); } = LevyArea.Foster;

    /// <inheritdoc/>
    public int Refinement => Area.Refinement;

    /// <inheritdoc/>
    public SdeState Start(ISde system, BrownianPath path, ReadOnlySpan<double> state) =>
        new(Steps, new MilsteinStepper(new SdeWork(system, path, "Milstein's method", null), Area), state);
}

/// <summary>The derivative-free scheme for any layout, with or without areas.</summary>
internal sealed class MilsteinStepper : SdeStepper
{
    private readonly LevyArea? _kind;
    private readonly LevyAreaReader? _area;
    private readonly bool _ito;
    private readonly double[] _support;
    private readonly double[] _g;
    private readonly double[] _integrals;

    public MilsteinStepper(SdeWork work, LevyArea? area) : base(work)
    {
        _kind = area;
        _ito = work.Calculus == SdeCalculus.Ito;
        _support = new double[work.N];
        _g = work.NewDiffusion();
        _integrals = new double[work.M];
        _area = area is null || work.M == 1 ? null : new LevyAreaReader(work.M);
    }

    public override bool Try(double t, double newTime, ReadOnlySpan<double> y, Span<double> newY)
    {
        if (!Work.Drift(t, y, Work.F) || !Work.Diffusion(t, y, Work.G))
            return false;
        Work.Noise(t, newTime, withArea: _area is not null);
        double h = newTime - t;
        for (int i = 0; i < newY.Length; i++)
            newY[i] = y[i] + (h * Work.F[i]);
        Work.AddNoise(Work.G, Work.W, 1, newY);
        _area?.Compute(_kind!, Work.Reader, t, newTime, Work.W, Work.H);
        int motions = Work.IsSingle ? 1 : Work.M;
        for (int j = 0; j < motions; j++)
        {
            if (_ito ? !Add(t, h, y, newY, j, 1, 1) : !(Add(t, h, y, newY, j, 1, 0.5) && Add(t, h, y, newY, j, -1, -0.5)))
                return false;
        }

        return SdeWork.AllFinite(newY);
    }

    /// <summary>Adds weight times what the diffusion at the support state of motion j, or of every component's own, contributes.</summary>
    private bool Add(double t, double h, ReadOnlySpan<double> y, Span<double> newY, int j, double sign, double weight)
    {
        double root = Math.Sqrt(h), drift = _ito ? h : 0, correction = _ito ? h : 0;
        bool single = Work.IsSingle;
        int columns = Work.G.Length / Work.N;
        for (int i = 0; i < y.Length; i++)
            _support[i] = y[i] + (drift * Work.F[i]) + (sign * root * Work.G[(i * columns) + (single ? 0 : j)]);
        if (!SdeWork.AllFinite(_support) || !Work.Diffusion(t, _support, _g))
            return false;
        if (_ito)
        {
            for (int i = 0; i < _g.Length; i++)
                _g[i] -= Work.G[i];
        }

        ReadOnlySpan<double> w = Work.W;
        for (int k = 0; k < _integrals.Length; k++)
        {
            double product = single ? w[k] * w[k] : w[j] * w[k];
            double area = _area is null ? 0 : _area.Area[(j * w.Length) + k];
            _integrals[k] = (0.5 * (product - (single || j == k ? correction : 0))) + area;
        }

        Work.AddNoise(_g, _integrals, weight / root, newY);
        return true;
    }
}
