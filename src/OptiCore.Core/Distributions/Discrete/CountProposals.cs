using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>Transformed rejection with squeeze for Poisson numbers: algorithm PTRS of Hörmann (1993).</summary>
internal readonly struct PoissonProposal : IUniformProposal
{
    /// <summary>The smallest mean for which the constants hold.</summary>
    public const double Smallest = 10;

    private readonly double _rate, _a, _b, _inverseAlpha, _vr;

    public PoissonProposal(double rate)
    {
        _rate = rate;
        _b = 0.931 + (2.53 * Math.Sqrt(rate));
        _a = -0.059 + (0.02483 * _b);
        _inverseAlpha = 1.1239 + (1.1328 / (_b - 3.4));
        _vr = 0.9277 - (3.6224 / (_b - 2));
    }

    public bool Accept(double first, double second, out double draw)
    {
        double u = first - 0.5, us = 0.5 - Math.Abs(u);
        draw = Math.Floor((((2 * _a / us) + _b) * u) + _rate + 0.43);
        if (us >= 0.07 && second <= _vr)
            return true;
        if (draw < 0 || (us < 0.013 && second > us))
            return false;
        return Math.Log(second * _inverseAlpha / ((_a / (us * us)) + _b)) <= SaddlePoint.LogPoisson(draw, _rate);
    }
}

/// <summary>Transformed rejection with squeeze for binomial numbers: algorithm BTRS of Hörmann (1993).</summary>
internal readonly struct BinomialProposal : IUniformProposal
{
    /// <summary>The smallest mean of the rarer outcome for which the constants hold.</summary>
    public const double Smallest = 10;

    private readonly double _n, _p, _a, _b, _c, _vr, _alpha, _atMode;
    private readonly bool _flipped;

    public BinomialProposal(int n, double p)
    {
        _flipped = p > 0.5;
        (_n, _p) = (n, _flipped ? 1 - p : p);
        double deviation = Math.Sqrt(n * _p * (1 - _p));
        _b = 1.15 + (2.53 * deviation);
        _a = -0.0873 + (0.0248 * _b) + (0.01 * _p);
        _c = (n * _p) + 0.5;
        _vr = 0.92 - (4.2 / _b);
        _alpha = (2.83 + (5.1 / _b)) * deviation;
        _atMode = SaddlePoint.LogBinomial(Math.Floor((n + 1.0) * _p), n, _p, 1 - _p);
    }

    public bool Accept(double first, double second, out double draw)
    {
        double u = first - 0.5, us = 0.5 - Math.Abs(u), k = Math.Floor((((2 * _a / us) + _b) * u) + _c);
        draw = _flipped ? _n - k : k;
        if (us >= 0.07 && second <= _vr)
            return true;
        return k >= 0 && k <= _n && Math.Log(second * _alpha / ((_a / (us * us)) + _b)) <= SaddlePoint.LogBinomial(k, _n, _p, 1 - _p) - _atMode;
    }
}
