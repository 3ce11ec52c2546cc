using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <content>Residuals of the embedding, and the tests for solutions and certificates.</content>
internal sealed partial class HomogeneousState
{
    private void Residuals()
    {
        _w.AsSpan().Clear();
        for (int k = 0; k < _s.Length; k++)
            _w[_target[k]] += _sign[k] * _z[k];
        for (int i = 0; i < _m; i++)
        {
            if (_isEquality[i])
                _w[_n + i] = _y[i];
        }

        _program.Rows.Apply(_x, _ax);
        _px.AsSpan().Clear();
        _program.Quadratic?.Apply(_x, _px);
        _program.Columns.Apply(_w.AsSpan(_n), _rx);
        double linear = 0, quadratic = 0, right = 0;
        for (int j = 0; j < _n; j++)
        {
            _rx[j] += _px[j] + _w[j] + (_program.Cost[j] * _tau);
            linear += _program.Cost[j] * _x[j];
            quadratic += _x[j] * _px[j];
        }

        for (int i = 0; i < _m; i++)
        {
            _ry[i] = _isEquality[i] ? _ax[i] - (_b[i] * _tau) : 0;
            right += _isEquality[i] ? _b[i] * _y[i] : 0;
        }

        for (int k = 0; k < _s.Length; k++)
        {
            double a = _target[k] < _n ? _x[_target[k]] : _ax[_target[k] - _n];
            _rz[k] = (_sign[k] * a) + _s[k] - (_h[k] * _tau);
            right += _h[k] * _z[k];
        }

        _rTau = _kappa + linear + right + (quadratic / _tau);
        _primalObjective = ((0.5 * quadratic / _tau) + linear) / _tau;
        _dualObjective = ((-0.5 * quadratic / _tau) - right) / _tau;
    }

    /// <summary>The tests for optimality and for certificates, in the units of the program before its scaling.</summary>
    private StopReason Check()
    {
        double primalNorm = 0, dualNorm = 0, xNorm = 0, axNorm = 0, rightNorm = 0, slackNorm = 0, costNorm = 0, pxNorm = 0, wNorm = 0, rayRow = 0, certificateColumn = 0;
        double linear = 0, right = 0;
        for (int j = 0; j < _n; j++)
        {
            double scale = _program.ColumnScale[j] * _program.CostScale;
            dualNorm = Math.Max(dualNorm, Math.Abs(_rx[j]) / scale);
            costNorm = Math.Max(costNorm, Math.Abs(_program.Cost[j]) / scale);
            pxNorm = Math.Max(pxNorm, Math.Abs(_px[j]) / scale);
            double byRows = _rx[j] - _px[j] - (_program.Cost[j] * _tau);
            certificateColumn = Math.Max(certificateColumn, Math.Abs(byRows) / scale);
            wNorm = Math.Max(wNorm, Math.Abs(byRows - _w[j]) / scale);
            xNorm = Math.Max(xNorm, Math.Abs(_x[j]) * _program.ColumnScale[j]);
            linear += _program.Cost[j] * _x[j];
        }

        for (int i = 0; i < _m; i++)
        {
            if (!_isEquality[i])
                continue;
            primalNorm = Math.Max(primalNorm, Math.Abs(_ry[i]) / _program.RowScale[i]);
            rightNorm = Math.Max(rightNorm, Math.Abs(_b[i]) / _program.RowScale[i]);
            axNorm = Math.Max(axNorm, Math.Abs(_ax[i]) / _program.RowScale[i]);
            rayRow = Math.Max(rayRow, Math.Abs(_ax[i]) / _program.RowScale[i]);
            right += _b[i] * _y[i];
        }

        for (int k = 0; k < _s.Length; k++)
        {
            double unit = _target[k] < _n ? _program.ColumnScale[_target[k]] : 1 / _program.RowScale[_target[k] - _n];
            primalNorm = Math.Max(primalNorm, Math.Abs(_rz[k]) * unit);
            rightNorm = Math.Max(rightNorm, Math.Abs(_h[k]) * unit);
            slackNorm = Math.Max(slackNorm, _s[k] * unit);
            rayRow = Math.Max(rayRow, Math.Abs(_rz[k] + (_h[k] * _tau)) * unit);
            right += _h[k] * _z[k];
        }

        double size = Math.Max(1, Math.Min(Math.Abs(_primalObjective), Math.Abs(_dualObjective)) / _program.CostScale);
        _primal = primalNorm / _tau / Math.Max(1, Math.Max(rightNorm, (axNorm + slackNorm) / _tau));
        _dual = dualNorm / _tau / Math.Max(1, Math.Max(costNorm, (pxNorm + wNorm) / _tau));
        _gap = Math.Abs(_primalObjective - _dualObjective) / _program.CostScale / size;
        double merit = Math.Max(_gap, Math.Max(_primal, _dual));
        if (merit < _bestMerit)
        {
            // Stagnation is no better point for many iterations; a point hardly better is none.
            _stalls = merit < 0.9 * _bestMerit ? 0 : _stalls + 1;
            _bestMerit = merit;
            Vectors.Scale(1 / _tau, _x, _bestX);
            Vectors.Scale(1 / _tau, _w.AsSpan(_n), _bestY);
        }
        else
        {
            _stalls++;
        }

        if (merit <= _options.Tolerance)
            return StopReason.OptimalityTolerance;
        double gain = -right / _program.CostScale, fall = -linear / _program.CostScale;
        if (gain > 0 && certificateColumn <= _options.CertificateTolerance * gain && _kappa > _tau)
            return StopReason.Infeasible;
        if (fall > 0 && Math.Max(rayRow, pxNorm) <= _options.CertificateTolerance * fall && _kappa > _tau)
            return StopReason.Unbounded;
        return StopReason.None;
    }
}
