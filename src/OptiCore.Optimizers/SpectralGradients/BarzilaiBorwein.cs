using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>Which of the two steps of Barzilai and Borwein is taken.</summary>
public enum SpectralStep
{
    /// <summary>s.s / s.y: the least-squares solution of s = t y in the weight of s; the longer one.</summary>
    Long = 0,

    /// <summary>s.y / y.y: the least-squares solution of s / t = y; the shorter one.</summary>
    Short = 1,

    /// <summary>The long one in odd, the short one in even iterations.</summary>
    Alternate = 2,
}

/// <summary>
/// Gradient descent with spectral steps, x_new = x - t g, where t is the step of Barzilai and Borwein, an inverse curvature along the last step, made globally convergent by a
/// nonmonotone line search.
/// </summary>
/// <remarks>
/// <para>J. Barzilai, J. M. Borwein (1988), Two-point step size gradient methods, IMA J. Numer. Anal. 8, 141-148; M. Raydan (1997), The Barzilai and Borwein gradient method for the
/// large scale unconstrained minimization problem, SIAM J. Optim. 7, 26-33 (the search by the largest of the last 10 values);
/// Y.-H. Dai, R. Fletcher (2005), Projected Barzilai-Borwein methods for large-scale box-constrained quadratic programming, Numer. Math. 100, 21-47 (alternating steps).</para>
/// <para>One value and gradient for most iterations, some ten operations a variable, five vectors: the cheapest method that does much better than steepest descent. It isn't
/// monotone. Ill-conditioned problems want <see cref="Lbfgs"/>.</para>
/// <para>The first step has length 1. After a step of negative curvature t is max(1, 1 / |g|), at most 1e5, as in Raydan's paper.</para>
/// </remarks>
[Algorithm("Barzilai-Borwein", "Spectral gradients", "Raydan (1997), The Barzilai and Borwein gradient method for the large scale unconstrained minimization problem", Capabilities = "gradient")]
public sealed record BarzilaiBorwein : ISolver<double, IDifferentiableFunction<double>>
{
    /// <summary>Which step is taken. Default: <see cref="SpectralStep.Long"/>.</summary>
    public SpectralStep Step { get; init => field = Require.Defined(value); } = SpectralStep.Long;

    /// <summary>The line search, which gets the spectral step as its first. Default: <see cref="Backtracking"/> below the largest of the last 10 values.</summary>
    public ILineSearch LineSearch { get; init => field = Require.NotNull(value, nameof(LineSearch)); } = new Backtracking { Reference = new LargestOfLast() };

    /// <summary>The shortest t. Default: 1e-30.</summary>
    public double MinStep { get; init => field = Require.Positive(value); } = 1e-30;

    /// <summary>The longest t. Default: 1e30.</summary>
    public double MaxStep { get; init => field = Require.Positive(value); } = 1e30;

    /// <summary>When an iterate is good enough. Default: no gradient component larger than 1e-6.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = new() { GradientTolerance = 1e-6 };

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The shortest step is longer than the longest.</exception>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
    {
        if (MinStep > MaxStep)
            throw new ArgumentException($"{nameof(MinStep)} is larger than {nameof(MaxStep)}.");
        return new State(this, new Query<double>(shape, Oracle.Value | Oracle.Gradient), start);
    }

    private sealed class State(BarzilaiBorwein options, Query<double> query, ReadOnlySpan<double> start) : SolverState<double>(query)
    {
        private readonly LineSearchStep _line = new(query, options.LineSearch, start);
        private readonly double[] _s = new double[start.Length];
        private readonly double[] _y = new double[start.Length];
        private bool _started, _odd, _restarted;

        public override ReadOnlySpan<double> Point => _line.Point;

        public override double Value => _line.Value;

        public override double GradientNorm => _line.GradientNorm;

        public override double ValueChange => _line.ValueChange;

        public override double StepNorm => _line.StepNorm;

        public override Advance Tell()
        {
            if (!_started)
            {
                _started = true;
                _line.TakeStart();
                return Begin(1 / Math.Sqrt(_line.GradientSquare)) ? Advance.Continue : Stop(iterated: false);
            }

            switch (_line.Tell(_s, _y))
            {
                case LineSearchOutcome.Continue:
                    return Advance.Continue;
                case LineSearchOutcome.Accepted:
                    _restarted = false;
                    _odd = !_odd;
                    return Begin(Spectral()) ? Advance.Iteration : Stop(iterated: true);
                default:
                    // The spectral step was of no use: one more search with a step of length 1.
                    if (_restarted)
                        return Advance.Stop(_line.FailureReason);
                    _restarted = true;
                    return Begin(1 / Math.Sqrt(_line.GradientSquare)) ? Advance.Continue : Stop(iterated: false);
            }
        }

        private Advance Stop(bool iterated) => Advance.Stop(
            GradientNorm <= options.Stopping.GradientTolerance ? StopReason.GradientTolerance : StopReason.NoProgress, iterated);

        private bool Begin(double step)
        {
            Vectors.Scale(-1, _line.Gradient, _line.Direction);
            return _line.Begin(step);
        }

        private double Spectral()
        {
            double curvature = _line.Curvature;
            if (!(curvature > 0))
                return Math.Clamp(1 / Math.Sqrt(_line.GradientSquare), 1, 1e5);
            bool isLong = options.Step == SpectralStep.Long || (options.Step == SpectralStep.Alternate && _odd);
            return Math.Clamp(isLong ? _line.StepSquare / curvature : curvature / _line.ChangeSquare, options.MinStep, options.MaxStep);
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer(_line);
            archive.Transfer(ref _started);
            archive.Transfer(ref _odd);
            archive.Transfer(ref _restarted);
        }
    }
}
