using System.Numerics;
using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// OASIS: gradient descent scaled by an average of Hutchinson's estimates of the Hessian's diagonal, with a step size that needs no tuning. With z of random signs,
/// <code>
/// D     := beta2 D + (1 - beta2) z o (H z),   Dhat = max(|D|, alpha)
/// eta_k := min(sqrt(1 + theta_{k-1}) eta_{k-1}, |x_k - x_{k-1}|_Dhat / (2 |g_k - g_{k-1}|_{1/Dhat})),   theta_k = eta_k / eta_{k-1}
/// x     := x - eta_k m / Dhat,   m := beta1 m + (1 - beta1) g
/// </code>
/// where |v|_D^2 = sum_i D_i v_i^2.
/// </summary>
/// <remarks>
/// One gradient and one product with the Hessian an iteration; at the start as many products more as <see cref="WarmUpSamples"/> says, whose mean is the first D. With <see cref="LearningRate"/> the step size is given, the form for stochastic
/// gradients; with <see cref="Momentum"/> the gradient is averaged. There is no line search: the value may rise, and the run keeps the best point. A candidate whose value or gradient isn't
/// finite ends the run as Failed. For badly scaled problems that are otherwise benign; where a line search can be afforded, <see cref="Lbfgs"/>.
/// </remarks>
[Algorithm("OASIS", "First-order", "Jahani, Rusakov, Shi, Richtárik, Mahoney, Takáč (2022), Doubly adaptive scaled algorithm for machine learning using second-order information", Capabilities = "products with the Hessian, no step size")]
public sealed record Oasis : ISolver<double, ITwiceDifferentiableFunction<double>>, ISolver<float, ITwiceDifferentiableFunction<float>>
{
    /// <summary>The step size; null for the adaptive one. Default: null.</summary>
    public Schedule? LearningRate { get; init => field = value is null ? null : Schedule.Valid(value); }

    /// <summary>The first adaptive step size, before there is a second gradient. Default: 1e-3.</summary>
    public double InitialStep { get; init => field = Require.Positive(value); } = 1e-3;

    /// <summary>The memory beta1 of the mean of gradients; 0 for none. Default: 0.</summary>
    public double Momentum { get; init => field = Require.InHalfOpen(value, 0, 1); }

    /// <summary>The memory beta2 of the mean of estimates. Default: 0.99.</summary>
    public double Beta2 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.99;

    /// <summary>The smallest curvature alpha that counts. Default: 1e-5.</summary>
    public double Truncation { get; init => field = Require.Positive(value); } = 1e-5;

    /// <summary>The products at the starting point. Default: 10.</summary>
    public int WarmUpSamples { get; init => field = Require.Positive(value); } = 10;

