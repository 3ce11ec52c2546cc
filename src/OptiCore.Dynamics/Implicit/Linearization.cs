using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>
/// The Jacobian of a right-hand side at a point: the system's own or by forward differences, dense or a band. The evaluations are counted where they belong, with the
/// stepper that owns it.
/// </summary>
/// <remarks>
/// The increment of variable j is max(sqrt(eps) |y(j)|, 1000 |h| eps n |f| w(j)), w(j) = relative |y(j)| + absolute the scale of its error and |f| the
/// root mean square of f(i) / w(i): what rounding does to f stays small beside what the increment does. A. C. Hindmarsh (1983), ODEPACK, a systematized
/// collection of ODE solvers; the code LSODA. With a mass matrix, whose algebraic equations have a small f of large terms, it is at least that of RADAU5, 1e-8 max(1e-5, |y(j)|)^(1/2).
/// A point where f isn't defined is passed on the other side.
/// </remarks>
internal sealed class Linearization
{
    private const double RelativeIncrement = 1.4901161193847656e-8;
    private const double RoundingMultiple = 1000;
    private const double Epsilon = 2.220446049250313e-16;

    private readonly OdeStepper _owner;
    private readonly IOdeSystem _system;
    private readonly IOdeJacobian? _known;
    private readonly OdeVectors _vectors;
    private readonly double _relative;
    private readonly double[] _moved;
    private readonly double[] _there;
    private readonly double[] _increments;
    private readonly double[] _wide;

    public Linearization(OdeStepper owner, OdeMethod method, IOdeSystem system, OdeVectors vectors)
    {
        _owner = owner;
        _system = system;
        _known = system as IOdeJacobian;
        _vectors = vectors;
        _relative = method.RelativeTolerance;
        int n = Dimension = system.Dimension;
        (Lower, Upper) = (n - 1, n - 1);
        if (system is IOdeBand band && band.LowerBandwidth + band.UpperBandwidth + 1 < n)
        {
            (Lower, Upper) = (band.LowerBandwidth, band.UpperBandwidth);
            if (Lower < 0 || Upper < 0)
                throw new ArgumentException(FormattableString.Invariant($"The system's band has {Lower} diagonals below and {Upper} above the main one; neither may be negative."), nameof(system));
            IsBand = true;
        }

        // A band that isn't narrower than the matrix is written as one, and then read as a matrix.
        IsWideBand = system is IOdeBand && !IsBand;
        Values = new double[checked(n * (IsBand ? Width : n))];
        if (system is IOdeMass { Mass: var mass })
        {
            Require.Length(mass.Length, Values.Length, nameof(IOdeMass.Mass));
            Mass = mass.ToArray();
        }

        _moved = new double[n];
        _there = new double[n];
        _increments = new double[n];
        _wide = IsWideBand && _known is not null ? new double[n * (((IOdeBand)system).LowerBandwidth + ((IOdeBand)system).UpperBandwidth + 1)] : [];
    }

    private bool IsWideBand { get; }

    public int Dimension { get; }

    public bool IsBand { get; }

    public int Lower { get; }

    public int Upper { get; }

    /// <summary>The elements of a row of a band.</summary>
    public int Width => Lower + Upper + 1;

    /// <summary>Whether the system knows its Jacobian, so that f needn't be exact at the point.</summary>
    public bool IsKnown => _known is not null;

    /// <summary>J, n x n row-major, or the rows of its band.</summary>
    public double[] Values { get; }

    /// <summary>M, n x n row-major, or null for the identity.</summary>
    public double[]? Mass { get; }

    /// <summary>Computes J at a point.</summary>
    /// <param name="t">The time.</param>
    /// <param name="y">The state, at least n elements.</param>
    /// <param name="f">f(t, y), n elements.</param>
    /// <param name="h">The step, for the size of the increments.</param>
    /// <returns>True when every element is finite.</returns>
    public bool Evaluate(double t, ReadOnlySpan<double> y, ReadOnlySpan<double> f, double h)
    {
        int n = Dimension;
        y = y[..n];
        _owner.JacobianEvaluations++;
        if (_known is not null)
        {
            if (IsWideBand)
                FromWideBand(t, y);
            else
                _known.Jacobian(t, y, Values);
            if (IsBand)
                ClearCorners();
            return StageKernels.AllFinite(Values);
        }

        ChooseIncrements(y, f, h);
        y.CopyTo(_moved);
        if (!IsBand)
        {
            for (int j = 0; j < n; j++)
            {
                double increment = Move(t, y, j, j + 1, n);
                if (increment == 0)
                    return false;
                double inverse = 1 / increment;
                for (int i = 0; i < n; i++)
                    Values[(i * n) + j] = (_there[i] - f[i]) * inverse;
            }

            return StageKernels.AllFinite(Values);
        }

        // Columns that are a width apart share no row: they are moved together.
        Values.AsSpan().Clear();
        int width = Width;
        for (int group = 0; group < width; group++)
        {
            if (Move(t, y, group, n, width) == 0)
                return false;
            for (int j = group; j < n; j += width)
            {
                double inverse = 1 / _increments[j];
                for (int i = Math.Max(0, j - Upper); i <= Math.Min(n - 1, j + Lower); i++)
                    Values[(i * width) + j - i + Lower] = (_there[i] - f[i]) * inverse;
            }
        }

        return StageKernels.AllFinite(Values);
    }

