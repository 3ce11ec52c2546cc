using OptiCore.Randomness;

namespace OptiCore.Dynamics;

/// <summary>Computes approximate Lévy areas of a Brownian path, as pure functions of its key and the times. No allocation after the constructor.</summary>
public sealed class LevyAreaReader
{
    private readonly int _m;
    private readonly double[] _area;
    private readonly double[] _w;
    private readonly double[] _h;
    private readonly double[] _sum;
    private readonly double[] _normal;
    private readonly double[] _pair;

    /// <summary>Allocates what a dimension needs.</summary>
    /// <param name="dimension">The number m of Brownian motions, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number isn't positive.</exception>
    public LevyAreaReader(int dimension)
    {
        _m = Require.Positive(dimension, nameof(dimension));
        _area = new double[checked(_m * _m)];
        _w = new double[_m];
        _h = new double[_m];
        _sum = new double[_m];
        _normal = new double[_m * _m];
        _pair = new double[2 * _m];
    }

    /// <summary>The areas that were computed last, m x m, row-major, antisymmetric.</summary>
    public ReadOnlySpan<double> Area => _area;

    /// <summary>Computes the areas A(s,t).</summary>
    /// <param name="kind">The approximation.</param>
    /// <param name="reader">Reads the path, of dimension m.</param>
    /// <param name="s">The earlier time.</param>
    /// <param name="t">The later time.</param>
    /// <param name="w">W(s,t), m elements.</param>
    /// <param name="h">H(s,t), m elements.</param>
    /// <exception cref="ArgumentException">A length or dimension differs.</exception>
    /// <remarks>Cost: m^2 operations, times the terms or parts of the approximation.</remarks>
    public void Compute(LevyArea kind, BrownianReader reader, double s, double t, ReadOnlySpan<double> w, ReadOnlySpan<double> h)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(reader);
        Require.Length(reader.Path.Dimension, _m, nameof(reader));
        Require.Length(w.Length, _m, nameof(w));
        Require.Length(h.Length, _m, nameof(h));
        kind.Compute(this, reader, s, t, w, h);
    }

    internal void Clear() => _area.AsSpan().Clear();

    /// <summary>Adds the mean given W and H.</summary>
    internal void AddMean(ReadOnlySpan<double> w, ReadOnlySpan<double> h)
    {
        for (int j = 0; j < _m; j++)
        {
            for (int k = j + 1; k < _m; k++)
                Add(j, k, (h[j] * w[k]) - (w[j] * h[k]));
        }
    }

    /// <summary>Adds normal numbers of variance constant h^2 + slope h (H_j^2 + H_k^2).</summary>
    internal void AddNormal(BrownianReader reader, double s, double t, ReadOnlySpan<double> h, double constant, double slope)
    {
        RandomFill.Normal(Key(reader, s, t), _normal);
        double length = t - s;
        for (int j = 0; j < _m; j++)
        {
            for (int k = j + 1; k < _m; k++)
                Add(j, k, Math.Sqrt((constant * length * length) + (slope * length * ((h[j] * h[j]) + (h[k] * h[k])))) * _normal[(j * _m) + k]);
        }
    }

    /// <summary>Chen's relation over the parts: the area of the polygon through their ends, and the mean area of each.</summary>
    internal void Refine(BrownianReader reader, double s, double t, int halvings)
    {
        Clear();
        _sum.AsSpan().Clear();
        long parts = 1L << halvings;
        double from = s;
        for (long part = 1; part <= parts; part++)
        {
            double to = part == parts ? t : s + ((t - s) * Math.ScaleB(part, -halvings));
            reader.Increment(from, to, _w, _h);
            for (int j = 0; j < _m; j++)
            {
                for (int k = j + 1; k < _m; k++)
                    Add(j, k, (0.5 * ((_sum[j] * _w[k]) - (_w[j] * _sum[k]))) + (_h[j] * _w[k]) - (_w[j] * _h[k]));
            }

            for (int j = 0; j < _m; j++)
                _sum[j] += _w[j];
            from = to;
        }
    }

    /// <summary>
    /// h / 2π sum over r of (X_j V_k - V_j X_k) / r with V = Y + sqrt(2/h) W, and for the rest of the series sqrt(sum of 1/r^2) times the square root of the covariance given W of one
    /// term, Σ = 2 + (2/h) (· W W' + W W' ·) on antisymmetric matrices, which is (Σ + 2α) / (sqrt(2) (1 + α)) with α^2 = 1 + |W|^2 / h.
    /// </summary>
    internal void AddFourier(BrownianReader reader, double s, double t, ReadOnlySpan<double> w, int terms, bool tail)
    {
        double h = t - s, scale = h / (2 * Math.PI), shift = Math.Sqrt(2 / h), rest = Math.PI * Math.PI / 6;
        RandomKey key = Key(reader, s, t);
        for (int r = 1; r <= terms; r++)
        {
            RandomFill.Normal(key, _pair, (ulong)(2 * _m) * (ulong)r);
            for (int j = 0; j < _m; j++)
            {
                for (int k = j + 1; k < _m; k++)
                {
                    double vj = _pair[_m + j] + (shift * w[j]), vk = _pair[_m + k] + (shift * w[k]);
                    Add(j, k, scale / r * ((_pair[j] * vk) - (vj * _pair[k])));
                }
            }

            rest -= 1.0 / ((double)r * r);
        }

        if (!tail || rest <= 0)
            return;
        RandomFill.Normal(key.Fold(1), _normal);
        for (int j = 0; j < _m; j++)
        {
            _normal[(j * _m) + j] = 0;
            for (int k = j + 1; k < _m; k++)
                _normal[(k * _m) + j] = -_normal[(j * _m) + k];
        }

        double square = 0;
        for (int j = 0; j < _m; j++)
        {
            double sum = 0;
            for (int k = 0; k < _m; k++)
                sum += _normal[(j * _m) + k] * w[k];
            _sum[j] = sum;
            square += w[j] * w[j];
        }

        double alpha = Math.Sqrt(1 + (square / h)), factor = scale * Math.Sqrt(rest) / (Math.Sqrt(2) * (1 + alpha));
        for (int j = 0; j < _m; j++)
        {
            for (int k = j + 1; k < _m; k++)
                Add(j, k, factor * (((2 + (2 * alpha)) * _normal[(j * _m) + k]) + (2 / h * ((_sum[j] * w[k]) - (w[j] * _sum[k])))));
        }
    }

    private static RandomKey Key(BrownianReader reader, double s, double t) =>
        reader.Path.Key.Fold(BitConverter.DoubleToUInt64Bits(s)).Fold(BitConverter.DoubleToUInt64Bits(t));

    private void Add(int j, int k, double value)
    {
        _area[(j * _m) + k] += value;
        _area[(k * _m) + j] -= value;
    }
}
