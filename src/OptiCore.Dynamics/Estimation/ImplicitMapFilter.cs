using OptiCore.LinearAlgebra;
using OptiCore.Optimizers;
using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>
/// The implicit maximum-a-posteriori filter: the prediction is the state carried forward, x = f(x), and the correction is some steps of an optimizer on the negative log likelihood of the observation, started at the prediction.
/// What keeps the estimate near the prediction is that the optimizer stops early: an implicit prior, with no covariance to store, to invert or to know.
/// <code>
/// var filter = new ImplicitMapFilter { Rule = new Adam { LearningRate = 0.1 }, Steps = 20 }.Start(system, ObservationModel.Linear(3, c, r), start: [1, 1, 1]);
/// filter.Update(y);
/// double[] estimate = filter.Estimate.ToArray();
/// </code>
/// </summary>
/// <remarks>
/// <para>With one gradient step preconditioned by the posterior covariance (<see cref="ImplicitMapFilterState.Update(ReadOnlySpan{double}, ReadOnlySpan{double}, ReadOnlySpan{double})"/>) on a linear-Gaussian model it is the Kalman filter; with
/// an adaptive method the number of steps and the rate take the place of the noise covariances. An update costs one transition and K gradients of the likelihood, O(n) memory: for large states, and where the process noise isn't known.
/// Where it is known and n is small a Kalman filter is better.</para>
/// <para>G. Bencomo, J. Snell, T. L. Griffiths (2023), Implicit maximum a posteriori filtering via adaptive optimization.</para>
/// </remarks>
[Algorithm("Implicit MAP filter", "Estimation", "Bencomo, Snell, Griffiths (2023), Implicit maximum a posteriori filtering via adaptive optimization", Capabilities = "any update rule, no covariances")]
public sealed record ImplicitMapFilter
{
    /// <summary>The update rule of the optimizer. Default: Adam with rate 0.1.</summary>
    public IUpdateRule Rule { get; init => field = Require.NotNull(value, nameof(Rule)); } = new Adam { LearningRate = 0.1 };

    /// <summary>The number K of steps for each observation. Default: 10.</summary>
    public int Steps { get; init => field = Require.Positive(value); } = 10;

    /// <summary>Whether the optimizer forgets its moments before each observation, which makes the implicit prior the same every time; it then is allocated again. Kept, they adapt to the noise over time. Default: false.</summary>
    public bool ForgetsMoments { get; init; }

    /// <summary>Starts the filter.</summary>
    /// <param name="system">The transition of the state; its control is 0 where none is given.</param>
    /// <param name="observation">The observation model.</param>
    /// <param name="start">The estimate before the first prediction, n elements.</param>
    /// <exception cref="ArgumentException">The sizes differ, or an element isn't finite.</exception>
    public ImplicitMapFilterState Start(IDiscreteSystem system, IObservationModel observation, ReadOnlySpan<double> start) => new(this, system, observation, start);
}

/// <summary>A running <see cref="ImplicitMapFilter"/>.</summary>
public sealed class ImplicitMapFilterState : IPersistent
{
    private readonly ImplicitMapFilter _options;
    private readonly IDiscreteSystem _system;
    private readonly IObservationModel _observation;
    private readonly double[] _x, _prediction, _gradient, _noControl;
    private RuleState<double> _rule;
    private int _step;

    internal ImplicitMapFilterState(ImplicitMapFilter options, IDiscreteSystem system, IObservationModel observation, ReadOnlySpan<double> start)
    {
        (_options, _system, _observation) = (options, Require.NotNull(system), Require.NotNull(observation));
        int n = system.StateCount;
        Require.Length(observation.StateCount, n, nameof(observation));
        (_x, _prediction, _gradient, _noControl) = (Matrices.Finite(start, n, nameof(start)), new double[n], new double[n], new double[system.ControlCount]);
        _x.CopyTo(_prediction, 0);
        _rule = options.Rule.StartDouble(ParameterLayout.Vector(n));
    }

    /// <summary>The estimate.</summary>
    public ReadOnlySpan<double> Estimate => _x;

    /// <summary>The prediction before the last correction.</summary>
    public ReadOnlySpan<double> Prediction => _prediction;

    /// <summary>The number of observations so far.</summary>
    public int Count => _step;

    /// <summary>Predicts and corrects by an observation.</summary>
    /// <param name="y">The observation, p elements; NaN in the first says that there is none, and the estimate is the prediction.</param>
    /// <param name="u">The control since the last observation, m elements; empty for 0.</param>
    /// <returns>False when the prediction isn't finite (the estimate stays what it was) or a gradient isn't (the estimate is the last finite point).</returns>
    public bool Update(ReadOnlySpan<double> y, ReadOnlySpan<double> u = default) => Update(y, u, default);

    /// <summary>Predicts and corrects by an observation, by gradient steps x - M g instead of the rule's.</summary>
    /// <param name="y">The observation, p elements; NaN in the first says that there is none.</param>
    /// <param name="u">The control since the last observation, m elements; empty for 0.</param>
    /// <param name="preconditioner">The symmetric matrix M, n x n; empty for the update rule.</param>
    /// <returns>False when the prediction or a gradient isn't finite.</returns>
    public bool Update(ReadOnlySpan<double> y, ReadOnlySpan<double> u, ReadOnlySpan<double> preconditioner)
    {
        int n = _x.Length;
        Require.Length(y.Length, _observation.ObservationCount, nameof(y));
        if (!u.IsEmpty)
            Require.Length(u.Length, _noControl.Length, nameof(u));
        if (!preconditioner.IsEmpty)
            Require.Length(preconditioner.Length, n * n, nameof(preconditioner));
        _system.Next(_step, _x, u.IsEmpty ? _noControl : u, _prediction);
        _step++;
        if (!Matrices.AllFinite(_prediction))
            return false;
        _prediction.CopyTo(_x, 0);
        if (double.IsNaN(y[0]))
            return true;
        if (_options.ForgetsMoments && preconditioner.IsEmpty && _rule.Steps > 0)
            _rule = _options.Rule.StartDouble(ParameterLayout.Vector(n));
        for (int k = 0; k < _options.Steps; k++)
        {
            double value = _observation.ValueAndGradient(_x, y, _gradient);
            if (!double.IsFinite(value) || !Matrices.AllFinite(_gradient))
                return false;
            if (preconditioner.IsEmpty)
                _rule.Step(_x, _gradient);
            else
                Blas.Gemv(false, n, n, -1.0, preconditioner, n, _gradient, 1.0, _x);
        }

        return true;
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer<double>(_x);
        archive.Transfer<double>(_prediction);
        archive.Transfer(ref _step);
        archive.Transfer(_rule);
    }
}