    /// <summary>Computes df/dt at a point.</summary>
    /// <param name="t">The time.</param>
    /// <param name="y">The state, at least n elements.</param>
    /// <param name="f">f(t, y), n elements.</param>
    /// <param name="h">The step, with sign.</param>
    /// <param name="derivative">Receives df/dt, n elements.</param>
    /// <returns>True when every element is finite.</returns>
    public bool TimeDerivative(double t, ReadOnlySpan<double> y, ReadOnlySpan<double> f, double h, Span<double> derivative)
    {
        y = y[..Dimension];
        if (_known?.TryTimeDerivative(t, y, derivative) == true)
            return StageKernels.AllFinite(derivative);

        // Within the step, where f is known to be smooth; not shorter than what rounding of t leaves.
        double size = Math.Max(RelativeIncrement * Math.Max(Math.Abs(t), Math.Abs(h)), OdeState.SmallestStep(t));
        for (int attempt = 0; attempt < 2; attempt++)
        {
            double there = t + Math.CopySign(size, attempt == 0 ? h : -h), inverse = 1 / (there - t);
            _owner.Evaluations++;
            _system.Derivative(there, y, derivative);
            for (int i = 0; i < derivative.Length; i++)
                derivative[i] = (derivative[i] - f[i]) * inverse;
            if (StageKernels.AllFinite(derivative))
                return true;
        }

        return false;
    }

    /// <summary>product = M x.</summary>
    public void MultiplyMass(ReadOnlySpan<double> x, Span<double> product)
    {
        if (Mass is null)
        {
            x.CopyTo(product);
            return;
        }

        int n = Dimension;
        for (int i = 0; i < n; i++)
        {
            double sum = 0;
            for (int j = 0; j < n; j++)
                sum += Mass[(i * n) + j] * x[j];
            product[i] = sum;
        }
    }

    /// <summary>A bound of the moduli of J's eigenvalues: the smaller of the largest sums of a row and of a column.</summary>
    public double SpectralBound()
    {
        int n = Dimension, width = IsBand ? Width : n;
        Span<double> columns = _moved;
        columns.Clear();
        double rows = 0;
        for (int i = 0; i < n; i++)
        {
            double sum = 0;
            for (int k = 0; k < width; k++)
            {
                int j = IsBand ? i + k - Lower : k;
                if (j < 0 || j >= n)
                    continue;
                double size = Math.Abs(Values[(i * width) + k]);
                sum += size;
                columns[j] += size;
            }

            rows = Math.Max(rows, sum);
        }

        double largest = 0;
        foreach (double column in columns)
            largest = Math.Max(largest, column);
        return Math.Min(rows, largest);
    }

    public void Persist(StateArchive archive) => archive.Transfer<double>(Values);

    private void ChooseIncrements(ReadOnlySpan<double> y, ReadOnlySpan<double> f, double h)
    {
        double[] absolute = _vectors.Absolute;
        double sum = 0;
        for (int i = 0; i < y.Length; i++)
        {
            double weight = (_relative * Math.Abs(y[i])) + absolute[i];
            double ratio = f[i] / weight;
            sum += ratio * ratio;
            _increments[i] = weight;
        }

        double least = sum > 0 && double.IsFinite(sum) ? RoundingMultiple * Math.Abs(h) * Epsilon * Math.Sqrt(y.Length * sum) : 1;
        for (int i = 0; i < y.Length; i++)
        {
            double increment = Math.Max(RelativeIncrement * Math.Abs(y[i]), least * _increments[i]);
            if (Mass is not null)
                increment = Math.Max(increment, 1e-8 * Math.Sqrt(Math.Max(1e-5, Math.Abs(y[i]))));

            // Towards where the solution goes; the difference of what is stored, not of what was meant.
            double moved = y[i] + (f[i] * h < 0 ? -increment : increment);
            _increments[i] = moved == y[i] ? Math.BitIncrement(y[i]) - y[i] : moved - y[i];
        }
    }

    /// <summary>f at the point with every <paramref name="stride"/>-th variable moved, on the other side if need be; the increment of the first, 0 when f isn't finite.</summary>
    private double Move(double t, ReadOnlySpan<double> y, int first, int end, int stride)
    {
        for (int attempt = 0; attempt < 2; attempt++)
        {
            for (int j = first; j < end; j += stride)
            {
                if (attempt == 1)
                    _increments[j] = -_increments[j];
                _moved[j] = y[j] + _increments[j];
            }

            _owner.Evaluations++;
            _system.Derivative(t, _moved, _there);
            bool finite = StageKernels.AllFinite(_there);
            for (int j = first; j < end; j += stride)
                _moved[j] = y[j];
            if (finite)
                return _increments[first];
        }

        return 0;
    }

    private void ClearCorners()
    {
        int n = Dimension, width = Width;
        for (int i = 0; i < n; i++)
        {
            for (int k = 0; k < width; k++)
            {
                if (i + k - Lower < 0 || i + k - Lower >= n)
                    Values[(i * width) + k] = 0;
            }
        }
    }

    private void FromWideBand(double t, ReadOnlySpan<double> y)
    {
        int n = Dimension, lower = ((IOdeBand)_system).LowerBandwidth, width = lower + ((IOdeBand)_system).UpperBandwidth + 1;
        _known!.Jacobian(t, y, _wide);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                int k = j - i + lower;
                Values[(i * n) + j] = k >= 0 && k < width ? _wide[(i * width) + k] : 0;
            }
        }
    }
}
