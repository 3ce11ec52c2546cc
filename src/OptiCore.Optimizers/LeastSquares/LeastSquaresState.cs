using System.Globalization;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>How far a trial is and what the linear model expects of it.</summary>
/// <param name="Reduction">The predicted reduction of the objective, positive.</param>
/// <param name="Length">The Euclidean length of the step.</param>
/// <param name="IsFull">True for an undamped step of the linear model.</param>
internal readonly record struct StepForecast(double Reduction, double Length, bool IsFull);

/// <summary>What distinguishes the least-squares methods that share <see cref="LeastSquaresState"/>: where the next trial lies and how the region learns from it.</summary>
internal interface ILeastSquaresRule : IPersistent
{
    /// <summary>The largest element of the scaled gradient: 0 at stationary points.</summary>
    double GradientNorm { get; }

    /// <summary>The Euclidean norm of the scaled gradient, by which steps too small for the values are judged.</summary>
    double Optimality { get; }

    /// <summary>The reduction that the whole step of the linear model promises, relative to the objective.</summary>
    double Promise { get; }

    /// <summary>The largest cosine of the angle between the residuals and a column of the Jacobian, as far as bounds leave the column any use.</summary>
    double Cosine { get; }

    /// <summary>Absorbs a new iterate.</summary>
    void Model(ResidualPoint point);

    /// <summary>Writes the next trial; false if no step is left.</summary>
    bool Propose(ResidualPoint point, Span<double> trial, out StepForecast forecast);

    /// <summary>Adapts the region to the ratio of actual and predicted reduction; NaN if the trial wasn't finite, and then it must shrink.</summary>
    void Judge(double ratio);
}

/// <summary>
/// The part that trust-region and line-search methods of least squares have in common: a trial costs residuals, and one that is good enough its Jacobian; where the model has just proved right, both are asked for at once. Converges when actual and predicted relative reductions are
/// within the tolerance of values or a step within that of steps; where values can't tell any more, undamped steps are taken as long as each shortens the scaled gradient by a tenth.
/// </summary>
internal sealed class LeastSquaresState : SolverState<double>
{
    private const double SufficientRatio = 1e-4;

    // See LevenbergMarquardt: what a model may still promise where rejected trials have shrunk the step to nothing.
    private const double NegligiblePromise = 1e-4;
    private const double NegligibleCosine = 1e-6;
    private const double Polished = 0.9;

    // After a whole step of which at least this part came true, the next one is asked for with its Jacobian at once.
    private const double TrustedRatio = 0.75;

    private readonly ILeastSquaresRule _rule;
    private readonly RobustLoss _loss;
    private readonly ResidualPoint _point;
    private readonly double _valueTolerance, _stepTolerance;
    private StepForecast _forecast;
    private StopReason _verdict;
    private double _change = double.NaN, _stepNorm = double.NaN;
    private bool _started, _asksJacobian = true, _polishing, _undefined, _trusted;

    public LeastSquaresState(ILeastSquaresRule rule, RobustLoss loss, double valueTolerance, double stepTolerance, Query<double> query, ReadOnlySpan<double> start)
        : base(query)
    {
        _rule = rule;
        _loss = loss;
        _valueTolerance = valueTolerance;
        _stepTolerance = stepTolerance;
        _point = new ResidualPoint(query.Shape, start, loss);
        query.Needs = Oracle.Residuals | Oracle.Jacobian;
        start.CopyTo(query.Point());
    }

    public override ReadOnlySpan<double> Point => _point.X;

    public override double Value => _point.Value;

    public override double GradientNorm => _started ? _rule.GradientNorm : double.NaN;

    public override double ValueChange => _change;

    public override double StepNorm => _stepNorm;

    public override double Objective(int index) => _loss.Objective(Query.Residuals(index));

