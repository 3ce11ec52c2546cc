namespace OptiCore.Integration;

/// <summary>
/// The loop of QAGS. Bisection works off the subintervals by error. Where the next one to be halved is among the smallest, the larger ones are brought
/// below the tolerance first, and then the sum over all is the next element of a sequence that the epsilon algorithm accelerates.
/// </summary>
/// <remarks>Sizes are levels, the number of halvings, so that break points with pieces of different lengths need nothing more.</remarks>
internal struct ExtrapolatedBisection<TIntegrand>(
    TIntegrand f, PanelList panels, KronrodRule rule, QuadratureOptions options, double sum, double error, double absolute, long evaluations)
    where TIntegrand : struct, IIntegrand
{
    private readonly bool _oneSign = Math.Abs(sum) >= (1 - (50 * Quadrature.Epsilon)) * absolute;
    private TIntegrand _f = f;
    private PanelList _panels = panels;
    private EpsilonTable _table;
    private double _sum = sum, _error = error, _errorOfLarge;
    private long _evaluations = evaluations;
    private int _unchanged, _unchangedLate, _worse;
    private double _limit, _limitError = double.PositiveInfinity, _correction;

    public readonly void Dispose() => _panels.Dispose();

    public QuadratureResult Run()
    {
        // Levels up to this count as large. It starts at 1: after the first halving both halves do.
        int largeLevel = 1, sinceBetter = 0, pick = 0;
        bool extrapolating = false, mayExtrapolate = true, roundoffInTable = false;
        double target = options.Bound(_sum);
        _table.Start(_sum);
        _errorOfLarge = _error;
        QuadratureStatus? status = null;
        bool firstHalving = _panels.Count == 1;
        while (true)
        {
            KronrodPanel old = _panels.Take(pick);
            double both = Halve(old, extrapolating, out bool narrow, out bool finite);
            if (!finite)
                return new QuadratureResult(_panels.Sum(), double.PositiveInfinity, _evaluations, _panels.Count, QuadratureStatus.NotFinite);
            if (_error <= options.Bound(_sum))
                return new QuadratureResult(_panels.Sum(), _error, _evaluations, _panels.Count, QuadratureStatus.Converged);
            if (_unchanged + _unchangedLate >= 10 || _worse >= 20)
                status = QuadratureStatus.Roundoff;
            roundoffInTable |= _unchangedLate >= 5;
            if (_panels.Count >= options.MaxSubintervals)
                status = QuadratureStatus.LimitReached;
            else if (narrow)
                status = QuadratureStatus.Divergent;
            if (status is not null)
                break;
            if (firstHalving)
            {
                firstHalving = false;
                _errorOfLarge = _error;
                target = options.Bound(_sum);
                _table.Start(_sum);
                continue;
            }

            if (!mayExtrapolate)
                continue;
            _errorOfLarge -= old.Error;
            if (old.Level + 1 <= largeLevel)
                _errorOfLarge += both;
            if (!extrapolating)
            {
                if (_panels[0].Level <= largeLevel)
                    continue;
                extrapolating = true;
                pick = 1;
            }

            if (!roundoffInTable && _errorOfLarge > target)
            {
                while (pick < _panels.Count && _panels[pick].Level > largeLevel)
                    pick++;
                if (pick < _panels.Count)
                    continue;
            }

            (double limit, double limitError) = _table.Append(_sum);
            sinceBetter++;
            bool slow = sinceBetter > 5 && _limitError < 1e-3 * _error;
            if (limitError < _limitError)
            {
                sinceBetter = 0;
                (_limit, _limitError) = (limit, limitError);
                _correction = _errorOfLarge;
                target = options.Bound(limit);
                if (_limitError <= target)
                    break;
            }

            if (_table.Collapsed)
                mayExtrapolate = false;
            if (slow)
            {
                status = QuadratureStatus.Divergent;
                break;
            }

            pick = 0;
            extrapolating = false;
            largeLevel++;
            _errorOfLarge = _error;
        }

        return Conclude(status, roundoffInTable);
    }

    private double Halve(in KronrodPanel old, bool extrapolating, out bool narrow, out bool finite)
    {
        double middle = (0.5 * old.A) + (0.5 * old.B);
        KronrodPanel left = KronrodPanel.Of(ref _f, old.A, middle, old.Level + 1, rule, out _, out double variationLeft);
        KronrodPanel right = KronrodPanel.Of(ref _f, middle, old.B, old.Level + 1, rule, out _, out double variationRight);
        _evaluations += 2L * (int)rule * _f.Cost;
        double value = left.Value + right.Value, both = left.Error + right.Error;
        _sum += value - old.Value;
        _error += both - old.Error;
        _panels.Add(left);
        _panels.Add(right);
        if (variationLeft != left.Error && variationRight != right.Error)
        {
            if (Math.Abs(old.Value - value) <= 1e-5 * Math.Abs(value) && both >= 0.99 * old.Error)
            {
                if (extrapolating)
                    _unchangedLate++;
                else
                    _unchanged++;
            }

            if (_panels.Count > 10 && both > old.Error)
                _worse++;
        }

        finite = double.IsFinite(value);
        narrow = Math.Max(Math.Abs(old.A), Math.Abs(old.B)) <= (1 + (100 * Quadrature.Epsilon)) * (Math.Abs(middle) + (1000 * Quadrature.Tiny));
        return both;
    }

    // Chooses between the extrapolated limit and the plain sum, and looks for signs of divergence.
    private QuadratureResult Conclude(QuadratureStatus? status, bool roundoffInTable)
    {
        if (double.IsPositiveInfinity(_limitError))
            return Plain(status ?? QuadratureStatus.LimitReached);
        if (status is not null || roundoffInTable)
        {
            if (roundoffInTable)
            {
                _limitError += _correction;
                status ??= _limitError <= options.Bound(_limit) ? QuadratureStatus.Converged : QuadratureStatus.Roundoff;
            }

            bool plainIsBetter = _limit != 0 && _sum != 0 ? _limitError / Math.Abs(_limit) > _error / Math.Abs(_sum) : _limitError > _error;
            if (plainIsBetter)
                return Plain(status ?? QuadratureStatus.Roundoff);
        }

        bool negligible = !_oneSign && Math.Max(Math.Abs(_limit), Math.Abs(_sum)) <= 0.01 * absolute;
        double ratio = _limit / _sum;
        if (!negligible && _sum != 0 && (!(ratio >= 0.01) || ratio > 100 || _error > Math.Abs(_sum)))
            status = QuadratureStatus.Divergent;
        return new QuadratureResult(_limit, _limitError, _evaluations, _panels.Count, status ?? QuadratureStatus.Converged);
    }

    private readonly QuadratureResult Plain(QuadratureStatus status) => new(_panels.Sum(), _error, _evaluations, _panels.Count, status);
}
