using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>The run of <see cref="HomogeneousInteriorPoint"/>. A "target" is a variable (0 to n - 1) or a row (n to n + m - 1); a "side" is a finite bound of a target that isn't an equality.</summary>
internal sealed partial class HomogeneousState : ProgramState
{
    // Mehrotra's fraction of the way to the boundary.
    private const double BoundaryFraction = 0.99;

    // A step shorter than this, or so many iterations without a better point, is the end of the precision.
    private const double ShortestStep = 1e-6;
    private const int MaxStalls = 15;

    private readonly HomogeneousInteriorPoint _options;
    private readonly ScaledProgram _program;
    private readonly QuasiDefiniteSystem _system;
    private readonly int _n, _m;

    // Sides: target, sign (1 for an upper side), right side h = sign * bound. Equal rows: their right sides, and whether a row is one.
    private readonly int[] _target;
    private readonly double[] _sign, _h, _b;
    private readonly bool[] _isEquality;

    // Iterate: x and y (multipliers of equality rows) in one array, then the sides.
    private readonly double[] _x, _y, _s, _z, _bestX, _bestY;
    private double _tau = 1, _kappa = 1;

    // What the iterate implies: sums of sides' multipliers on targets, products, residuals.
    private readonly double[] _w, _ax, _px, _rx, _ry, _rz;
    private double _rTau, _primalObjective, _dualObjective;

    // Two solutions of the system, and the direction.
    private readonly double[] _first, _second, _right, _sideRight, _complement, _z1, _z2, _dx, _dy, _ds, _dz, _work, _plain, _total;
    private readonly int[] _dominant;
    private double _dTau, _dKappa;
    private long _iterations;
    private int _stalls;
    private bool _started;
    private double _bestMerit = double.PositiveInfinity, _primal = double.NaN, _dual = double.NaN, _gap = double.NaN;

    public HomogeneousState(HomogeneousInteriorPoint options, LinearProgram linear, LinearAlgebra.CsrMatrix<double>? quadratic)
    {
        _options = options;
        _program = new ScaledProgram(linear, quadratic, sweeps: 10);
        _system = new QuasiDefiniteSystem(_program, options.Ordering, options.Regularization);
        (_n, _m) = (_program.ColumnCount, _program.RowCount);
        _isEquality = new bool[_m];
        _b = new double[_m];
        List<int> target = [];
        List<double> sign = [], h = [];
        for (int t = 0; t < _n + _m; t++)
        {
            double lower = _program.Lower[t], upper = _program.Upper[t];
            if (t >= _n && lower == upper)
            {
                (_isEquality[t - _n], _b[t - _n]) = (true, lower);
                continue;
            }

            if (double.IsFinite(lower))
                Add(t, -1, -lower);
            if (double.IsFinite(upper))
                Add(t, 1, upper);
        }

        (_target, _sign, _h) = ([.. target], [.. sign], [.. h]);
        int sides = _target.Length;
        (_x, _y, _s, _z) = (new double[_n], new double[_m], new double[sides], new double[sides]);
        (_bestX, _bestY) = (new double[_n], new double[_m]);
        (_w, _ax, _px, _rx, _ry, _rz) = (new double[_n + _m], new double[_m], new double[_n], new double[_n], new double[_m], new double[sides]);
        (_first, _second, _right) = (new double[_n + _m], new double[_n + _m], new double[_n + _m]);
        (_sideRight, _complement, _z1, _z2, _ds, _dz) = (new double[sides], new double[sides], new double[sides], new double[sides], new double[sides], new double[sides]);
        (_dx, _dy, _work, _plain, _total) = (new double[_n], new double[_m], new double[_n + _m], new double[_n], new double[_n + _m]);
        _dominant = new int[_n + _m];

        void Add(int t, double side, double right)
        {
            target.Add(t);
            sign.Add(side);
            h.Add(right);
        }
    }

    public override string Description => _program.Description;

    public override long Iterations => _iterations;

