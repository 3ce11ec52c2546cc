using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>The steps of an explicit Runge-Kutta method: stages one after the other in one buffer, each combination one pass over memory.</summary>
internal sealed class ExplicitRungeKuttaStepper : OdeStepper
{
    private readonly ExplicitRungeKutta _method;
    private readonly ButcherTableau _tableau;
    private readonly int _endStage;
    private readonly double _exponent;

    // The stages one after the other, each padded: those of the method, f at the step's end unless it is the last of them, those of the dense output.
    // _offset says where each lies, so that rotating copies nothing.
    private readonly double[] _k;
    private readonly int[] _offset;
    private readonly double[] _denseCoefficients;
    private readonly int[] _denseStages;

    private double _time;
    private double _h;
    private bool _hasDerivative;
    private bool _hasEndDerivative;
    private DenseStagesState _extra;

    public ExplicitRungeKuttaStepper(ExplicitRungeKutta method, IOdeSystem system, OdeVectors vectors)
        : base(method, system, vectors, method.Tableau.ErrorOrder)
    {
        _method = method;
        _tableau = method.Tableau;
        _endStage = _tableau.EndStage;
        _exponent = 1.0 / _tableau.ErrorOrder;
        int stages = _endStage + 1 + _tableau.DenseStages.Count;
        _k = new double[checked(vectors.PaddedLength * stages)];
        _offset = new int[stages];
        _denseStages = new int[stages];
        _denseCoefficients = new double[stages];
        for (int i = 0; i < stages; i++)
        {
            _offset[i] = i * vectors.PaddedLength;
            _denseStages[i] = i;
        }
    }

    /// <summary>Whether the further stages of the dense output are those of the last step.</summary>
    private enum DenseStagesState
    {
        Missing,
        Known,
        NotFinite,
    }

    /// <summary>f at the point, once <see cref="Prepare"/> was called.</summary>
    internal ReadOnlySpan<double> FirstStage => Stage(0);

    protected internal override double StabilityLimit => _tableau.StabilityLimit();

    protected override StepController Controller => _method.Controller;

    protected internal override bool Prepare(double time)
    {
        if (_hasEndDerivative)
        {
            (_offset[0], _offset[_endStage]) = (_offset[_endStage], _offset[0]);
            _hasDerivative = true;
            _hasEndDerivative = false;
        }

        if (!_hasDerivative)
            _hasDerivative = Evaluate(time, Vectors.Point, Stage(0));
        return _hasDerivative;
    }

    protected internal override double ChooseStep(double time, double distance) => ChooseStep(time, distance, Stage(0), Stage(Math.Min(1, _endStage)), _exponent);

    protected internal override double Try(double time, double h, double newTime)
    {
        double[] y = Vectors.Point, trial = Vectors.Trial;
        _time = time;
        _h = h;
        _extra = DenseStagesState.Missing;
        for (int i = 1; i < _tableau.StageCount; i++)
        {
            double c = _tableau.Nodes[i];
            if (!Combine(_tableau.StageTerms[i], y, trial) || !Evaluate(c == 1 ? newTime : time + (c * h), trial, Stage(i)))
                return double.NaN;
        }

        if (!_tableau.IsFirstSameAsLast && !Combine(_tableau.SolutionTerms, y, trial))
            return double.NaN;
        double error = 0;
        if (_method.FixedStep is null)
        {
            error = ErrorNorm(_tableau.ErrorTerms);
            if (!_tableau.SecondErrorWeights.IsEmpty && error > 0)
            {
                double second = ErrorNorm(_tableau.SecondErrorTerms);
                error *= error / Math.Sqrt((error * error) + (0.01 * second * second));
            }

            if (!(error <= 1))
                return double.IsNaN(error) ? double.MaxValue : error;
        }

        return _tableau.IsFirstSameAsLast || Evaluate(newTime, trial, Stage(_endStage)) ? error : double.NaN;
    }

