using System.Globalization;
using OptiCore.Solving;

namespace OptiCore.Dynamics;

/// <summary>
/// <see cref="IterativeLqr"/> within an augmented Lagrangian, for constraints of states and controls along the path and of the end.
/// </summary>
/// <remarks>
/// <para>Inner runs minimise the cost plus y c + rho/2 (violation)^2 with Gauss-Newton Hessians of the constraints; outer iterations update the multipliers y, and raise the penalties rho of all constraints by a factor, until no
/// constraint is violated by more than the tolerance. Warm-started; control bounds stay exact.</para>
/// <para>T. A. Howell, B. E. Jackson, Z. Manchester (2019), ALTRO: a fast solver for constrained trajectory optimization, sections IV.A and IV.B; its square-root backward pass and its final projection are left out: the multipliers
/// converge to the tolerance without them, linearly.</para>
/// </remarks>
[Algorithm("AL-iLQR", "Trajectory optimization", "Howell, Jackson, Manchester (2019), ALTRO: a fast solver for constrained trajectory optimization", Capabilities = "path and terminal constraints, control bounds")]
public sealed record ConstrainedIterativeLqr
{
    /// <summary>The method of the inner runs. Its tolerance of the value limits how well constraints can be satisfied. Default: <see cref="IterativeLqr"/> with <see cref="IterativeLqr.ValueTolerance"/> 1e-12.</summary>
    public IterativeLqr Inner { get; init => field = Require.NotNull(value, nameof(Inner)); } = new() { ValueTolerance = 1e-12 };

    /// <summary>The first penalty. Default: 1.</summary>
    public double InitialPenalty { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The factor of the penalty after every outer iteration, above 1. Default: 10.</summary>
    public double PenaltyGrowth { get; init => field = value > 1 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(PenaltyGrowth), value, $"PenaltyGrowth is {value} but must be above 1."); } = 10;

    /// <summary>The largest penalty. Default: 1e8.</summary>
    public double MaxPenalty { get; init => field = Require.Positive(value); } = 1e8;

    /// <summary>Converged when no constraint is violated by more than this and the inner run has converged. Default: 1e-6.</summary>
    public double FeasibilityTolerance { get; init => field = Require.Positive(value); } = 1e-6;

    /// <summary>The largest number of outer iterations. Default: 30.</summary>
    public int MaxOuterIterations { get; init => field = Require.Positive(value); } = 30;

    /// <summary>Runs until the constraints hold and the inner run has converged, or a limit is reached.</summary>
    /// <param name="problem">The problem with its constraints.</param>
    /// <param name="start">The first state, n finite elements.</param>
    /// <param name="controls">The first controls, N x m; empty for zero.</param>
    /// <param name="cancellationToken">Ends the run between two inner iterations; what was reached is kept.</param>
    /// <exception cref="ArgumentException">A length doesn't fit or a number isn't finite.</exception>
    public TrajectoryResult Solve(TrajectoryProblem problem, ReadOnlySpan<double> start, ReadOnlySpan<double> controls = default, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(problem);
        var cost = new PenalizedCost(problem, InitialPenalty);
        var plain = new TrajectoryProblem(problem.System, cost, problem.Steps) { ControlBounds = problem.ControlBounds };
        IterativeLqrState state = Inner.Start(plain, start, controls);
        double violation = double.PositiveInfinity;
        StopReason reason = StopReason.MaxIterations;
        for (int outer = 0; outer < MaxOuterIterations; outer++)
        {
            state.Run(Inner.MaxIterations, cancellationToken);
            if (state.Reason is StopReason.Cancelled or StopReason.NonFiniteStart or StopReason.NonFinite)
            {
                reason = state.Reason;
                break;
            }

            violation = cost.Violation(state.States, state.Controls);
            if (violation <= FeasibilityTolerance && state.Reason.Status() == SolverStatus.Converged)
            {
                reason = StopReason.OptimalityTolerance;
                break;
            }

            cost.Update(state.States, state.Controls, Math.Min(MaxPenalty, cost.Penalty * PenaltyGrowth));
            state.Reassess();
        }

        if (reason == StopReason.MaxIterations && violation > FeasibilityTolerance && cost.Penalty >= MaxPenalty)
            reason = StopReason.Infeasible;
        TrajectoryResult result = state.ToResult();
        return result with
        {
            Status = reason.Status(),
            Reason = reason,
            Message = reason switch
            {
                StopReason.OptimalityTolerance => "Converged: the constraints hold, and no step reduces the cost.",
                StopReason.Infeasible => string.Create(CultureInfo.InvariantCulture, $"The constraints can't be satisfied near the trajectory that was reached: one is violated by {violation:g3}."),
                StopReason.MaxIterations => string.Create(CultureInfo.InvariantCulture, $"The limit of outer iterations was reached; the largest violation is {violation:g3}."),
                _ => result.Message,
            },
            Cost = cost.Plain(result.States, result.Controls),
            ConstraintViolation = cost.Violation(result.States, result.Controls),
        };
    }

