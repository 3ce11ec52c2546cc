namespace OptiCore.Dynamics;

/// <content>The stages of a step, the states behind, and the error.</content>
public sealed partial class DdeState
{
    /// <summary>Computes the step; where delayed states lie in it, again and again until it has settled.</summary>
    /// <returns>The error norm; NaN when something wasn't valid or didn't settle.</returns>
    private double Try(double h, double newTime)
    {
        _hasIterate = false;
        _trialTime = newTime;
        for (int iteration = 0; iteration < _method.MaxIterations; iteration++)
        {
            _inside = false;
            if (!Stages(h, newTime))
                return double.NaN;
            if (!_inside)
                return ErrorNorm(h);
            double change = double.PositiveInfinity;
            if (_hasIterate)
            {
                for (int i = 0; i < _n; i++)
                    _iterate[i] -= _trial[i];
                change = Norm(_iterate);
            }

            _trial.CopyTo(_iterate, 0);
            _hasIterate = true;
            if (change <= Settled)
                return ErrorNorm(h);
        }

        return double.NaN;
    }

    private bool Stages(double h, double newTime)
    {
        int stages = _tableau.StageCount;
        for (int s = 1; s < stages; s++)
        {
            ReadOnlySpan<double> row = _tableau.Row(s);
            for (int i = 0; i < _n; i++)
            {
                double sum = 0;
                for (int j = 0; j < s; j++)
                    sum += row[j] * _k[(j * _n) + i];
                _stage[i] = _y[i] + (h * sum);
            }

            double c = _tableau.Nodes[s];
            _left = c == 1;
            if (!SdeWork.AllFinite(_stage) || !Evaluate(c == 1 ? newTime : _time + (c * h), _stage, Stage(s)))
                return false;
        }

        // The last stage lies at the new point.
        _stage.CopyTo(_trial, 0);
        ReadOnlySpan<double> dense = _tableau.DenseWeights[0];
        for (int i = 0; i < _n; i++)
        {
            double sum = 0;
            for (int s = 0; s < stages; s++)
                sum += dense[s] * _k[(s * _n) + i];
            _quartic[i] = sum;
        }

        return true;
    }

    private bool Evaluate(double t, ReadOnlySpan<double> y, Span<double> dy)
    {
        if (!_constant)
            _system.Delays(t, y, _lags);
        for (int d = 0; d < _delays; d++)
        {
            double lag = _lags[d];
            if (!(lag >= 0) || !double.IsFinite(lag))
                return false;
            Past(lag == 0 ? t : Side(t - lag), t, y, _delayed.AsSpan(d * _n, _n));
        }

        _evaluations++;
        _system.Derivative(t, y, _delayed, dy);
        return SdeWork.AllFinite(dy);
    }

    /// <summary>A time that is one of the discontinuities but for rounding, moved to the side that is meant: before it at the end of a step, else behind it.</summary>
    private double Side(double time)
    {
        double tiny = SameTime * Math.Max(Math.Abs(time), Math.Abs(End - _start));
        if (_jump && Math.Abs(time - _start) <= tiny)
            return _left ? _start - tiny : _start;
        foreach (double discontinuity in _method.Discontinuities.Span)
        {
            if (Math.Abs(time - discontinuity) <= tiny)
                return _left ? discontinuity - tiny : discontinuity + tiny;
        }

        return time;
    }

    private void Past(double time, double now, ReadOnlySpan<double> y, Span<double> destination)
    {
        if (time == now)
        {
            y.CopyTo(destination);
        }
        else if (time < _start)
        {
            _before(time, destination);
        }
        else if (time <= _time)
        {
            if (_history.Count == 0 || time == _time)
                _y.CopyTo(destination);
            else
                _history.Evaluate(time, destination);
        }
        else
        {
            // In the step itself: the last iterate's polynomial, at first the one of the step before, or the start and its derivative.
            _inside = true;
            if (_hasIterate)
            {
                DdeHistory.Polynomial(time, _time, _trialTime, _y, _iterate, Stage(0), Stage(_tableau.StageCount - 1), _quartic, destination);
            }
            else if (_history.Count > 0)
            {
                _history.Evaluate(time, destination);
            }
            else
            {
                for (int i = 0; i < _n; i++)
                    destination[i] = _y[i] + ((time - _time) * _k[i]);
            }
        }
    }

    private double ErrorNorm(double h)
    {
        ReadOnlySpan<double> weights = _tableau.ErrorWeights.Span;
        for (int i = 0; i < _n; i++)
        {
            double sum = 0;
            for (int s = 0; s < weights.Length; s++)
                sum += weights[s] * _k[(s * _n) + i];
            _stage[i] = h * sum;
        }

        return Norm(_stage);
    }

    private double Norm(double[] error)
    {
        double sum = 0;
        for (int i = 0; i < _n; i++)
        {
            double ratio = error[i] / (_method.AbsoluteTolerance + (_method.RelativeTolerance * Math.Max(Math.Abs(_y[i]), Math.Abs(_trial[i]))));
            sum += ratio * ratio;
        }

        double norm = Math.Sqrt(sum / _n);
        return double.IsNaN(norm) ? double.PositiveInfinity : norm;
    }
}