    public override StopReason Step()
    {
        if (!_started)
        {
            _started = true;
            if (!TryBegin())
                return StopReason.NonFinite;
        }

        Residuals();
        StopReason reason = Check();
        if (reason != StopReason.None)
            return reason;
        if (_stalls > MaxStalls)
            return StopReason.NoProgress;
        for (int t = 0; t < _n + _m; t++)
            _system.Weights[t] = 0;
        for (int k = 0; k < _s.Length; k++)
            _system.Weights[_target[k]] += _z[k] / _s[k];
        InvertRowWeights();
        FindDominant();
        if (!_system.TryFactor())
            return _iterations == 0 ? StopReason.NonFinite : StopReason.NoProgress;

        // The solution for the right side (-c, b, h), which every direction shares.
        for (int k = 0; k < _h.Length; k++)
            _sideRight[k] = _h[k];
        for (int j = 0; j < _n; j++)
            _right[j] = -_program.Cost[j];
        SolveFor(_b, 1, _second, _z2);

        double mu = Complementarity(), sigma = 1, step = 0;
        double gradientOfTau = -_kappa / _tau;
        gradientOfTau += Slope(_second, _z2) - Curvature();
        for (int pass = 0; pass < 2; pass++)
        {
            // The predictor aims at the optimum; the corrector at the central path, as far as the predictor couldn't go, with its second-order term.
            double keep = pass == 0 ? 1 : 1 - sigma;
            double complementTau = _kappa * _tau;
            if (pass == 1)
                complementTau += (_dTau * _dKappa) - (sigma * mu);
            for (int k = 0; k < _s.Length; k++)
            {
                _complement[k] = _z[k] * _s[k];
                if (pass == 1)
                    _complement[k] += (_dz[k] * _ds[k]) - (sigma * mu);
                _sideRight[k] = (-keep * _rz[k]) + (_complement[k] / _z[k]);
            }

            for (int j = 0; j < _n; j++)
                _right[j] = -keep * _rx[j];
            SolveFor(_ry, -keep, _first, _z1);
            _dTau = ((-keep * _rTau) + (complementTau / _tau) - Slope(_first, _z1)) / gradientOfTau;
            _dKappa = -(complementTau + (_kappa * _dTau)) / _tau;
            for (int j = 0; j < _n; j++)
                _dx[j] = _first[j] + (_dTau * _second[j]);
            for (int i = 0; i < _m; i++)
                _dy[i] = _isEquality[i] ? _first[_n + i] + (_dTau * _second[_n + i]) : 0;
            // Each slack from the equation in which its errors stay small: complementarity where it is small, the row where it is large.
            _program.Rows.Apply(_dx, _work.AsSpan(_n));
            _dx.CopyTo(_work, 0);
            for (int k = 0; k < _s.Length; k++)
            {
                _dz[k] = _z1[k] + (_dTau * _z2[k]);
                _ds[k] = _z[k] >= _s[k]
                    ? -(_complement[k] + (_s[k] * _dz[k])) / _z[k]
                    : (-keep * _rz[k]) - (_sign[k] * _work[_target[k]]) + (_h[k] * _dTau);
            }

            step = LongestStep();
            if (pass == 0)
                sigma = Math.Pow(1 - Math.Min(1, step), 3);
        }

        step = Math.Min(1, BoundaryFraction * step);
        if (!(step >= ShortestStep) || !double.IsFinite(_dTau))
            return StopReason.NoProgress;
        Move(step);
        _iterations++;
        return StopReason.None;
    }

    public override ProgramResult Result(StopReason reason, TimeSpan elapsed)
    {
        double[] x = new double[_n], y = new double[_m];
        if (reason is StopReason.Infeasible or StopReason.Unbounded)
        {
            // Certificates are of length 1.
            double length = 0;
            ReadOnlySpan<double> values = reason == StopReason.Unbounded ? _x : _w;
            foreach (double v in values)
                length = Math.Max(length, Math.Abs(v));
            Vectors.Scale(1 / length, _x, x);
            Vectors.Scale(1 / length, _w.AsSpan(_n), y);
        }
        else
        {
            _bestX.CopyTo(x, 0);
            _bestY.CopyTo(y, 0);
        }

        return _program.Result(reason, x, y, _iterations, elapsed, Sentence(reason, _primal, _dual, _gap));
    }

