using System.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>What methods that take steps of one size without an error estimate share: the exact size, the end of the step, the dense output.</summary>
internal abstract class FixedSizeStepper : OdeStepper
{
    /// <summary>The highest order whose dense output may be the cubic Hermite polynomial: its error is as that of the steps.</summary>
    protected const int HermiteOrder = 4;

    // Adding a step to the time rounds the difference by at most this many spacings of floating-point numbers.
    private const double RoundedSpacings = 2;

    private readonly bool _prefersHermite;
    private readonly double _size;
    private readonly double[] _end;
    private readonly double[] _startSlope;
    private readonly double[] _endSlope;
    private double _time;
    private double _newTime;
    private double _h;
    private bool _hasSlopes;
    private bool _isHermite;

    /// <summary>Creates the shared part.</summary>
    /// <param name="method">The method.</param>
    /// <param name="system">The right-hand side.</param>
    /// <param name="vectors">The vectors of the integration.</param>
    /// <param name="order">The order of the method.</param>
    /// <param name="size">The size of the steps.</param>
    /// <param name="isHermite">True when the dense output is the cubic Hermite polynomial, false when it is a step of a part of the size.</param>
    protected FixedSizeStepper(OdeMethod method, IOdeSystem system, OdeVectors vectors, int order, double size, bool isHermite)
        : base(method, system, vectors, order)
    {
        _prefersHermite = isHermite;
        _size = size;
        _end = new double[vectors.PaddedLength];
        _startSlope = new double[vectors.Dimension];
        _endSlope = new double[vectors.Dimension];
    }

    /// <summary>The size of a step. The map must be the same in every step, or the energy wanders: it isn't what the rounding of the time has left of it.</summary>
    public static double ExactSize(double size, double time, double newTime)
    {
        double h = newTime - time, exact = Math.CopySign(size, h), largest = Math.Max(Math.Abs(time), Math.Abs(newTime));
        return Math.Abs(h - exact) <= RoundedSpacings * (Math.BitIncrement(largest) - largest) ? exact : h;
    }

    protected internal override double Try(double time, double h, double newTime)
    {
        _h = ExactSize(_size, time, newTime);
        _time = time;
        _newTime = newTime;
        _hasSlopes = false;
        _isHermite = _prefersHermite;
        double[] trial = Vectors.Trial;
        Vectors.Point.AsSpan().CopyTo(trial);
        if (!Advance(time, _h, newTime, trial, isWhole: true))
            return double.NaN;
        trial.AsSpan().CopyTo(_end);
        return 0;
    }

    protected internal override double NextFactor(double h, double error, bool afterRejection) => 1;

    protected internal override double ChooseStep(double time, double distance) => _size;

    protected internal override void Accept(double h, double error)
    {
    }

    protected internal override void Dense(double theta, double[] start, double[] destination)
    {
        if (!_isHermite)
        {
            start.AsSpan().CopyTo(destination);
            if (theta == 0 || Advance(_time, theta * _h, _time + (theta * _h), destination, isWhole: false))
                return;
            _isHermite = true;
        }

        if (!_hasSlopes)
            ComputeSlopes(start);
        double back = theta - 1, ends = theta * back;
        for (int i = 0; i < Dimension; i++)
        {
            double change = _end[i] - start[i];
            double bend = ((1 - (2 * theta)) * change) + (_h * ((back * _startSlope[i]) + (theta * _endSlope[i])));
            destination[i] = start[i] + (theta * change) + (ends * bend);
        }
    }

    protected internal override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Transfer<double>(_end);
        archive.Transfer<double>(_startSlope);
        archive.Transfer<double>(_endSlope);
        archive.Transfer(ref _time);
        archive.Transfer(ref _newTime);
        archive.Transfer(ref _h);
        archive.Transfer(ref _hasSlopes);
        archive.Transfer(ref _isHermite);
    }

    /// <summary>Moves a state by a step.</summary>
    /// <param name="time">Where it begins: where the last step that was tried does.</param>
    /// <param name="h">Its size, with sign.</param>
    /// <param name="newTime">Where it ends.</param>
    /// <param name="y">The state, padded; changed in place.</param>
    /// <param name="isWhole">True for the step itself, false for a part of it that only the dense output wants.</param>
    /// <returns>False when something wasn't finite.</returns>
    protected abstract bool Advance(double time, double h, double newTime, double[] y, bool isWhole);

    /// <summary>y += scale x.</summary>
    /// <returns>True when every sum is finite.</returns>
    protected static bool AddScaled(double scale, ReadOnlySpan<double> x, Span<double> y)
    {
        int i = 0, width = Vector<double>.Count;
        Vector<double> check = Vector<double>.Zero;
        for (; i <= y.Length - width; i += width)
        {
            Vector<double> sum = new Vector<double>(y[i..]) + (scale * new Vector<double>(x[i..]));
            sum.CopyTo(y[i..]);

            // x * 0 is 0 for every finite x and NaN for the others; NaN survives the sum.
            check += sum * Vector<double>.Zero;
        }

        double rest = Vector.Sum(check);
        for (; i < y.Length; i++)
        {
            y[i] += scale * x[i];
            rest += y[i] * 0;
        }

        return rest == 0;
    }

    /// <summary>Where they aren't finite, the dense output is the straight line.</summary>
    private void ComputeSlopes(double[] start)
    {
        if (!Evaluate(_time, start, _startSlope) || !Evaluate(_newTime, _end, _endSlope))
        {
            for (int i = 0; i < Dimension; i++)
                _startSlope[i] = _endSlope[i] = (_end[i] - start[i]) / _h;
        }

        _hasSlopes = true;
    }
}