    protected internal override void Accept(double h, double error)
    {
        _hasDerivative = false;
        _hasEndDerivative = true;
    }

    /// <summary>|f(y new) - f(Y)| / |y new - Y| for the last stage Y at the step's end: Hairer and Wanner (1996), section IV.2.</summary>
    protected internal override double SpectralEstimate()
    {
        int stage = Math.Max(0, _endStage - 1);
        for (int i = stage; i > 0; i--)
        {
            if (_tableau.Nodes[i] == 1)
            {
                stage = i;
                break;
            }
        }

        Combine(_tableau.StageTerms[stage], Vectors.Previous, Vectors.Scratch);
        ReadOnlySpan<double> end = Stage(_endStage), last = Stage(stage);
        double slopes = 0, points = 0;
        for (int i = 0; i < end.Length; i++)
        {
            double slope = end[i] - last[i], point = Vectors.Point[i] - Vectors.Scratch[i];
            slopes += slope * slope;
            points += point * point;
        }

        return points > 0 ? Math.Sqrt(slopes / points) : 0;
    }

    protected internal override void Forget()
    {
        base.Forget();
        _hasDerivative = _hasEndDerivative = false;
    }

    /// <summary>See <see cref="ButcherTableau"/> for the polynomial.</summary>
    protected internal override void Dense(double theta, double[] start, double[] destination)
    {
        if (_extra == DenseStagesState.Missing)
            ComputeDenseStages(start);
        _tableau.DenseCoefficients(theta, _denseCoefficients, withRows: _extra == DenseStagesState.Known);
        StageKernels.Combine(Dimension, destination, start, _h, _denseCoefficients, _denseStages, _offset, _k);
    }

    protected internal override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Expect(_tableau.StageCount, "number of stages");
        archive.Transfer<double>(_k);
        archive.Transfer<int>(_offset);
        archive.Transfer(ref _time);
        archive.Transfer(ref _h);
        archive.Transfer(ref _hasDerivative);
        archive.Transfer(ref _hasEndDerivative);
        archive.Transfer(ref _extra);
        if (archive.IsLoading && !IsConsistent())
            throw new CheckpointException("The saved state is damaged: its stages are numbered impossibly.");
    }

    private Span<double> Stage(int stage) => _k.AsSpan(_offset[stage], Dimension);

    private bool Combine(StageTerms terms, double[] from, double[] to) =>
        StageKernels.Combine(Dimension, to, from, _h, terms.Coefficients, terms.Stages, _offset, _k);

    private double ErrorNorm(StageTerms terms) => StageKernels.ErrorNorm(
        Dimension, Vectors.Point, Vectors.Trial, _h, Vectors.Absolute, _method.RelativeTolerance, terms.Coefficients, terms.Stages, _offset, _k);

    /// <summary>Where they aren't finite, the dense output stays the cubic one, whose stages are.</summary>
    private void ComputeDenseStages(double[] start)
    {
        double[] point = Vectors.Scratch;
        for (int i = 0; i < _tableau.DenseStageTerms.Length; i++)
        {
            StageTerms terms = _tableau.DenseStageTerms[i];
            if (!Combine(terms, start, point) || !Evaluate(_time + (terms.Sum * _h), point, Stage(_endStage + 1 + i)))
            {
                // Times nothing they are to be nothing.
                _k.AsSpan((_endStage + 1) * Vectors.PaddedLength).Clear();
                _extra = DenseStagesState.NotFinite;
                return;
            }
        }

        _extra = DenseStagesState.Known;
    }

    /// <summary>The kernels trust the offsets, so that those from outside are looked at: stages lie in order, but for the first and that of the end.</summary>
    private bool IsConsistent()
    {
        for (int i = 0; i < _offset.Length; i++)
        {
            bool swapped = (i == 0 || i == _endStage) && _offset[0] != 0;
            if (_offset[i] != (swapped ? _endStage - i : i) * Vectors.PaddedLength)
                return false;
        }

        return Enum.IsDefined(_extra);
    }
}