    /// <summary>The least-squares start: the solution of the system with unit weights, its slacks and multipliers lifted to the positive side.</summary>
    private bool TryBegin()
    {
        _system.Weights.AsSpan().Clear();
        foreach (int t in _target)
            _system.Weights[t] += 1;
        InvertRowWeights();
        if (!_system.TryFactor())
            return false;

        // s = z = 1 here, so that SolveFor's side equations read sign a x - z = h.
        _s.AsSpan().Fill(1);
        _z.AsSpan().Fill(1);
        FindDominant();
        bool linear = _program.Quadratic is null;
        for (int j = 0; j < _n; j++)
            _right[j] = linear ? 0 : -_program.Cost[j];
        for (int k = 0; k < _h.Length; k++)
            _sideRight[k] = _h[k];
        SolveFor(_b, 1, _first, _z1);
        _first.AsSpan(0, _n).CopyTo(_x);
        if (linear)
        {
            for (int j = 0; j < _n; j++)
                _right[j] = -_program.Cost[j];
            _sideRight.AsSpan().Clear();
            SolveFor(_b, 0, _second, _z2);
        }
        else
        {
            _first.CopyTo(_second, 0);
            _z1.CopyTo(_z2, 0);
        }

        for (int k = 0; k < _s.Length; k++)
            (_s[k], _z[k]) = (-_z1[k], _z2[k]);
        for (int i = 0; i < _m; i++)
            _y[i] = _isEquality[i] ? _second[_n + i] : 0;
        Lift(_s);
        Lift(_z);
        return true;
    }

    private static void Lift(double[] values)
    {
        double least = double.PositiveInfinity;
        foreach (double v in values)
            least = Math.Min(least, v);
        if (least > 0)
            return;
        for (int k = 0; k < values.Length; k++)
            values[k] += 1 - least;
    }

    /// <summary>E is the inverse of what the sides of a row weigh; 0 for equalities.</summary>
    private void InvertRowWeights()
    {
        for (int i = 0; i < _m; i++)
            _system.Weights[_n + i] = _isEquality[i] ? 0 : 1 / _system.Weights[_n + i];
    }

    /// <summary>
    /// Solves Q x + A'w = right, A x = factor * equalities, sign a x - (s / z) z' = sideRight for x, w and the sides' multipliers z'.
    /// </summary>
    private void SolveFor(double[] equalities, double factor, double[] solution, double[] multipliers)
    {
        Span<double> weighted = _work;
        weighted.Clear();
        _right.AsSpan(0, _n).CopyTo(_plain);
        for (int k = 0; k < _s.Length; k++)
            weighted[_target[k]] += _sign[k] * (_z[k] / _s[k]) * _sideRight[k];
        for (int j = 0; j < _n; j++)
            _right[j] += weighted[j];
        for (int i = 0; i < _m; i++)
            _right[_n + i] = _isEquality[i] ? factor * equalities[i] : weighted[_n + i] * _system.Weights[_n + i];
        _system.Solve(_right, solution);
        _program.Rows.Apply(solution.AsSpan(0, _n), weighted[_n..]);
        solution.AsSpan(0, _n).CopyTo(weighted);

        // What the sides of a target have to carry together: Q x + A'w leaves it for a variable, w is it for a row.
        _total.AsSpan(0, _n).Clear();
        _program.Quadratic?.Apply(solution.AsSpan(0, _n), _total.AsSpan(0, _n));
        _program.Columns.Apply(solution.AsSpan(_n), _right.AsSpan(0, _n));
        for (int j = 0; j < _n; j++)
            _total[j] = _plain[j] - _total[j] - _right[j];
        solution.AsSpan(_n).CopyTo(_total.AsSpan(_n));
        for (int k = 0; k < _s.Length; k++)
        {
            if (_dominant[_target[k]] == k)
                continue;
            multipliers[k] = _z[k] / _s[k] * ((_sign[k] * weighted[_target[k]]) - _sideRight[k]);
            _total[_target[k]] -= _sign[k] * multipliers[k];
        }

        foreach (int k in _dominant)
        {
            if (k >= 0)
                multipliers[k] = _sign[k] * _total[_target[k]];
        }

    }

