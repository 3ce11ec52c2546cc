using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Differential evolution by current-to-pbest/1 with an archive of what was replaced, whose F and CR follow those of successful trials.
/// </summary>
internal sealed class AdaptiveState : SolverState<double>
{
    // A crossover rate of the history that has only failed; it stays 0 then (L-SHADE).
    private const double Terminal = -1;

    private readonly AdaptiveSettings _settings;
    private readonly RandomKey _key;
    private readonly int _n;
    private readonly Box _box;
    private readonly Population _population;
    private readonly PopulationProgress _progress;
    private readonly Ranking _ranking;
    private readonly double[] _archive, _weights, _rates, _historyWeights, _historyRates;
    private readonly double[] _goodWeights, _goodRates, _goodGains;
    private readonly bool[] _keep;
    private int _archived, _place;
    private long _generation, _evaluations;

    public AdaptiveState(in AdaptiveSettings settings, ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
        : base(new Query<double>(shape, Oracle.Value, settings.Population))
    {
        _settings = settings;
        _key = key;
        _n = start.Length;
        int capacity = settings.Population;
        _box = new Box(settings.Bounds, _n);
        _population = new Population(capacity, _n);
        _population.Spread(key.Fold("first"), start, _box.Lower, _box.Upper, settings.InitialSpread);
        _progress = new PopulationProgress(settings.PointTolerance, settings.ValueTolerance);
        _ranking = new Ranking(capacity);
        _archive = new double[(int)Math.Round(settings.ArchiveFraction * capacity) * _n];
        _weights = new double[capacity];
        _rates = new double[capacity];
        _historyWeights = new double[settings.HistorySize];
        _historyRates = new double[settings.HistorySize];
        _historyWeights.AsSpan().Fill(0.5);
        _historyRates.AsSpan().Fill(0.5);
        _goodWeights = new double[capacity];
        _goodRates = new double[capacity];
        _goodGains = new double[capacity];
        _keep = new bool[capacity];
        Query.Count = capacity;
        _population.Points.CopyTo(Query.Points);
    }

    public override ReadOnlySpan<double> Point => _population.Member(_population.Best);

    public override double Value => _progress.Value;

    public override double ValueChange => _progress.Change;

    private int ArchiveSize => (int)Math.Round(_settings.ArchiveFraction * _population.Count);

    public override string? Describe(StopReason reason) => _progress.Describe(reason);

    public override Advance Tell()
    {
        bool anyFinite = false;
        int successes = 0;
        RandomStream stream = _key.Fold("archive").Fold(_generation).Stream();
        for (int i = 0; i < _population.Count; i++)
        {
            double value = Query.IsFinite(i) ? Query.Value(i) : double.PositiveInfinity, before = _population.Values[i];
            anyFinite |= Query.IsFinite(i);
            if (value < before && _generation > 0)
            {
                Remember(ref stream, _population.Member(i));
                _goodWeights[successes] = _weights[i];
                _goodRates[successes] = _rates[i];

                // An infinite gain would weigh down all others.
                _goodGains[successes++] = double.IsFinite(before) ? before - value : 1;
            }

            if (value <= before)
                _population.Replace(i, Query.Point(i), value);
        }

        _evaluations += Query.Count;
        if (successes > 0)
            Adapt(successes);
        Advance advance = _progress.After(_population, anyFinite);
        if (advance.Reason != StopReason.None)
            return advance;
        Shrink();
        Ask();
        return advance;
    }

    /// <summary>Puts a replaced member into the archive, in place of a random one when it is full.</summary>
    private void Remember(ref RandomStream stream, ReadOnlySpan<double> member)
    {
        int size = ArchiveSize;
        if (size == 0)
            return;
        int place = _archived < size ? _archived++ : stream.NextInt32(size);
        member.CopyTo(_archive.AsSpan(place * _n, _n));
    }

    private void Adapt(int successes)
    {
        ReadOnlySpan<double> weights = _goodWeights.AsSpan(0, successes), rates = _goodRates.AsSpan(0, successes), gains = _goodGains.AsSpan(0, successes);
        if (!_settings.UsesHistory)
        {
            double rateSum = 0, squares = 0, sum = 0;
            for (int k = 0; k < successes; k++)
            {
                rateSum += rates[k];
                squares += weights[k] * weights[k];
                sum += weights[k];
            }

            double c = _settings.AdaptationRate;
            _historyRates[0] = ((1 - c) * _historyRates[0]) + (c * rateSum / successes);
            _historyWeights[0] = ((1 - c) * _historyWeights[0]) + (c * squares / sum);
            return;
        }

        // Lehmer means, weighted by what the trials gained.
        double weightSquares = 0, weightSum = 0, rateSquares = 0, rateTotal = 0, largest = 0;
        for (int k = 0; k < successes; k++)
        {
            weightSquares += gains[k] * weights[k] * weights[k];
            weightSum += gains[k] * weights[k];
            rateSquares += gains[k] * rates[k] * rates[k];
            rateTotal += gains[k] * rates[k];
            largest = Math.Max(largest, rates[k]);
        }

        _historyRates[_place] = _historyRates[_place] == Terminal || largest == 0 ? Terminal : rateSquares / rateTotal;
        _historyWeights[_place] = weightSquares / weightSum;
        _place = (_place + 1) % _settings.HistorySize;
    }

    /// <summary>Linear reduction of the population, the worst members first, and of the archive with it.</summary>
    private void Shrink()
    {
        if (_settings.LastPopulation == _settings.Population)
            return;
        double done = Math.Min(1, _evaluations / (double)_settings.Budget);
        int next = (int)Math.Round(_settings.Population + ((_settings.LastPopulation - _settings.Population) * done));
        if (next >= _population.Count)
            return;
        _ranking.Rank(_population.Values);
        _population.Shrink(_ranking.Order, next, _keep);
        _archived = Math.Min(_archived, ArchiveSize);
    }

    private void Ask()
    {
        _generation++;
        _ranking.Rank(_population.Values);
        int count = _population.Count, elite = Math.Max(2, (int)Math.Round(_settings.BestFraction * count));
        RandomKey key = _key.Fold(_generation);
        Query.Count = count;
        for (int i = 0; i < count; i++)
        {
            RandomStream stream = key.Fold(i).Stream();
            DrawParameters(ref stream, i);
            double f = _weights[i];
            ReadOnlySpan<double> x = _population.Member(i), best = _population.Member(_ranking.Order[stream.NextInt32(Math.Min(elite, count))]);
            int first, second;
            do
            {
                first = stream.NextInt32(count);
            }
            while (first == i);
            do
            {
                second = stream.NextInt32(count + _archived);
            }
            while (second == i || second == first);
            ReadOnlySpan<double> r1 = _population.Member(first);
            ReadOnlySpan<double> r2 = second < count ? _population.Member(second) : _archive.AsSpan((second - count) * _n, _n);
            Span<double> trial = Query.Point(i);
            for (int j = 0; j < _n; j++)
                trial[j] = x[j] + (f * (best[j] - x[j])) + (f * (r1[j] - r2[j]));
            Trials.Repair(_box, x, trial);
            Trials.CrossBinomially(ref stream, _rates[i], x, trial);
        }
    }

    /// <summary>F from a Cauchy law of scale 0.1, anew while not positive and cut at 1; CR from a normal law of deviation 0.1, cut to [0, 1].</summary>
    private void DrawParameters(ref RandomStream stream, int i)
    {
        int place = stream.NextInt32(_settings.HistorySize);
        double rate = _historyRates[place];
        _rates[i] = rate == Terminal ? 0 : Math.Clamp(rate + (0.1 * stream.NextNormal()), 0, 1);
        double weight;
        do
        {
            weight = _historyWeights[place] + (0.1 * Math.Tan(Math.PI * (stream.NextOpenDouble() - 0.5)));
        }
        while (weight <= 0);
        _weights[i] = Math.Min(1, weight);
    }

    public override void Persist(StateArchive archive)
    {
        archive.Transfer<double>(_archive);
        archive.Transfer<double>(_weights);
        archive.Transfer<double>(_rates);
        archive.Transfer<double>(_historyWeights);
        archive.Transfer<double>(_historyRates);
        archive.Transfer(ref _archived);
        archive.Transfer(ref _place);
        archive.Transfer(ref _generation);
        archive.Transfer(ref _evaluations);
        archive.Transfer(_population);
        archive.Transfer(_progress);
    }
}
