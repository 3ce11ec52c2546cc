using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Simultaneous perturbation stochastic approximation: estimates the gradient from two values, whatever the number of variables, by moving all of them at once by random signs. For noisy
/// functions of many variables where values are dear.
/// </summary>
/// <remarks>
/// <para>J. C. Spall (1992), Multivariate stochastic approximation using a simultaneous perturbation gradient approximation, IEEE Trans. Autom. Control 37, 332-341. With signs D of a Bernoulli law,
/// g_i = (f(x + c_k D) - f(x - c_k D))/(2 c_k D_i) and x := x - a_k g; a_k = a/(A + k + 1)^alpha, c_k = c/(k + 1)^gamma. The gains are those of J. C. Spall (1998), Implementation of the simultaneous
/// perturbation algorithm for stochastic optimization, IEEE Trans. Aerosp. Electron. Syst. 34, 817-823: alpha = 0.602, gamma = 0.101, A a tenth of the expected iterations, and a such that the first step moves a
/// variable by about <see cref="FirstStep"/>, measured by the mean of <see cref="GainSamples"/> first gradients.</para>
/// <para><see cref="Blocking"/> rejects a step to a value larger than that of the iterate by a tolerance, for one more value an iteration. <see cref="SecondOrder"/> is the adaptive method of J. C. Spall (2000), Adaptive
/// stochastic approximation by the simultaneous perturbation method, IEEE Trans. Autom. Control 45, 1839-1853: two more values give an estimate of the Hessian, whose running mean, made positive definite by the absolute values of its
/// eigenvalues, scales the gradient; a step costs O(n^3). A gradient from m averages has an error in each variable of the size of all others, so that the Newton step contracts fastest with
/// a gain of m/(m + n - 1), which is where the gain begins then.</para>
/// <para>Asks for all values of an iteration at once. The iterate has a value of its own only with blocking; otherwise the mean of both sides stands for it. There is no criterion of convergence: the run ends by its limits.</para>
/// </remarks>
[Algorithm("SPSA", "Random search", "Spall (1992), Multivariate stochastic approximation using a simultaneous perturbation gradient approximation", Capabilities = "noisy values, bounds, second order")]
public sealed record Spsa : ISolver<double, IFunction<double>>, IBoundedSolver
{
    /// <summary>The size c of the first perturbation: about the standard deviation of the noise of a value, and above 0. Default: 0.1.</summary>
    public double Perturbation { get; init => field = Require.Positive(value); } = 0.1;

    /// <summary>How far the first step moves a variable, which decides a. Default: 0.1.</summary>
    public double FirstStep { get; init => field = Require.Positive(value); } = 0.1;

    /// <summary>The gain a itself; 0 to take it from <see cref="FirstStep"/>. Default: 0.</summary>
    public double Gain { get; init => field = Require.NonNegative(value); }

    /// <summary>The iterations that are expected; A is a tenth of them. Default: 1000.</summary>
    public int ExpectedIterations { get; init => field = Require.Positive(value); } = 1000;

    /// <summary>The decay alpha of steps. Default: 0.602.</summary>
    public double StepDecay { get; init => field = Require.InOpenClosed(value, 0, 1); } = 0.602;

    /// <summary>The decay gamma of perturbations. Default: 0.101.</summary>
    public double PerturbationDecay { get; init => field = Require.InClosed(value, 0, 1); } = 0.101;

    /// <summary>The gradients that are averaged in an iteration. Default: 1.</summary>
    public int Averages { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The gradients at the start that decide a. Default: 8, a choice.</summary>
    public int GainSamples { get; init => field = Require.Positive(value); } = 8;

    /// <summary>Whether a step that raises the value by more than <see cref="BlockingTolerance"/> is rejected. Default: off.</summary>
    public bool Blocking { get; init; }

    /// <summary>What a step may raise the value by: about two standard deviations of the noise. Default: 0.</summary>
    public double BlockingTolerance { get; init => field = Require.NonNegative(value); }

    /// <summary>Whether the Hessian is estimated and used. Default: off.</summary>
    public bool SecondOrder { get; init; }

    /// <inheritdoc/>
    public Bounds? Bounds { get; init; }

    /// <summary>None: the run ends by its limits.</summary>
    public StoppingRules Stopping => StoppingRules.Never;

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) => new State(this, shape, start, key);

    private enum Phase
    {
        Gain = 0,
        Gradient = 1,
        Blocking = 2,
    }

    private sealed class State : SolverState<double>
    {
        // An eigenvalue of the estimated Hessian counts as at least 1/sqrt(k) of the largest, and in the end as this part: Spall asks for a positive bound that falls, because the
        // first estimates are mostly noise.
        private const double SmallestCurvature = 1e-4;

        private readonly Spsa _options;
        private readonly RandomKey _key;
        private readonly int _n, _sides;
        private readonly Box _box;
        private readonly double[] _x, _candidate, _gradient, _signs, _seconds, _hessian, _sample, _work;
        private readonly SymmetricEigen<double>? _eigen;
        private Phase _phase;
        private double _value = double.NaN, _change = double.NaN, _gain, _step = double.NaN;
        private long _iteration, _asked;
        private int _lost;

