using OptiCore.Differentiation;

namespace OptiCore;

/// <summary>Computes a log density from dual numbers, so that its gradient comes with it.</summary>
/// <param name="parameters">The constrained parameters.</param>
public delegate Dual4 DualLogDensityDelegate(ParameterValues<Dual4> parameters);

/// <summary>Computes quantities that are reported with the parameters.</summary>
/// <param name="parameters">The constrained parameters.</param>
/// <param name="generated">Receives the quantities in order; every element is written.</param>
public delegate void GeneratedDelegate(ParameterValues<double> parameters, Span<double> generated);

/// <summary>
/// Makes log densities for samplers of a <see cref="ParameterSpace"/> and a formula in constrained parameters: by a trace, by dual numbers, or with a gradient by hand. Jacobians, names and
/// constraints are added.
/// </summary>
/// <remarks>
/// <code>
/// ParameterSpace space = new ParameterSpace().Real("mu").Positive("tau").Vector("z", 8);
/// ILogDensity schools = LogDensity.Trace(space, p =>
/// {
///     Variable theta = p.Report("theta", p["mu"] + (p["tau"] * p["z"]));
///     return LogProbability.Normal(p["mu"], 0, 5) + LogProbability.HalfCauchy(p["tau"], 5) + LogProbability.Normal(p["z"], 0, 1) + LogProbability.Normal(y, theta, s);
/// });
/// </code>
/// </remarks>
public static class LogDensity
{
    /// <summary>A log density that is traced once and compiled, with exact derivatives of first and second order.</summary>
    /// <param name="parameters">The parameters with their constraints.</param>
    /// <param name="logDensity">Writes log p of the parameters, a scalar; called once.</param>
    /// <exception cref="ArgumentException">The expression isn't a scalar.</exception>
    /// <remarks>
    /// A gradient costs some two to three values, whatever the dimension: write with whole vectors and matrices, not element by element. Safe for several threads, each of which gets memory
    /// of its own; nothing is allocated after the first calls.
    /// </remarks>
    public static TracedLogDensity Trace(ParameterSpace parameters, Func<TracedParameters, Variable> logDensity) => new(parameters, logDensity);

    /// <summary>A log density with its gradient by dual numbers.</summary>
    /// <param name="parameters">The parameters with their constraints.</param>
    /// <param name="logDensity">Computes log p of the parameters by arithmetic and elementary functions.</param>
    /// <param name="generated">Names and shapes of quantities that are reported after the parameters; null for none.</param>
    /// <param name="generate">Computes them.</param>
    /// <exception cref="ArgumentException">Quantities were announced but not computed, or the other way round.</exception>
    /// <remarks>
    /// A gradient costs one evaluation of the formula for every four constrained elements: for models of few parameters. Safe for several threads if the formula is; nothing is allocated
    /// after the first calls.
    /// </remarks>
    public static ConstrainedLogDensity From(ParameterSpace parameters, DualLogDensityDelegate logDensity, ParameterSpace? generated = null, GeneratedDelegate? generate = null)
    {
        Require.NotNull(logDensity);
        IDifferentiableFunction<double> function = Function.From(Require.NotNull(parameters).ElementCount, x => logDensity(new ParameterValues<Dual4>(parameters, x)));
        return new FunctionDensity(parameters, function, generated, generate);
    }

    /// <summary>A log density whose gradient with respect to the constrained parameters is written by hand.</summary>
    /// <param name="parameters">The parameters with their constraints.</param>
    /// <param name="valueAndGradient">Computes log p of the parameters' elements and writes its gradient by them. Called from several threads at once if the density is.</param>
    /// <param name="generated">Names and shapes of quantities that are reported after the parameters; null for none.</param>
    /// <param name="generate">Computes them.</param>
    /// <exception cref="ArgumentException">Quantities were announced but not computed, or the other way round.</exception>
    public static ConstrainedLogDensity WithGradient(
        ParameterSpace parameters, GradientDelegate<double> valueAndGradient, ParameterSpace? generated = null, GeneratedDelegate? generate = null) =>
        new FunctionDensity(parameters, Function.WithGradient(Require.NotNull(parameters).ElementCount, valueAndGradient), generated, generate);

    private sealed class FunctionDensity : ConstrainedLogDensity
    {
        private readonly IDifferentiableFunction<double> _function;
        private readonly GeneratedDelegate? _generate;

        public FunctionDensity(ParameterSpace parameters, IDifferentiableFunction<double> function, ParameterSpace? generated, GeneratedDelegate? generate)
            : base(parameters, generated)
        {
            if (generated is null != generate is null)
                throw new ArgumentException("Generated quantities need both their names and a delegate that computes them.", nameof(generate));
            _function = function;
            _generate = generate;
        }

        protected override double Evaluate(ReadOnlySpan<double> x, Span<double> gradient) => _function.ValueAndGradient(x, gradient);

        protected override double Evaluate(ReadOnlySpan<double> x) => _function.Value(x);

        protected override void Generate(ReadOnlySpan<double> x, Span<double> generated) => _generate!(new ParameterValues<double>(Parameters, x), generated);
    }
}
