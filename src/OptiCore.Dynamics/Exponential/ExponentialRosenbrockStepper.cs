using OptiCore.LinearAlgebra;
using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>The steps of <see cref="ExponentialRosenbrockEuler"/>: f, its Jacobian and its derivative in time at a step's start, which serve its dense output too.</summary>
internal sealed class ExponentialRosenbrockStepper : FixedSizeStepper
{
    private readonly Linearization _jacobian;
    private readonly PhiFunctions _functions;
    private readonly double[] _dense;
    private readonly double[] _phi;
    private readonly double[] _slope;
    private readonly double[] _time;
    private bool _hasSlope;

    public ExponentialRosenbrockStepper(ExponentialRosenbrockEuler method, IOdeSystem system, OdeVectors vectors)
        : base(method, system, vectors, order: 2, method.FixedStep, isHermite: false)
    {
        int n = vectors.Dimension;
        _jacobian = new Linearization(this, method, system, vectors);
        _functions = new PhiFunctions(n, 2);
        _dense = new double[_jacobian.IsBand ? n * n : 0];
        _phi = new double[3 * n * n];
        _slope = new double[n];
        _time = new double[n];
    }

    protected internal override bool Prepare(double time)
    {
        if (!_hasSlope)
            _hasSlope = Evaluate(time, Vectors.Point, _slope);
        return _hasSlope;
    }

    protected internal override void Accept(double h, double error) => _hasSlope = false;

    protected internal override void Forget()
    {
        base.Forget();
        _hasSlope = false;
    }

    protected internal override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        _jacobian.Persist(archive);
        archive.Transfer<double>(_slope);
        archive.Transfer<double>(_time);
        archive.Transfer(ref _hasSlope);
    }

    protected override bool Advance(double time, double h, double newTime, double[] y, bool isWhole)
    {
        if (isWhole && (!_jacobian.Evaluate(time, y, _slope, h) || !_jacobian.TimeDerivative(time, y, _slope, h, _time)))
            return false;
        int n = Dimension, size = n * n;
        ReadOnlySpan<double> matrix = Dense();
        foreach (double element in matrix)
        {
            if (!double.IsFinite(h * element))
                return false;
        }

        _functions.Compute(h, matrix, _phi);
        Span<double> state = y.AsSpan(0, n);
        Blas.Gemv(false, n, n, h, _phi.AsSpan(size, size), n, _slope, 1, state);
        Blas.Gemv(false, n, n, h * h, _phi.AsSpan(2 * size, size), n, _time, 1, state);
        return StageKernels.AllFinite(state);
    }

    /// <summary>J as a matrix, also where it is kept as a band.</summary>
    private ReadOnlySpan<double> Dense()
    {
        if (!_jacobian.IsBand)
            return _jacobian.Values;
        int n = Dimension, width = _jacobian.Width;
        Array.Clear(_dense);
        for (int i = 0; i < n; i++)
        {
            for (int j = Math.Max(0, i - _jacobian.Lower); j <= Math.Min(n - 1, i + _jacobian.Upper); j++)
                _dense[(i * n) + j] = _jacobian.Values[(i * width) + j - i + _jacobian.Lower];
        }

        return _dense;
    }
}