        public State(Spsa options, ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
            : base(new Query<double>(shape, Oracle.Value, ((options.SecondOrder ? 4 : 2) * Math.Max(options.Averages, options.GainSamples)) + 1))
        {
            _options = options;
            _key = key;
            _n = start.Length;
            _sides = options.SecondOrder ? 4 : 2;
            _box = new Box(options.Bounds, _n);
            _x = start.ToArray();
            _candidate = start.ToArray();
            _gradient = new double[_n];
            int most = Math.Max(options.Averages, options.GainSamples);
            _signs = new double[most * _n];
            _seconds = new double[options.SecondOrder ? most * _n : 0];
            _hessian = new double[options.SecondOrder ? _n * _n : 0];
            _sample = new double[_hessian.Length];
            _work = new double[_n];
            _eigen = options.SecondOrder ? new SymmetricEigen<double>(_n) : null;
            _gain = options.SecondOrder && options.Gain == 0 ? options.Averages / (options.Averages + _n - 1.0) : options.Gain;
            _phase = Phase.Gain;
            AskGradients(options.GainSamples, withCenter: true);
        }

        public override ReadOnlySpan<double> Point => _x;

        public override double Value => _value;

        public override double ValueChange => _change;

        public override double StepNorm => _step;

        public override string? Describe(StopReason reason) =>
            reason == StopReason.NonFiniteStart ? "The function is not finite at the start, or at every point around it." : null;

        private double C => _options.Perturbation / Math.Pow(_iteration + 1, _options.PerturbationDecay);

        public override Advance Tell()
        {
            switch (_phase)
            {
                case Phase.Gain:
                    int center = Query.Count - 1;
                    if (!Query.IsFinite(center) || !Estimate(_options.GainSamples))
                        return Advance.Stop(StopReason.NonFiniteStart);
                    _value = Query.Value(center);
                    if (_gain == 0)
                    {
                        double mean = Reduce.SumOfMagnitudes<double>(_work) / _n;
                        _gain = _options.FirstStep * Math.Pow((_options.ExpectedIterations / 10.0) + 1, _options.StepDecay) / Math.Max(mean, double.Epsilon);
                        _gain = double.IsFinite(_gain) ? _gain : 1;
                    }

                    _phase = Phase.Gradient;
                    AskGradients(_options.Averages, withCenter: false);
                    return Advance.Continue;

                case Phase.Gradient:
                    if (!Estimate(_options.Averages))
                        return Lost();
                    Propose();
                    if (_options.Blocking)
                    {
                        _phase = Phase.Blocking;
                        Query.Count = 1;
                        _candidate.CopyTo(Query.Point());
                        return Advance.Continue;
                    }

                    double mid = 0;
                    int sides = 0;
                    for (int i = 0; i < Query.Count; i++)
                    {
                        if (Query.IsFinite(i))
                        {
                            mid += Query.Value(i);
                            sides++;
                        }
                    }

                    return Accept(mid / sides);

                default:
                    _phase = Phase.Gradient;
                    if (Query.IsFinite() && Query.Value() <= _value + _options.BlockingTolerance)
                        return Accept(Query.Value());
                    if (!Query.IsFinite())
                        return Lost();
                    _change = 0;
                    _step = double.NaN;
                    _lost = 0;
                    return Next();
            }
        }

        private Advance Accept(double value)
        {
            double square = 0;
            for (int i = 0; i < _n; i++)
                square += (_candidate[i] - _x[i]) * (_candidate[i] - _x[i]);
            _candidate.CopyTo(_x, 0);
            _step = Math.Sqrt(square) / Math.Max(1, Reduce.Norm<double>(_x));
            _change = _value - value;
            _value = value;
            _lost = 0;
            return Next();
        }

        private Advance Next()
        {
            _iteration++;
            AskGradients(_options.Averages, withCenter: false);
            return Advance.Iteration;
        }

        /// <summary>Other signs may find values that are defined, but not for ever.</summary>
        private Advance Lost()
        {
            const int Patience = 20;
            if (++_lost >= Patience)
                return Advance.Stop(StopReason.NonFinite);
            _phase = Phase.Gradient;
            AskGradients(_options.Averages, withCenter: false);
            return Advance.Continue;
        }

        /// <summary>Asks on both sides of the iterate; for a Hessian also a little beside them.</summary>
        private void AskGradients(int count, bool withCenter)
        {
            RandomStream stream = _key.Fold(_asked++).Stream();
            double c = C;
            Query.Count = (count * _sides) + (withCenter ? 1 : 0);
            for (int k = 0; k < count; k++)
            {
                Span<double> signs = _signs.AsSpan(k * _n, _n);
                foreach (ref double s in signs)
                    s = (stream.NextUInt32() & 1) == 0 ? 1 : -1;
                for (int side = 0; side < 2; side++)
                {
                    Vectors.AddScaled(_x, side == 0 ? c : -c, signs, Query.Point((k * _sides) + side));
                    if (_options.SecondOrder)
                    {
                        Span<double> seconds = _seconds.AsSpan(k * _n, _n);
                        for (int i = 0; side == 0 && i < _n; i++)
                            seconds[i] = (stream.NextUInt32() & 1) == 0 ? 1 : -1;
                        Vectors.AddScaled(Query.Point((k * _sides) + side), c, seconds, Query.Point((k * _sides) + 2 + side));
                    }
                }
            }

            if (withCenter)
                _x.CopyTo(Query.Point(count * _sides));
            for (int i = 0; i < Query.Count; i++)
                Clamp(Query.Point(i));
        }

        /// <summary>Averages the gradients, with the mean of their magnitudes in the work vector, and the Hessians. False when no pair was finite.</summary>
        private bool Estimate(int count)
        {
            _gradient.AsSpan().Clear();
            _work.AsSpan().Clear();
            _sample.AsSpan().Clear();
            int used = 0;
            double c = C;
            for (int k = 0; k < count; k++)
            {
                bool finite = true;
                for (int side = 0; side < _sides; side++)
                    finite &= Query.IsFinite((k * _sides) + side);
                if (!finite)
                    continue;
                used++;
                double slope = (Query.Value(k * _sides) - Query.Value((k * _sides) + 1)) / (2 * c);
                for (int i = 0; i < _n; i++)
                {
                    double g = slope / _signs[(k * _n) + i];
                    _gradient[i] += g;
                    _work[i] += Math.Abs(g);
                }

                if (_options.SecondOrder)
                    AddHessian(k, c);
            }

            if (used == 0)
                return false;
            Vectors.Scale(1.0 / used, _gradient, _gradient);
            Vectors.Scale(1.0 / used, _work, _work);
            if (_options.SecondOrder)
            {
                // The running mean of all estimates so far; the identity stands for those before the first.
                Vectors.Scale(1.0 / used, _sample, _sample);
                double weight = 1.0 / (_iteration + (_phase == Phase.Gain ? 1 : 2));
                for (int i = 0; i < _hessian.Length; i++)
                    _hessian[i] += weight * (_sample[i] - _hessian[i]);
            }

            return true;
        }

        /// <summary>The symmetrised estimate of a Hessian: how the one-sided slope along the second signs differs between both sides.</summary>
        private void AddHessian(int k, double c)
        {
            int at = k * _sides;
            double difference = (Query.Value(at + 2) - Query.Value(at) - Query.Value(at + 3) + Query.Value(at + 1)) / (2 * c * c);
            ReadOnlySpan<double> first = _signs.AsSpan(k * _n, _n), second = _seconds.AsSpan(k * _n, _n);
            for (int i = 0; i < _n; i++)
            {
                for (int j = 0; j < _n; j++)
                    _sample[(i * _n) + j] += difference / 2 * ((first[i] * second[j]) + (first[j] * second[i]));
            }
        }

        /// <summary>x - a_k g, or x - a_k H^(-1) g.</summary>
        private void Propose()
        {
            double a = _gain / Math.Pow((_options.ExpectedIterations / 10.0) + _iteration + 1, _options.StepDecay);
            if (_eigen is not null && _eigen.Factor(_hessian))
            {
                a = _gain * Math.Pow((_options.ExpectedIterations / 10.0) + 1, _options.StepDecay) / Math.Pow((_options.ExpectedIterations / 10.0) + _iteration + 1, _options.StepDecay);
                double largest = Math.Max(Math.Abs(_eigen.Values[0]), Math.Abs(_eigen.Values[_n - 1]));
                double least = Math.Max(Math.Max(SmallestCurvature, 1 / Math.Sqrt(_iteration + 1)) * largest, double.Epsilon);
                _work.AsSpan().Clear();
                for (int k = 0; k < _n; k++)
                {
                    double curvature = Math.Max(Math.Abs(_eigen.Values[k]), least);
                    Vectors.AddScaled(_work, Reduce.Dot(_eigen.Vector(k), _gradient) / curvature, _eigen.Vector(k), _work);
                }

                // A step of the Newton kind far beyond where the estimates were made is not to be trusted: ten first steps at most.
                double length = Reduce.Norm<double>(_work) * a, most = 10 * _options.FirstStep * Math.Sqrt(_n);
                Vectors.AddScaled(_x, length > most ? -a * most / length : -a, _work, _candidate);
            }
            else
            {
                Vectors.AddScaled(_x, -a, _gradient, _candidate);
            }

            Clamp(_candidate);
        }

        private void Clamp(Span<double> x)
        {
            for (int i = 0; i < x.Length; i++)
                x[i] = Math.Clamp(x[i], _box.Lower[i], _box.Upper[i]);
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_x);
            archive.Transfer<double>(_candidate);
            archive.Transfer<double>(_signs);
            archive.Transfer<double>(_seconds);
            archive.Transfer<double>(_hessian);
            archive.Transfer(ref _phase);
            archive.Transfer(ref _value);
            archive.Transfer(ref _change);
            archive.Transfer(ref _gain);
            archive.Transfer(ref _step);
            archive.Transfer(ref _iteration);
            archive.Transfer(ref _asked);
            archive.Transfer(ref _lost);
        }
    }
}
