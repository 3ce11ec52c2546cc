using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <content>Repair of a damaged interpolation system.</content>
public sealed partial record Bobyqa
{
    private sealed partial class State
    {
        /// <summary>Section 5 of the paper: a fresh set on the axes around the best point, and then as many of the old points as keep the denominators sound.</summary>
        private Advance Rescue(Advance done)
        {
            if (_rescuedAt == _evaluations)
                return Advance.Stop(_undefined ? StopReason.NonFinite : StopReason.NoProgress, iterated: true);
            _rescuedAt = _evaluations;
            _model.ShiftBase();
            SetBounds();
            _model.MakeExplicit();
            for (int k = 0; k < _m; k++)
            {
                _model.Point(k).CopyTo(_oldPoints.AsSpan(k * _n, _n));
                _oldValues[k] = _model.ValueAt(k);
                _open[k] = k > 0;
                _waiting[k] = k > 0;
                _rejected[k] = false;
            }

            for (int j = 0; j < _n; j++)
            {
                double up = Math.Min(_delta, _upper[j]), down = Math.Max(-_delta, _lower[j]);
                (double longer, double shorter) = up + down >= 0 ? (up, down) : (down, up);
                _firstStep[j] = longer;
                _secondStep[j] = Math.Abs(shorter) < Math.Abs(longer) / 2 ? longer / 2 : shorter;
            }

            _model.PlaceOnAxes(_firstStep, _secondStep);
            _model.PlaceCrossed(byValues: false);
            _model.SetClosedForm();
            for (int k = NearestWaiting(); k >= 0; k = NearestWaiting())
                Reinstate(k);

            _trustSteps = 0;
            _savedEvaluations = _evaluations;
            int count = 0;
            for (int k = 1; k < _m; k++)
            {
                if (_open[k])
                    ToPoint(_model.Point(k), Query.Point(count++));
            }

            if (count == 0)
                return Proceed(done, Move.TrustRegion);
            Query.Count = count;
            _phase = Phase.Rescue;
            return done;
        }

        private int NearestWaiting()
        {
            int nearest = -1;
            double least = double.PositiveInfinity;
            for (int k = 1; k < _m; k++)
            {
                double square = SquareNorm(_oldPoints.AsSpan(k * _n, _n));
                if (_waiting[k] && !_rejected[k] && square < least)
                {
                    least = square;
                    nearest = k;
                }
            }

            return nearest;
        }

        private void Reinstate(int old)
        {
            ReadOnlySpan<double> point = _oldPoints.AsSpan(old * _n, _n);
            _model.Try(point);
            double most = 0, largest = 0;
            int place = -1;
            for (int k = 0; k < _m; k++)
            {
                largest = Math.Max(largest, _model.Lagrange[k] * _model.Lagrange[k]);
                if (_open[k] && _model.Denominator(k) > most)
                {
                    most = _model.Denominator(k);
                    place = k;
                }
            }

            if (place < 0 || most <= 0.01 * largest)
            {
                _rejected[old] = true;
                return;
            }

            _model.UpdateInverse(place);
            point.CopyTo(_model.Point(place));
            _model.ValueAt(place) = _oldValues[old];
            _open[place] = false;
            _waiting[old] = false;
            _rejected.AsSpan().Clear();
        }

        private void TakeRescue()
        {
            int i = 0;
            for (int k = 1; k < _m; k++)
            {
                if (_open[k])
                {
                    _model.ValueAt(k) = Query.IsFinite(i) ? Query.Value(i) : Math.Max(_model.BestValue, _model.ValueOfModel(_model.Point(k)));
                    i++;
                }
            }

            _model.FitRest(_open);
            if (_model.BestValue < _value)
                CommitBest();
        }
    }
}