    public override string? Describe(StopReason reason)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        return reason switch
        {
            StopReason.ValueTolerance => string.Create(c, $"The actual and the predicted relative reduction of the objective are within the tolerance of {_valueTolerance:g3}, and no step shortens the scaled gradient further."),
            StopReason.StepTolerance => string.Create(c, $"The last step was shorter, relative to the point, than the tolerance of {_stepTolerance:g3}."),
            StopReason.NoProgress => string.Create(c, $"No step along the linear model lowers the objective, though the model promises a relative reduction of {_rule.Promise:g3}: the Jacobian may not match the residuals, or the precision is exhausted."),
            _ => null,
        };
    }

    /// <summary>Whether the model says that next to nothing is left to gain.</summary>
    private bool IsSettled => _rule.Promise <= NegligiblePromise || _rule.Cosine <= NegligibleCosine;

    public override Advance Tell() => _asksJacobian ? TakeJacobian() : TakeTrial();

    private Advance TakeTrial()
    {
        if (!Query.IsFinite())
        {
            _undefined = true;
            _rule.Judge(double.NaN);
            return Propose(Advance.Continue);
        }

        double value = _point.Value, actual = value - Objective(0), ratio = actual / _forecast.Reduction, limit = _valueTolerance * value;
        bool small = Math.Abs(actual) <= limit && _forecast.Reduction <= limit, shortStep = _forecast.Length <= _stepTolerance * Math.Max(_point.Size, _stepTolerance);
        bool accepted = ratio > SufficientRatio;
        _polishing = small && _forecast.IsFull;

        // Where the ratio is rounding, it must not shrink the region.
        if (!_polishing)
            _rule.Judge(ratio);
        _verdict = shortStep && (IsSettled || !_undefined) ? StopReason.StepTolerance : small && IsSettled ? StopReason.ValueTolerance : StopReason.None;
        if (accepted || _polishing)
        {
            _asksJacobian = true;
            _trusted = _forecast.IsFull && (_polishing || ratio > TrustedRatio);
            if ((Query.Needs & Oracle.Jacobian) != 0)
                return TakeJacobian();
            Query.Needs = Oracle.Residuals | Oracle.Jacobian;
            return Advance.Continue;
        }

        return _verdict == StopReason.None ? Propose(Advance.Continue) : Advance.Stop(IsSettled ? _verdict : _undefined ? StopReason.NonFinite : StopReason.NoProgress);
    }

    private Advance TakeJacobian()
    {
        if (_started && !Query.IsFinite())
        {
            _undefined = true;
            _rule.Judge(double.NaN);
            return Propose(Advance.Continue);
        }

        double before = _started ? _rule.Optimality : double.NaN, value = _point.Value;
        _point.Take(Query);
        _rule.Model(_point);
        if (!_started)
        {
            _started = true;
            return _rule.GradientNorm == 0 ? Advance.Stop(StopReason.GradientTolerance) : Propose(Advance.Continue);
        }

        _change = value - _point.Value;
        _stepNorm = _forecast.Length / Math.Max(1, _point.Size);
        if (_rule.GradientNorm == 0)
            return Advance.Stop(StopReason.GradientTolerance, iterated: true);
        if (_polishing && _verdict != StopReason.StepTolerance && _rule.Optimality <= Polished * before)
            return Propose(Advance.Iteration);
        return _verdict != StopReason.None ? Advance.Stop(_verdict, iterated: true) : Propose(Advance.Iteration);
    }

    private Advance Propose(Advance done)
    {
        _asksJacobian = false;
        if (done.IsIteration)
            _undefined = false;
        if (_rule.Propose(_point, Query.Point(), out _forecast) && _forecast.Reduction > 0 && _forecast.Length > 0)
        {
            Query.Needs = done.IsIteration && _trusted && _forecast.IsFull ? Oracle.Residuals | Oracle.Jacobian : Oracle.Residuals;
            return done;
        }


        // Steps that shrank because nothing is defined where they led say nothing of a minimum.
        return Advance.Stop(_undefined ? StopReason.NonFinite : IsSettled ? StopReason.StepTolerance : StopReason.NoProgress, done.IsIteration);
    }

    public override void Persist(StateArchive archive)
    {
        archive.Transfer(_point);
        archive.Transfer(_rule);
        (double reduction, double length, bool full) = _forecast;
        archive.Transfer(ref reduction);
        archive.Transfer(ref length);
        archive.Transfer(ref full);
        _forecast = new StepForecast(reduction, length, full);
        archive.Transfer(ref _verdict);
        archive.Transfer(ref _change);
        archive.Transfer(ref _stepNorm);
        archive.Transfer(ref _started);
        archive.Transfer(ref _asksJacobian);
        archive.Transfer(ref _polishing);
        archive.Transfer(ref _undefined);
        archive.Transfer(ref _trusted);
    }
}