    /// <summary>
    /// The side of each target whose multiplier is computed as what is left, and not from the step in x, whose errors a weight above 1 would magnify; -1 for none.
    /// </summary>
    private void FindDominant()
    {
        _dominant.AsSpan().Fill(-1);
        for (int k = 0; k < _s.Length; k++)
        {
            int t = _target[k], best = _dominant[t];
            if (_z[k] >= _s[k] && (best < 0 || _z[k] * _s[best] > _z[best] * _s[k]))
                _dominant[t] = k;
        }
    }

    /// <summary>c'x + b'y + h'z + (2 / tau) x_now'Q x of a solution.</summary>
    private double Slope(double[] solution, double[] multipliers)
    {
        double sum = 0;
        for (int j = 0; j < _n; j++)
            sum += solution[j] * (_program.Cost[j] + (2 / _tau * _px[j]));
        for (int i = 0; i < _m; i++)
            sum += _isEquality[i] ? _b[i] * solution[_n + i] : 0;
        for (int k = 0; k < _h.Length; k++)
            sum += _h[k] * multipliers[k];
        return sum;
    }

    /// <summary>x'Q x / tau^2 at the iterate.</summary>
    private double Curvature()
    {
        double sum = 0;
        for (int j = 0; j < _n; j++)
            sum += _x[j] * _px[j];
        return sum / (_tau * _tau);
    }

    private double Complementarity()
    {
        double sum = _tau * _kappa;
        for (int k = 0; k < _s.Length; k++)
            sum += _s[k] * _z[k];
        return sum / (_s.Length + 1);
    }

    private double LongestStep()
    {
        double step = double.PositiveInfinity;
        for (int k = 0; k < _s.Length; k++)
        {
            if (_ds[k] < 0)
                step = Math.Min(step, -_s[k] / _ds[k]);
            if (_dz[k] < 0)
                step = Math.Min(step, -_z[k] / _dz[k]);
        }

        if (_dTau < 0)
            step = Math.Min(step, -_tau / _dTau);
        if (_dKappa < 0)
            step = Math.Min(step, -_kappa / _dKappa);
        return Math.Min(step, 1 / BoundaryFraction);
    }

    private void Move(double step)
    {
        Vectors.AddScaled(_x, step, _dx, _x);
        Vectors.AddScaled(_y, step, _dy, _y);
        Vectors.AddScaled(_s, step, _ds, _s);
        Vectors.AddScaled(_z, step, _dz, _z);
        _tau += step * _dTau;
        _kappa += step * _dKappa;

        // The embedding is homogeneous: any multiple is as good, and one of moderate size loses no digits.
        double scale = 1 / Math.Max(_tau, _kappa);
        Vectors.Scale(scale, _x, _x);
        Vectors.Scale(scale, _y, _y);
        Vectors.Scale(scale, _s, _s);
        Vectors.Scale(scale, _z, _z);
        _tau *= scale;
        _kappa *= scale;
    }

    public override void Persist(StateArchive archive)
    {
        archive.Transfer<double>(_x);
        archive.Transfer<double>(_y);
        archive.Transfer<double>(_s);
        archive.Transfer<double>(_z);
        archive.Transfer<double>(_bestX);
        archive.Transfer<double>(_bestY);
        archive.Transfer(ref _tau);
        archive.Transfer(ref _kappa);
        archive.Transfer(ref _iterations);
        archive.Transfer(ref _stalls);
        archive.Transfer(ref _started);
        archive.Transfer(ref _bestMerit);
        archive.Transfer(ref _primal);
        archive.Transfer(ref _dual);
        archive.Transfer(ref _gap);
    }
}
