namespace OptiCore.Dynamics;

/// <summary>
/// The nonlinear program of a transcription. Variables are the duration T where it is free, then state and control of every node. A defect is a linear combination of nodes' states minus T times one of nodes' derivatives, so
/// that everything nonlinear belongs to one node: derivatives are computed node by node, and the Hessian of the Lagrangian is a block for each node and a row for T.
/// </summary>
internal sealed class CollocationProgram : ITwiceDifferentiableConstrainedFunction<double>
{
    private readonly OptimalControlProblem _problem;
    private readonly int _n, _m, _width, _segments, _perSegment, _defects, _pathCount, _offset;
    private readonly double[] _times, _weights, _f, _a, _b, _jacobianLow, _jacobianHigh, _lx, _lu, _lxx, _luu, _lux, _c, _cJacobian, _pull, _low, _high, _moved, _path;

    public CollocationProgram(OptimalControlProblem problem, CollocationScheme scheme, int segments)
    {
        (_problem, Scheme, _segments) = (problem, scheme, segments);
        (_n, _m) = (problem.System.StateCount, problem.System.ControlCount);
        _width = _n + _m;
        _perSegment = scheme == CollocationScheme.Trapezoidal ? 1 : 2;
        NodeCount = (segments * _perSegment) + 1;
        _defects = segments * _perSegment;
        IsFree = problem.MinDuration < problem.MaxDuration;
        _offset = IsFree ? 1 : 0;
        _pathCount = problem.PathConstraint?.Function.ResidualCount ?? 0;
        Dimension = _offset + (NodeCount * _width);
        ConstraintCount = (_defects * _n) + (NodeCount * _pathCount);
        (_times, _weights) = (new double[NodeCount], new double[NodeCount]);
        for (int i = 0; i < NodeCount; i++)
            _times[i] = (double)i / (NodeCount - 1);
        for (int s = 0; s < segments; s++)
        {
            if (scheme == CollocationScheme.Trapezoidal)
            {
                _weights[s] += 0.5 / segments;
                _weights[s + 1] += 0.5 / segments;
            }
            else
            {
                _weights[2 * s] += 1.0 / (6 * segments);
                _weights[(2 * s) + 1] += 4.0 / (6 * segments);
                _weights[(2 * s) + 2] += 1.0 / (6 * segments);
            }
        }

        int n = _n, m = _m;
        (_f, _a, _b) = (new double[NodeCount * n], new double[NodeCount * n * n], new double[NodeCount * n * m]);
        (_jacobianLow, _jacobianHigh) = (new double[n * _width], new double[n * _width]);
        (_lx, _lu, _lxx, _luu, _lux) = (new double[n], new double[m], new double[n * n], new double[m * m], new double[m * n]);
        (_c, _cJacobian) = (new double[_pathCount], new double[_pathCount * _width]);
        (_pull, _low, _high, _moved, _path) = (new double[n], new double[_width], new double[_width], new double[_width], new double[_pathCount]);
        ConstraintBounds = MakeConstraintBounds();
        VariableBounds = MakeVariableBounds();
    }

    public CollocationScheme Scheme { get; }

    public int NodeCount { get; }

    public bool IsFree { get; }

    public int Dimension { get; }

    public int ConstraintCount { get; }

    public Bounds ConstraintBounds { get; }

    public Bounds VariableBounds { get; }

    public double DurationOf(ReadOnlySpan<double> z) => IsFree ? z[0] : _problem.Duration;

    public ReadOnlySpan<double> StateOf(ReadOnlySpan<double> z, int node) => z.Slice(_offset + (node * _width), _n);

    public ReadOnlySpan<double> ControlOf(ReadOnlySpan<double> z, int node) => z.Slice(_offset + (node * _width) + _n, _m);

    public void Write(Span<double> z, double duration, int node, ReadOnlySpan<double> x, ReadOnlySpan<double> u)
    {
        if (IsFree)
            z[0] = duration;
        x.CopyTo(z[(_offset + (node * _width))..]);
        u.CopyTo(z[(_offset + (node * _width) + _n)..]);
    }