    /// <summary>The cost and the terms of the augmented Lagrangian.</summary>
    private sealed class PenalizedCost : ITwiceDifferentiableTrajectoryCost
    {
        private readonly TrajectoryProblem _problem;
        private readonly ITwiceDifferentiableTrajectoryCost _cost;
        private readonly TrajectoryConstraint? _path, _end;
        private readonly int _n, _m, _pathCount, _endCount;
        private readonly double[] _pathMultipliers, _endMultipliers, _z, _c, _jacobian, _weights, _forces;

        public PenalizedCost(TrajectoryProblem problem, double penalty)
        {
            (_problem, _cost, _path, _end, Penalty) = (problem, problem.Cost, problem.PathConstraint, problem.TerminalConstraint, penalty);
            (_n, _m) = (problem.System.StateCount, problem.System.ControlCount);
            (_pathCount, _endCount) = (_path?.Function.ResidualCount ?? 0, _end?.Function.ResidualCount ?? 0);
            int most = Math.Max(_pathCount, _endCount);
            (_pathMultipliers, _endMultipliers) = (new double[problem.Steps * _pathCount], new double[_endCount]);
            (_z, _c, _jacobian, _weights, _forces) = (new double[_n + _m], new double[most], new double[most * (_n + _m)], new double[most], new double[most]);
        }

        public double Penalty { get; private set; }

        public int StateCount => _n;

        public int ControlCount => _m;

        public double Stage(double t, ReadOnlySpan<double> x, ReadOnlySpan<double> u)
        {
            double value = _cost.Stage(t, x, u);
            if (_path is null)
                return value;
            Join(x, u);
            _path.Function.Residuals(_z, _c.AsSpan(0, _pathCount));
            return value + Terms(_path.Bounds, _pathMultipliers.AsSpan((int)t * _pathCount, _pathCount));
        }

        public double Terminal(ReadOnlySpan<double> x)
        {
            double value = _cost.Terminal(x);
            if (_end is null)
                return value;
            _end.Function.Residuals(x, _c.AsSpan(0, _endCount));
            return value + Terms(_end.Bounds, _endMultipliers);
        }

        public double StageAndDerivatives(double t, ReadOnlySpan<double> x, ReadOnlySpan<double> u, in CostDerivatives derivatives)
        {
            double value = _cost.StageAndDerivatives(t, x, u, derivatives);
            if (_path is null)
                return value;
            Join(x, u);
            int width = _n + _m;
            _path.Function.ResidualsAndJacobian(_z, _c.AsSpan(0, _pathCount), _jacobian.AsSpan(0, _pathCount * width));
            value += Terms(_path.Bounds, _pathMultipliers.AsSpan((int)t * _pathCount, _pathCount));
            for (int i = 0; i < _pathCount; i++)
            {
                ReadOnlySpan<double> row = _jacobian.AsSpan(i * width, width);
                for (int j = 0; j < width && (_forces[i] != 0 || _weights[i] != 0); j++)
                {
                    if (j < _n)
                        derivatives.X[j] += _forces[i] * row[j];
                    else
                        derivatives.U[j - _n] += _forces[i] * row[j];
                    for (int l = 0; l < width; l++)
                    {
                        double term = _weights[i] * row[j] * row[l];
                        if (j < _n && l < _n)
                            derivatives.XX[(j * _n) + l] += term;
                        else if (j >= _n && l < _n)
                            derivatives.UX[((j - _n) * _n) + l] += term;
                        else if (j >= _n)
                            derivatives.UU[((j - _n) * _m) + l - _n] += term;
                    }
                }
            }

            return value;
        }

