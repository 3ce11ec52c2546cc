using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <content>The first points, and the units that variables are measured in.</content>
public sealed partial record Bobyqa
{
    private sealed partial class State
    {
        /// <summary>The unit of each variable, and a start that leaves room for the first points.</summary>
        private void SetScale(ReadOnlySpan<double> start)
        {
            for (int j = 0; j < _n; j++)
            {
                int i = _box.Free[j];
                double width = _box.Width(i);
                _scale[j] = _options.InitialRadius is { } radius ? Math.Min(radius, width / 2)
                    : double.IsFinite(width) ? Math.Min(width / 4, 4 * Math.Max(1, Math.Abs(start[i]))) : Math.Min(width / 4, Math.Max(1, Math.Abs(start[i])) / 2);
                double below = start[i] - _box.Lower[i], above = _box.Upper[i] - start[i];
                if (below < _scale[j])
                    _origin[i] = below <= _scale[j] / 2 ? _box.Lower[i] : _box.Lower[i] + _scale[j];
                else if (above < _scale[j])
                    _origin[i] = above <= _scale[j] / 2 ? _box.Upper[i] : _box.Upper[i] - _scale[j];
                _lowest[j] = (_box.Lower[i] - _origin[i]) / _scale[j];
                _highest[j] = (_box.Upper[i] - _origin[i]) / _scale[j];
            }

            SetBounds();
        }

        private void SetBounds()
        {
            for (int j = 0; j < _n; j++)
            {
                _lower[j] = _lowest[j] - _model.Base[j];
                _upper[j] = _highest[j] - _model.Base[j];
            }
        }

        private void AskFirst()
        {
            for (int j = 0; j < _n; j++)
            {
                bool atLower = _lower[j] >= 0, atUpper = _upper[j] <= 0;
                _firstStep[j] = atUpper ? -_rho : Math.Min(_rho, _upper[j]);
                _secondStep[j] = atLower ? Math.Min(2 * _rho, _upper[j]) : Math.Max(atUpper ? -2 * _rho : -_rho, _lower[j]);
            }

            _model.PlaceOnAxes(_firstStep, _secondStep);
            int skip = _retries == 0 ? 0 : 1;
            Query.Count = Math.Min(_m, (2 * _n) + 1) - skip;
            for (int k = skip; k < Math.Min(_m, (2 * _n) + 1); k++)
                ToPoint(_model.Point(k), Query.Point(k - skip));
            _phase = Phase.First;
        }

        private Advance TakeFirst()
        {
            if (_n == 0)
            {
                if (_undefined)
                    return Advance.Stop(StopReason.NonFiniteStart);
                Commit(Query.Point(), Query.Value());
                return Advance.Stop(StopReason.StepTolerance, iterated: true);
            }

            int skip = _retries == 0 ? 0 : 1;
            if (skip == 0)
            {
                if (_undefined)
                    return Advance.Stop(StopReason.NonFiniteStart);
                Commit(Query.Point(), Query.Value());
            }

            for (int i = 0; i < Query.Count; i++)
            {
                if (!Query.IsFinite(i))
                    return RetryFirst();
                _model.ValueAt(i + skip) = Query.Value(i);
            }

            if (_m <= (2 * _n) + 1)
                return Begin();
            _model.PlaceCrossed(byValues: true);
            Query.Count = _m - (2 * _n) - 1;
            for (int i = 0; i < Query.Count; i++)
                ToPoint(_model.Point((2 * _n) + 1 + i), Query.Point(i));
            _phase = Phase.Crossed;
            return Advance.Continue;
        }

        private Advance RetryFirst()
        {
            if (_retries == 0)
                _model.ValueAt(0) = _value;
            _retries++;
            _rho /= 10;
            if (_rho < _options.RadiusTolerance)
                return Advance.Stop(StopReason.NonFinite);
            AskFirst();
            return Advance.Continue;
        }

        private Advance Begin()
        {
            _model.SetClosedForm();
            _model.FindBest();
            _model.FitLeastHessian();
            _delta = _rho;
            _savedEvaluations = _evaluations;
            CommitBest();
            return Proceed(Advance.Iteration, Move.TrustRegion);
        }

        /// <summary>From a displacement in units of the first steps to variables; at a bound exactly the bound.</summary>
        private void ToPoint(ReadOnlySpan<double> displacement, Span<double> x)
        {
            _origin.CopyTo(x);
            for (int j = 0; j < _n; j++)
            {
                int i = _box.Free[j];
                x[i] = displacement[j] <= _lower[j] ? _box.Lower[i] : displacement[j] >= _upper[j] ? _box.Upper[i]
                    : _box.Clamp(_origin[i] + (_scale[j] * (_model.Base[j] + displacement[j])), i);
            }
        }
    }
}