    public double Value(ReadOnlySpan<double> x)
    {
        double duration = DurationOf(x), sum = 0;
        for (int i = 0; i < NodeCount && _problem.Cost is not null; i++)
            sum += _weights[i] * _problem.Cost.Stage(duration * _times[i], StateOf(x, i), ControlOf(x, i));
        return (duration * sum) + (_problem.DurationWeight * duration) + (_problem.Cost?.Terminal(StateOf(x, NodeCount - 1)) ?? 0);
    }

    public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        double duration = DurationOf(x), sum = 0, rate = 0;
        gradient.Clear();
        if (_problem.Cost is { } cost)
        {
            for (int i = 0; i < NodeCount; i++)
            {
                sum += _weights[i] * Expand(cost, duration * _times[i], StateOf(x, i), ControlOf(x, i));
                Span<double> part = gradient.Slice(_offset + (i * _width), _width);
                for (int j = 0; j < _width; j++)
                    part[j] = duration * _weights[i] * (j < _n ? _lx[j] : _lu[j - _n]);
                if (IsFree)
                    rate += duration * _weights[i] * _times[i] * TimeSlope(cost, duration * _times[i], StateOf(x, i), ControlOf(x, i));
            }

            double end = cost.TerminalAndDerivatives(StateOf(x, NodeCount - 1), _lx, _lxx);
            Span<double> last = gradient.Slice(_offset + ((NodeCount - 1) * _width), _n);
            for (int j = 0; j < _n; j++)
                last[j] += _lx[j];
            if (IsFree)
                gradient[0] = sum + rate + _problem.DurationWeight;
            return (duration * sum) + (_problem.DurationWeight * duration) + end;
        }