    /// <summary>When an iterate is good enough. Default: a largest gradient component of 1e-6, else the limits of the run.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = new() { GradientTolerance = 1e-6 };

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) => new State<double>(this, shape, start, key);

    /// <inheritdoc/>
    public SolverState<float> Start(ProblemShape shape, ReadOnlySpan<float> start, RandomKey key) => new State<float>(this, shape, start, key);

    private sealed class State<T> : SolverState<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Oasis _options;
        private readonly RandomKey _key;
        private readonly T[] _point;
        private readonly T[] _previous;
        private readonly T[] _previousGradient;
        private readonly T[] _mean;
        private readonly T[] _diagonal;
        private double _value = double.NaN;
        private double _gradientNorm = double.NaN;
        private double _valueChange = double.NaN;
        private double _stepNorm = double.NaN;
        private double _step;
        private double _growth = double.PositiveInfinity;
        private long _products;
        private long _iterates;

        public State(Oasis options, ProblemShape shape, ReadOnlySpan<T> start, RandomKey key)
            : base(new Query<T>(shape, Oracle.Value | Oracle.Gradient | Oracle.HessianProduct) { Needs = Oracle.Value | Oracle.Gradient })
        {
            _options = options;
            _key = key;
            _point = start.ToArray();
            _previous = new T[_point.Length];
            _previousGradient = new T[_point.Length];
            _mean = new T[_point.Length];
            _diagonal = new T[_point.Length];
            start.CopyTo(Query.Point());
        }

        public override ReadOnlySpan<T> Point => _point;

        public override double Value => _value;

        public override double GradientNorm => _gradientNorm;

        public override double ValueChange => _valueChange;

        public override double StepNorm => _stepNorm;

        public override Advance Tell()
        {
            if (Query.Needs == Oracle.HessianProduct)
            {
                TellProduct();
                return Advance.Continue;
            }

            if (!Query.IsFinite())
                return Advance.Stop(StopReason.NonFinite);
            bool isStart = double.IsNaN(_value);
            _valueChange = _value - Query.Value();
            Query.Point().CopyTo(_point);
            _value = Query.Value();
            _gradientNorm = double.CreateTruncating(Reduce.MaxNorm<T>(Query.Gradient()));
            AskProduct();
            return isStart ? Advance.Continue : Advance.Iteration;
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<T>(_point);
            archive.Transfer<T>(_previous);
            archive.Transfer<T>(_previousGradient);
            archive.Transfer<T>(_mean);
            archive.Transfer<T>(_diagonal);
            archive.Transfer(ref _value);
            archive.Transfer(ref _gradientNorm);
            archive.Transfer(ref _valueChange);
            archive.Transfer(ref _stepNorm);
            archive.Transfer(ref _step);
            archive.Transfer(ref _growth);
            archive.Transfer(ref _products);
            archive.Transfer(ref _iterates);
        }

        private void AskProduct()
        {
            Query.Needs = Oracle.HessianProduct;
            CurvatureEstimate.Rademacher(_key.Fold(_products++), Query.Direction);
        }

        private void TellProduct()
        {
            if (Query.IsFinite())
            {
                Span<T> estimate = Query.HessianProduct;
                CurvatureEstimate.Hutchinson<T>(Query.Direction, estimate, estimate);
                double share = _iterates == 0 ? 1.0 / _products : 1 - _options.Beta2;
                Elements.Average(_diagonal, T.CreateTruncating(1 - share), T.CreateTruncating(share), estimate);
            }

            if (_iterates == 0 && _products < _options.WarmUpSamples)
            {
                AskProduct();
                return;
            }

            Query.Needs = Oracle.Value | Oracle.Gradient;
            Move();
        }

        private void Move()
        {
            ReadOnlySpan<T> gradient = Query.Gradient();
            double step = StepSize(gradient);
            Span<T> candidate = Query.Point();
            double memory = _options.Momentum, length = 0, moved = 0, alpha = _options.Truncation;
            for (int i = 0; i < _point.Length; i++)
            {
                double x = double.CreateTruncating(_point[i]), g = double.CreateTruncating(gradient[i]);
                double m = (memory * double.CreateTruncating(_mean[i])) + ((1 - memory) * g);
                _mean[i] = T.CreateTruncating(m);
                _previous[i] = _point[i];
                _previousGradient[i] = gradient[i];
                double d = step * m / Math.Max(Math.Abs(double.CreateTruncating(_diagonal[i])), alpha);
                candidate[i] = T.CreateTruncating(x - d);
                moved += d * d;
                length += x * x;
            }

            _stepNorm = Math.Sqrt(moved) / Math.Max(1, Math.Sqrt(length));
            _iterates++;
        }

        private double StepSize(ReadOnlySpan<T> gradient)
        {
            if (_options.LearningRate is { } schedule)
                return schedule.At(_iterates);
            if (_iterates == 0)
                return _step = _options.InitialStep;
            double moved = 0, turned = 0;
            for (int i = 0; i < _point.Length; i++)
            {
                double d = Math.Max(Math.Abs(double.CreateTruncating(_diagonal[i])), _options.Truncation);
                double x = double.CreateTruncating(_point[i]) - double.CreateTruncating(_previous[i]);
                double g = double.CreateTruncating(gradient[i]) - double.CreateTruncating(_previousGradient[i]);
                moved += d * x * x;
                turned += g * g / d;
            }

            // Where the gradient hasn't turned, the function is linear along the step, and only the first limit holds; where neither moved, the step stays.
            double ratio = turned > 0 ? Math.Sqrt(moved / turned) / 2 : double.PositiveInfinity;
            double next = Math.Min(Math.Sqrt(1 + _growth) * _step, ratio);
            if (!double.IsFinite(next) || next == 0)
                next = _step;
            _growth = next / _step;
            return _step = next;
        }
    }
}
