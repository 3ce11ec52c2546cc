using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>What is counted and averaged over the transitions of a ladder that stays as it is.</summary>
internal sealed class TemperingStatistics(int rungs) : IPersistent
{
    private readonly double[] _rejections = new double[rungs];
    private readonly double[] _accepts = new double[rungs];
    private readonly double[] _likelihoods = new double[rungs];

    // Of exp((beta[r + 1] - beta[r]) l) at rung r: the largest exponent so far, and the sum relative to it.
    private readonly double[] _largest = new double[rungs];
    private readonly double[] _stones = new double[rungs];
    private long _count;
    private long _roundTrips;

    public long RoundTrips { get => _roundTrips; set => _roundTrips = value; }

    public double Rejection(int rung) => _count == 0 ? 0 : _rejections[rung] / _count;

    public void AddTransition(Replica[] targets, DrawStatistics[] statistics)
    {
        _count++;
        for (int r = 0; r < rungs; r++)
        {
            double likelihood = targets[r].Likelihood;
            _accepts[r] += statistics[r].AcceptStatistic;
            _likelihoods[r] += likelihood;
            if (r == rungs - 1)
                continue;
            double exponent = (targets[r + 1].Beta - targets[r].Beta) * likelihood;
            if (_count == 1)
                (_largest[r], _stones[r]) = (exponent, 1);
            else if (exponent > _largest[r])
                (_largest[r], _stones[r]) = (exponent, double.IsNegativeInfinity(_largest[r]) ? 1 : (_stones[r] * Math.Exp(_largest[r] - exponent)) + 1);
            else if (!double.IsNegativeInfinity(exponent))
                _stones[r] += Math.Exp(exponent - _largest[r]);
        }
    }

    /// <summary>Of every pair in every transition, whether it is the pair's turn or not: the average has less noise.</summary>
    public void AddSwap(int rung, double accept) => _rejections[rung] += 1 - accept;

    public void Reset()
    {
        Array.Clear(_rejections);
        Array.Clear(_accepts);
        Array.Clear(_likelihoods);
        Array.Clear(_largest);
        Array.Clear(_stones);
        _count = 0;
        _roundTrips = 0;
    }

    public TemperingReport Report(Replica[] targets)
    {
        double[] betas = new double[rungs], rejections = new double[rungs - 1], accepts = new double[rungs];
        double steppingStone = 0, integral = 0;
        for (int r = 0; r < rungs; r++)
        {
            betas[r] = targets[r].Beta;
            accepts[r] = _accepts[r] / _count;
            if (r == rungs - 1)
                continue;
            rejections[r] = _rejections[r] / _count;
            steppingStone += _largest[r] + Math.Log(_stones[r] / _count);
            integral += (targets[r + 1].Beta - betas[r]) * (_likelihoods[r] + _likelihoods[r + 1]) / (2 * _count);
        }

        return new TemperingReport(betas, rejections, accepts, _roundTrips, _count, _count == 0 ? double.NaN : steppingStone, _count == 0 ? double.NaN : integral);
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer<double>(_rejections);
        archive.Transfer<double>(_accepts);
        archive.Transfer<double>(_likelihoods);
        archive.Transfer<double>(_largest);
        archive.Transfer<double>(_stones);
        archive.Transfer(ref _count);
        archive.Transfer(ref _roundTrips);
    }
}