        if (IsFree)
            gradient[0] = _problem.DurationWeight;
        return _problem.DurationWeight * duration;
    }

    public void Constraints(ReadOnlySpan<double> x, Span<double> constraints)
    {
        double duration = DurationOf(x);
        for (int i = 0; i < NodeCount; i++)
            _problem.System.Derivative(duration * _times[i], StateOf(x, i), ControlOf(x, i), _f.AsSpan(i * _n, _n));
        Defects(x, duration, constraints);
        for (int i = 0; i < NodeCount && _pathCount > 0; i++)
            _problem.PathConstraint!.Function.Residuals(x.Slice(_offset + (i * _width), _width), constraints.Slice((_defects * _n) + (i * _pathCount), _pathCount));
    }

    public void ConstraintsAndJacobian(ReadOnlySpan<double> x, Span<double> constraints, Span<double> jacobian)
    {
        double duration = DurationOf(x);
        jacobian.Clear();
        for (int i = 0; i < NodeCount; i++)
        {
            _problem.System.DerivativeAndJacobians(
                duration * _times[i], StateOf(x, i), ControlOf(x, i), _f.AsSpan(i * _n, _n), _a.AsSpan(i * _n * _n, _n * _n), _b.AsSpan(i * _n * _m, _n * _m));
        }

        Defects(x, duration, constraints);
        for (int d = 0; d < _defects; d++)
        {
            for (int local = 0; local <= _perSegment; local++)
            {
                (int node, double linear, double slope) = Term(d, local);
                AddNode(jacobian, d, node, linear, -duration * slope);
                if (IsFree)
                    AddDuration(x, jacobian, d, node, duration, slope);
            }
        }

        for (int i = 0; i < NodeCount && _pathCount > 0; i++)
        {
            int row = (_defects * _n) + (i * _pathCount);
            _problem.PathConstraint!.Function.ResidualsAndJacobian(x.Slice(_offset + (i * _width), _width), constraints.Slice(row, _pathCount), _cJacobian);
            for (int r = 0; r < _pathCount; r++)
                _cJacobian.AsSpan(r * _width, _width).CopyTo(jacobian[(((row + r) * Dimension) + _offset + (i * _width))..]);
        }
    }

    public void LagrangianHessian(ReadOnlySpan<double> x, ReadOnlySpan<double> multipliers, Span<double> hessian)
    {
        double duration = DurationOf(x);
        hessian.Clear();
        for (int i = 0; i < NodeCount; i++)
        {
            // The Lagrangian's part of this node is T (w l - y'f) + mu'c with y = the sum of the multipliers of its defects.
            _pull.AsSpan().Clear();
            int segment = i / _perSegment;
            for (int d = Math.Max(0, (segment - 1) * _perSegment); d < Math.Min(_defects, (segment + 1) * _perSegment); d++)
            {
                for (int local = 0; local <= _perSegment; local++)
                {
                    (int node, _, double slope) = Term(d, local);
                    for (int j = 0; j < _n && node == i; j++)
                        _pull[j] += slope * multipliers[(d * _n) + j];
                }
            }

            multipliers.Slice((_defects * _n) + (i * _pathCount), _pathCount).CopyTo(_path);
            NodeHessian(x, i, duration, hessian);
        }

        if (_problem.Cost is { } cost)
        {
            cost.TerminalAndDerivatives(StateOf(x, NodeCount - 1), _lx, _lxx);
            AddBlock(hessian, NodeCount - 1, _lxx, _n, 0, 0, 1);
        }
    }

    /// <summary>The relative defect of the interpolant is what an error estimate looks at; here only the derivative at a node.</summary>
    public ReadOnlySpan<double> Derivatives(ReadOnlySpan<double> z)
    {
        double duration = DurationOf(z);
        for (int i = 0; i < NodeCount; i++)
            _problem.System.Derivative(duration * _times[i], StateOf(z, i), ControlOf(z, i), _f.AsSpan(i * _n, _n));
        return _f;
    }

    /// <summary>A term of a defect: its node, the factor of the state, and the factor of -T f. Hermite-Simpson defects come in pairs: the midpoint's, the segment's.</summary>
    private (int Node, double Linear, double Slope) Term(int defect, int local)
    {
        double h = 1.0 / _segments;
        if (Scheme == CollocationScheme.Trapezoidal)
            return (defect + local, local == 0 ? -1 : 1, h / 2);
        int first = defect / 2 * 2;
        if (defect % 2 == 0)
            return (first + local, local == 1 ? 1 : -0.5, local == 0 ? h / 8 : local == 1 ? 0 : -h / 8);
        return (first + local, local == 0 ? -1 : local == 1 ? 0 : 1, local == 1 ? 4 * h / 6 : h / 6);
    }

    private void Defects(ReadOnlySpan<double> x, double duration, Span<double> constraints)
    {
        for (int d = 0; d < _defects; d++)
        {
            Span<double> defect = constraints.Slice(d * _n, _n);
            defect.Clear();
            for (int local = 0; local <= _perSegment; local++)
            {
                (int node, double linear, double slope) = Term(d, local);
                ReadOnlySpan<double> state = StateOf(x, node), f = _f.AsSpan(node * _n, _n);
                for (int j = 0; j < _n; j++)
                    defect[j] += (linear * state[j]) - (duration * slope * f[j]);
            }
        }
    }

    private void AddNode(Span<double> jacobian, int defect, int node, double linear, double slope)
    {
        for (int r = 0; r < _n; r++)
        {
            Span<double> row = jacobian.Slice((((defect * _n) + r) * Dimension) + _offset + (node * _width), _width);
            for (int j = 0; j < _n; j++)
                row[j] += slope * _a[(((node * _n) + r) * _n) + j];
            for (int j = 0; j < _m; j++)
                row[_n + j] += slope * _b[(((node * _n) + r) * _m) + j];
            row[r] += linear;
        }
    }

    private void AddDuration(ReadOnlySpan<double> x, Span<double> jacobian, int defect, int node, double duration, double slope)
    {
        // d/dT of T f(T tau, x, u), with f' in time by a central difference: exactly 0 for systems that don't depend on time.
        double t = duration * _times[node], step = DifferenceTransition.RelativeStep(FiniteDifference.Central) * Math.Max(1, Math.Abs(t)), up = t + step, down = t - step;
        _problem.System.Derivative(up, StateOf(x, node), ControlOf(x, node), _high.AsSpan(0, _n));
        _problem.System.Derivative(down, StateOf(x, node), ControlOf(x, node), _low.AsSpan(0, _n));
        for (int r = 0; r < _n; r++)
            jacobian[((defect * _n) + r) * Dimension] -= slope * (_f[(node * _n) + r] + (t * (_high[r] - _low[r]) / (up - down)));
    }

    private void NodeHessian(ReadOnlySpan<double> x, int node, double duration, Span<double> hessian)
    {
        double t = duration * _times[node], relative = DifferenceTransition.RelativeStep(FiniteDifference.Central), weight = _weights[node];
        x.Slice(_offset + (node * _width), _width).CopyTo(_moved);
        for (int j = 0; j < _width; j++)
        {
            double center = _moved[j], step = relative * Math.Max(1, Math.Abs(center)), up = center + step, down = center - step;
            _moved[j] = up;
            NodeGradient(t, duration, _high);
            _moved[j] = down;
            NodeGradient(t, duration, _low);
            _moved[j] = center;
            Span<double> row = hessian.Slice(((_offset + (node * _width) + j) * Dimension) + _offset + (node * _width), _width);
            for (int l = 0; l < _width; l++)
                row[l] += (_high[l] - _low[l]) / (up - down);
        }

        // Both triangles carry the rounding of differences: their mean is symmetric.
        int corner = (_offset + (node * _width)) * (Dimension + 1);
        for (int j = 0; j < _width; j++)
        {
            for (int l = 0; l < j; l++)
            {
                double mean = 0.5 * (hessian[corner + (j * Dimension) + l] + hessian[corner + (l * Dimension) + j]);
                hessian[corner + (j * Dimension) + l] = hessian[corner + (l * Dimension) + j] = mean;
            }
        }

        if (_problem.Cost is { } cost)
        {
            Expand(cost, t, StateOf(x, node), ControlOf(x, node));
            AddBlock(hessian, node, _lxx, _n, 0, 0, duration * weight);
            AddBlock(hessian, node, _luu, _m, _n, _n, duration * weight);
            for (int j = 0; j < _m; j++)
            {
                for (int l = 0; l < _n; l++)
                {
                    double value = duration * weight * _lux[(j * _n) + l];
                    hessian[corner + ((_n + j) * Dimension) + l] += value;
                    hessian[corner + (l * Dimension) + _n + j] += value;
                }
            }
        }

        if (!IsFree)
            return;

        // The row of T: the gradient of T (w l - y'f) in (x, u), differenced in T; it is linear in T where nothing depends on time.
        double span = relative * Math.Max(1, duration), later = duration + span, sooner = duration - span;
        DurationGradient(later * _times[node], later, weight, _high);
        DurationGradient(sooner * _times[node], sooner, weight, _low);
        for (int l = 0; l < _width; l++)
        {
            double value = (_high[l] - _low[l]) / (later - sooner);
            hessian[_offset + (node * _width) + l] += value;
            hessian[(_offset + (node * _width) + l) * Dimension] += value;
        }

        double wide = 1e-4 * Math.Max(1, duration), middle = NodeValue(duration, node, weight), second = NodeValue(duration + wide, node, weight) - (2 * middle) + NodeValue(duration - wide, node, weight);

        // Rounding of three values isn't a curvature.
        if (Math.Abs(second) > 1e-14 * Math.Abs(middle))
            hessian[0] += second / (wide * wide);
    }

    /// <summary>The gradient of -T y'f + mu'c at the moved node.</summary>
    private void NodeGradient(double t, double duration, Span<double> gradient)
    {
        gradient.Clear();
        _problem.System.DerivativeAndJacobians(t, _moved.AsSpan(0, _n), _moved.AsSpan(_n), _jacobianLow.AsSpan(0, _n), _jacobianHigh.AsSpan(0, _n * _n), _jacobianHigh.AsSpan(_n * _n));
        for (int r = 0; r < _n; r++)
        {
            double weight = -duration * _pull[r];
            for (int j = 0; j < _n; j++)
                gradient[j] += weight * _jacobianHigh[(r * _n) + j];
            for (int j = 0; j < _m; j++)
                gradient[_n + j] += weight * _jacobianHigh[(_n * _n) + (r * _m) + j];
        }

        if (_pathCount == 0)
            return;
        _problem.PathConstraint!.Function.ResidualsAndJacobian(_moved, _c, _cJacobian);
        for (int r = 0; r < _pathCount; r++)
        {
            for (int j = 0; j < _width; j++)
                gradient[j] += _path[r] * _cJacobian[(r * _width) + j];
        }
    }

    /// <summary>The gradient of T (w l - y'f) + mu'c; the last part doesn't depend on T and drops out of the difference.</summary>
    private void DurationGradient(double t, double duration, double weight, Span<double> gradient)
    {
        NodeGradient(t, duration, gradient);
        if (_problem.Cost is not { } cost)
            return;
        Expand(cost, t, _moved.AsSpan(0, _n), _moved.AsSpan(_n));
        for (int j = 0; j < _width; j++)
            gradient[j] += duration * weight * (j < _n ? _lx[j] : _lu[j - _n]);
    }

    private double NodeValue(double duration, int node, double weight)
    {
        double t = duration * _times[node];
        _problem.System.Derivative(t, _moved.AsSpan(0, _n), _moved.AsSpan(_n), _jacobianLow.AsSpan(0, _n));
        double value = weight * (_problem.Cost?.Stage(t, _moved.AsSpan(0, _n), _moved.AsSpan(_n)) ?? 0);
        return duration * (value - Matrices.Dot(_pull, _jacobianLow.AsSpan(0, _n)));
    }

    private double Expand(ITwiceDifferentiableTrajectoryCost cost, double t, ReadOnlySpan<double> x, ReadOnlySpan<double> u) =>
        cost.StageAndDerivatives(t, x, u, new CostDerivatives { X = _lx, U = _lu, XX = _lxx, UU = _luu, UX = _lux });

    private static double TimeSlope(ITrajectoryCost cost, double t, ReadOnlySpan<double> x, ReadOnlySpan<double> u)
    {
        double step = DifferenceTransition.RelativeStep(FiniteDifference.Central) * Math.Max(1, Math.Abs(t)), up = t + step, down = t - step;
        return (cost.Stage(up, x, u) - cost.Stage(down, x, u)) / (up - down);
    }

    private void AddBlock(Span<double> hessian, int node, ReadOnlySpan<double> block, int size, int row, int column, double factor)
    {
        int corner = (_offset + (node * _width)) * (Dimension + 1);
        for (int j = 0; j < size; j++)
        {
            for (int l = 0; l < size; l++)
                hessian[corner + ((row + j) * Dimension) + column + l] += factor * block[(j * size) + l];
        }
    }

    private Bounds MakeConstraintBounds()
    {
        double[] lower = new double[ConstraintCount], upper = new double[ConstraintCount];
        for (int i = _defects * _n; i < ConstraintCount; i++)
        {
            int component = (i - (_defects * _n)) % _pathCount;
            (lower[i], upper[i]) = (_problem.PathConstraint!.Bounds.Lower(component), _problem.PathConstraint.Bounds.Upper(component));
        }

        return new Bounds(lower, upper);
    }

    private Bounds MakeVariableBounds()
    {
        double[] lower = new double[Dimension], upper = new double[Dimension];
        lower.AsSpan().Fill(double.NegativeInfinity);
        upper.AsSpan().Fill(double.PositiveInfinity);
        if (IsFree)
            (lower[0], upper[0]) = (_problem.MinDuration, _problem.MaxDuration);
        for (int i = 0; i < NodeCount; i++)
        {
            for (int j = 0; j < _width; j++)
            {
                int index = _offset + (i * _width) + j;
                Bounds? bounds = j < _n ? _problem.StateBounds : _problem.ControlBounds;
                if (bounds is not null)
                    (lower[index], upper[index]) = (bounds.Lower(j < _n ? j : j - _n), bounds.Upper(j < _n ? j : j - _n));
                double end = j >= _n ? double.NaN : i == 0 ? _problem.Start[j] : i == NodeCount - 1 ? _problem.End[j] : double.NaN;
                if (!double.IsNaN(end))
                    (lower[index], upper[index]) = (end, end);
            }
        }

        return new Bounds(lower, upper);
    }
}
