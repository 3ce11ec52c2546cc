using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>The steps of an <see cref="ExponentialIntegrator"/>: stages one after the other, each a sum of products with coefficients that are computed once for a step size.</summary>
internal sealed class ExponentialStepper : FixedSizeStepper
{
    private readonly ISemilinearOde _system;
    private readonly ExponentialScheme _scheme;

    // The coefficient of the point and those of the stages in each row, as numbers among the different ones; -1 for a zero.
    private readonly int[] _propagators;
    private readonly int[][] _terms;
    private readonly PhiCoefficients _whole;
    private readonly PhiCoefficients _part;
    private readonly double[][] _nonlinear;
    private readonly double[] _start;
    private readonly double[] _stage;
    private bool _hasNonlinear;

    public ExponentialStepper(ExponentialIntegrator method, ISemilinearOde system, OdeVectors vectors)
        : base(method, system, vectors, method.Scheme.Order, method.FixedStep, isHermite: false)
    {
        _system = system;
        _scheme = method.Scheme;
        int s = _scheme.StageCount, n = system.Dimension;
        var sums = new List<PhiTerm[]>();
        var isTimesStep = new List<bool>();
        _propagators = new int[s + 1];
        _terms = new int[s + 1][];
        for (int row = 0; row <= s; row++)
        {
            _propagators[row] = Number([new PhiTerm(0, _scheme.Nodes[row], 1)], false);
            _terms[row] = new int[_scheme.Rows[row].Length];
            for (int j = 0; j < _terms[row].Length; j++)
                _terms[row][j] = _scheme.Rows[row][j].Length == 0 ? -1 : Number(_scheme.Rows[row][j], true);
        }

        _whole = new PhiCoefficients(system, [.. sums], [.. isTimesStep]);
        _part = new PhiCoefficients(system, [.. sums], [.. isTimesStep]);
        _nonlinear = new double[s][];
        for (int i = 0; i < s; i++)
            _nonlinear[i] = new double[n];
        _start = new double[n];
        _stage = new double[n];

        int Number(PhiTerm[] sum, bool timesStep)
        {
            for (int i = 0; i < sums.Count; i++)
            {
                if (isTimesStep[i] == timesStep && sums[i].AsSpan().SequenceEqual(sum))
                    return i;
            }

            sums.Add(sum);
            isTimesStep.Add(timesStep);
            return sums.Count - 1;
        }
    }

    protected internal override bool Prepare(double time)
    {
        if (!_hasNonlinear)
            _hasNonlinear = EvaluateNonlinear(time, Vectors.Point.AsSpan(0, Dimension), _nonlinear[0]);
        return _hasNonlinear;
    }

    protected internal override void Accept(double h, double error) => _hasNonlinear = false;

    protected internal override void Forget()
    {
        base.Forget();
        _hasNonlinear = false;
    }

    protected internal override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Expect(_scheme.StageCount, "number of stages");
        archive.Transfer<double>(_nonlinear[0]);
        archive.Transfer(ref _hasNonlinear);
    }

    protected override bool Advance(double time, double h, double newTime, double[] y, bool isWhole)
    {
        PhiCoefficients coefficients = isWhole ? _whole : _part;
        coefficients.Prepare(h);
        Span<double> state = y.AsSpan(0, Dimension);
        state.CopyTo(_start);
        int s = _scheme.StageCount;
        for (int row = 1; row <= s; row++)
        {
            Span<double> target = row == s ? state : _stage;
            target.Clear();
            coefficients.AddProduct(_propagators[row], _start, target);
            for (int j = 0; j < _terms[row].Length; j++)
            {
                if (_terms[row][j] >= 0)
                    coefficients.AddProduct(_terms[row][j], _nonlinear[j], target);
            }

            if (!StageKernels.AllFinite(target))
                return false;
            double node = _scheme.Nodes[row];
            if (row < s && !EvaluateNonlinear(node == 1 ? newTime : time + (node * h), target, _nonlinear[row]))
                return false;
        }

        return true;
    }

    private bool EvaluateNonlinear(double time, ReadOnlySpan<double> y, double[] result)
    {
        Evaluations++;
        _system.Nonlinear(time, y, result);
        return StageKernels.AllFinite(result);
    }
}