        public double TerminalAndDerivatives(ReadOnlySpan<double> x, Span<double> gradient, Span<double> hessian)
        {
            double value = _cost.TerminalAndDerivatives(x, gradient, hessian);
            if (_end is null)
                return value;
            _end.Function.ResidualsAndJacobian(x, _c.AsSpan(0, _endCount), _jacobian.AsSpan(0, _endCount * _n));
            value += Terms(_end.Bounds, _endMultipliers);
            for (int i = 0; i < _endCount; i++)
            {
                ReadOnlySpan<double> row = _jacobian.AsSpan(i * _n, _n);
                for (int j = 0; j < _n; j++)
                {
                    gradient[j] += _forces[i] * row[j];
                    for (int l = 0; l < _n; l++)
                        hessian[(j * _n) + l] += _weights[i] * row[j] * row[l];
                }
            }

            return value;
        }

        public double Plain(ReadOnlySpan<double> states, ReadOnlySpan<double> controls)
        {
            double sum = 0;
            for (int k = 0; k < _problem.Steps; k++)
                sum += _cost.Stage(k, states.Slice(k * _n, _n), controls.Slice(k * _m, _m));
            return sum + _cost.Terminal(states.Slice(_problem.Steps * _n, _n));
        }

        public double Violation(ReadOnlySpan<double> states, ReadOnlySpan<double> controls)
        {
            double worst = 0;
            for (int k = 0; k < _problem.Steps && _path is not null; k++)
            {
                Join(states.Slice(k * _n, _n), controls.Slice(k * _m, _m));
                _path.Function.Residuals(_z, _c.AsSpan(0, _pathCount));
                worst = Math.Max(worst, Worst(_path.Bounds, _pathCount));
            }

            if (_end is null)
                return worst;
            _end.Function.Residuals(states.Slice(_problem.Steps * _n, _n), _c.AsSpan(0, _endCount));
            return Math.Max(worst, Worst(_end.Bounds, _endCount));
        }

        /// <summary>y becomes the force at the trajectory, and the penalty grows.</summary>
        public void Update(ReadOnlySpan<double> states, ReadOnlySpan<double> controls, double penalty)
        {
            for (int k = 0; k < _problem.Steps && _path is not null; k++)
            {
                Join(states.Slice(k * _n, _n), controls.Slice(k * _m, _m));
                _path.Function.Residuals(_z, _c.AsSpan(0, _pathCount));
                Span<double> multipliers = _pathMultipliers.AsSpan(k * _pathCount, _pathCount);
                Terms(_path.Bounds, multipliers);
                _forces.AsSpan(0, _pathCount).CopyTo(multipliers);
            }

            if (_end is not null)
            {
                _end.Function.Residuals(states.Slice(_problem.Steps * _n, _n), _c.AsSpan(0, _endCount));
                Terms(_end.Bounds, _endMultipliers);
                _forces.AsSpan(0, _endCount).CopyTo(_endMultipliers);
            }

            Penalty = penalty;
        }

        /// <summary>The augmented Lagrangian of intervals: (rho/2) dist(c + y/rho, [lower, upper])^2 - y^2 / (2 rho), its slope (the force) and its curvature in c.</summary>
        private double Terms(Bounds bounds, ReadOnlySpan<double> multipliers)
        {
            double sum = 0;
            for (int i = 0; i < multipliers.Length; i++)
            {
                double shifted = _c[i] + (multipliers[i] / Penalty), outside = shifted - Math.Clamp(shifted, bounds.Lower(i), bounds.Upper(i));
                _forces[i] = Penalty * outside;
                _weights[i] = outside != 0 ? Penalty : 0;
                sum += (0.5 * Penalty * outside * outside) - (0.5 * multipliers[i] * multipliers[i] / Penalty);
            }

            return sum;
        }

        private double Worst(Bounds bounds, int count)
        {
            double worst = 0;
            for (int i = 0; i < count; i++)
                worst = Math.Max(worst, Math.Max(bounds.Lower(i) - _c[i], _c[i] - bounds.Upper(i)));
            return worst;
        }

        private void Join(ReadOnlySpan<double> x, ReadOnlySpan<double> u)
        {
            x.CopyTo(_z);
            u.CopyTo(_z.AsSpan(_n));
        }
    }
}
