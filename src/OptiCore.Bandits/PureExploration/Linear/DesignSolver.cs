using System.Globalization;
using OptiCore.LinearAlgebra;

namespace OptiCore.Bandits;

/// <summary>The memory and the iterations of <see cref="OptimalDesign"/> for one set of measurements and one set of vectors whose differences, or which themselves, are the directions. Allocates only when it is made.</summary>
internal sealed class DesignSolver
{
    // What is added to the diagonal of A, relative to its mean element: shares may vanish in directions that nobody asks for.
    private const double Jitter = 1e-12;

    private readonly FeatureVectors _measurements, _vectors;
    private readonly int _d;
    private readonly double[] _a, _inverse, _curvature, _v, _images, _rows, _gradient, _trial, _best;
    private readonly int[] _active;

    public DesignSolver(FeatureVectors measurements, FeatureVectors vectors)
    {
        if (vectors.Dimension != measurements.Dimension)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The measurements have {measurements.Dimension} features, the vectors {vectors.Dimension}."), nameof(vectors));
        _measurements = measurements;
        _vectors = vectors;
        _d = measurements.Dimension;
        _a = new double[_d * _d];
        _inverse = new double[_d * _d];
        _curvature = new double[_d * _d];
        _v = new double[_d];
        _images = new double[vectors.Values.Length];
        _rows = new double[vectors.Values.Length];
        _gradient = new double[measurements.Count];
        _trial = new double[measurements.Count];
        _best = new double[measurements.Count];
        _active = new int[vectors.Count];

        // In units of the features' own scales the Gram matrix has a unit diagonal; what is then nearly singular doesn't span the space.
        _trial.AsSpan().Fill(1.0 / measurements.Count);
        Gram(_trial);
        for (int i = 0; i < _d; i++)
            _v[i] = Math.Sqrt(_a[i * (_d + 1)]);
        bool spans = true;
        for (int i = 0; i < _d; i++)
        {
            spans &= _v[i] > 0;
            for (int j = 0; j < _d && spans; j++)
                _a[(i * _d) + j] /= _v[i] * _v[j];
        }

        spans = spans && Cholesky.TryFactor<double>(_a, _d);
        for (int i = 0; i < _d && spans; i++)
            spans = _a[i * (_d + 1)] > 1e-6;
        if (!spans)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The {measurements.Count} measurements don't span the space of {_d} dimensions."), nameof(measurements));
    }

    /// <summary>A^-1 of the last matrix, both triangles.</summary>
    public ReadOnlySpan<double> Inverse => _inverse;

    /// <summary>A = sum c_x x x', inverted.</summary>
    public void Invert(ReadOnlySpan<double> counts)
    {
        Gram(counts);
        double trace = 0;
        for (int i = 0; i < _d; i++)
            trace += _a[i * (_d + 1)];
        for (int i = 0; i < _d; i++)
            _a[i * (_d + 1)] += Jitter * trace / _d;
        if (!Cholesky.TryFactor<double>(_a, _d))
            throw new ArithmeticException("The matrix of a design isn't positive definite to working precision: features should be of the order of 1.");
        Cholesky.Inverse<double>(_a, _d, _d, _inverse, _d);
    }

    /// <summary>y' A^-1 y for the difference of two of the vectors, after <see cref="Invert"/> and <see cref="Map"/>.</summary>
    public double Variance(int i, int j)
    {
        ReadOnlySpan<double> y = _vectors[i], z = _vectors[j], p = Image(i), q = Image(j);
        double sum = 0;
        for (int k = 0; k < y.Length; k++)
            sum += (y[k] - z[k]) * (p[k] - q[k]);
        return Math.Max(0, sum);
    }

    /// <summary>A^-1 z for every active vector.</summary>
    public int Map(ReadOnlySpan<bool> isActive)
    {
        int n = 0;
        for (int i = 0; i < isActive.Length; i++)
        {
            if (!isActive[i])
                continue;
            _active[n++] = i;
            RidgeModel.Multiply(_inverse, _vectors[i], Image(i));
        }

        return n;
    }

    /// <summary>The design for the differences of the active vectors, or for the vectors themselves.</summary>
    public DesignResult Minimise(OptimalDesign options, ReadOnlySpan<bool> isActive, bool arePairs, Span<double> weights)
    {
        int n = 0, iteration = 0, inStage = 0;
        foreach (bool active in isActive)
            n += active ? 1 : 0;

        // With this mu the smoothed maximum is within a quarter of the tolerance.
        double sharpest = 4 * Math.Log(2 + (arePairs ? 0.5 * n * (n - 1.0) : n)) / options.Tolerance;
        double mu = Math.Min(8, sharpest), exponent = 0.5, lower = 0, upper = double.PositiveInfinity, reached = double.PositiveInfinity;
        weights.Fill(1.0 / weights.Length);
        weights.CopyTo(_trial);
        while (true)
        {
            // The candidate's smoothed maximum, its gradient, and both bounds.
            Invert(_trial);
            Map(isActive);
            double largest = Largest(n, arePairs);
            if (largest <= 0)
                throw new ArgumentException("All directions are 0: there is nothing to tell apart.", nameof(isActive));
            (double smoothed, double mean) = Gradient(n, arePairs, mu, largest);
            double steepest = 0;
            foreach (double g in _gradient)
                steepest = Math.Max(steepest, g);
            lower = Math.Max(lower, mean * mean / steepest);
            if (largest < upper)
            {
                upper = largest;
                _trial.CopyTo(_best, 0);
            }

            if (upper <= (1 + options.Tolerance) * lower || ++iteration >= options.MaxIterations)
                break;
            if (smoothed > reached)
            {
                // Not a descent: from where it came, with half of the exponent. The gradient there is computed once more.
                exponent *= 0.5;
                if (exponent > 1e-6)
                {
                    weights.CopyTo(_trial);
                    reached = double.PositiveInfinity;
                    continue;
                }

                exponent = 0.5;
            }

            _trial.CopyTo(weights);
            reached = smoothed * (1 + 1e-13);
            if (mu < sharpest && (steepest <= (1 + (0.25 * options.Tolerance)) * mean || ++inStage >= 300))
            {
                mu = Math.Min(2 * mu, sharpest);
                inStage = 0;
                reached = double.PositiveInfinity;
            }

            double sum = 0;
            for (int x = 0; x < _trial.Length; x++)
                sum += _trial[x] = Math.Max(_trial[x] * Math.Pow(_gradient[x] / mean, exponent), 1e-14);
            for (int x = 0; x < _trial.Length; x++)
                _trial[x] /= sum;
            exponent = Math.Min(exponent * 1.1, 1);
        }

        double value = Prune(options, isActive, n, arePairs, upper, weights);
        return new DesignResult(value, Math.Min(lower, value), iteration);
    }

    /// <summary>The design for the measurements themselves.</summary>
    public DesignResult GOptimal(OptimalDesign options, Span<double> weights)
    {
        Span<double> variances = _gradient;
        weights.Fill(1.0 / weights.Length);
        for (int iteration = 0; ; iteration++)
        {
            // The inverse is updated with rank one; its rounding errors add up, so that it is computed again now and then.
            if (iteration % 64 == 0)
            {
                Invert(weights);
                for (int x = 0; x < weights.Length; x++)
                    variances[x] = RidgeModel.Quadratic(_inverse, _measurements[x]);
            }

            int most = 0, least = -1;
            for (int x = 0; x < weights.Length; x++)
            {
                most = variances[x] > variances[most] ? x : most;
                least = weights[x] > 0 && (least < 0 || variances[x] < variances[least]) ? x : least;
            }

            double high = variances[most], low = variances[least];
            if (high <= (1 + options.Tolerance) * _d || iteration >= options.MaxIterations)
            {
                Invert(weights);
                high = 0;
                for (int x = 0; x < weights.Length; x++)
                    high = Math.Max(high, RidgeModel.Quadratic(_inverse, _measurements[x]));
                return new DesignResult(high, Math.Min(_d, high), iteration);
            }

            bool isAway = 1 - (low / _d) > (high / _d) - 1;
            int moved = isAway ? least : most;
            double variance = variances[moved], step;
            double all = weights[moved] >= 1 ? double.NegativeInfinity : -weights[moved] / (1 - weights[moved]);
            if (!isAway)
                step = ((variance / _d) - 1) / (variance - 1);
            else
                step = variance <= 1 ? all : Math.Max(all, ((variance / _d) - 1) / (variance - 1));
            double ratio = step / (1 - step), factor = ratio / (1 + (ratio * variance));
            RidgeModel.Multiply(_inverse, _measurements[moved], _v);
            for (int x = 0; x < weights.Length; x++)
            {
                double product = RidgeModel.Dot(_measurements[x], _v);
                variances[x] = (variances[x] - (factor * product * product)) / (1 - step);
                weights[x] *= 1 - step;
            }

            RidgeModel.AddOuter(_inverse, -factor, _v);
            for (int i = 0; i < _inverse.Length; i++)
                _inverse[i] /= 1 - step;
            weights[moved] = step == all ? 0 : weights[moved] + step;
        }
    }

    private Span<double> Image(int i) => _images.AsSpan(i * _d, _d);

    private Span<double> Row(int i) => _rows.AsSpan(i * _d, _d);

    private void Gram(ReadOnlySpan<double> counts)
    {
        Array.Clear(_a);
        for (int x = 0; x < counts.Length; x++)
        {
            if (counts[x] > 0)
                RidgeModel.AddOuter(_a, counts[x], _measurements[x]);
        }
    }

    private double Largest(int n, bool arePairs)
    {
        double largest = 0;
        for (int i = 0; i < n; i++)
        {
            if (!arePairs)
                largest = Math.Max(largest, RidgeModel.Dot(_vectors[_active[i]], Image(_active[i])));
            for (int j = 0; j < i && arePairs; j++)
                largest = Math.Max(largest, Variance(_active[i], _active[j]));
        }

        return largest;
    }

    /// <summary>The smoothed maximum and the mean variance under its weights; leaves g_x = x' (sum p_y A^-1 y y' A^-1) x.</summary>
    private (double Smoothed, double Mean) Gradient(int n, bool arePairs, double mu, double largest)
    {
        double total = 0, mean = 0;
        Array.Clear(_rows);
        for (int i = 0; i < n; i++)
        {
            int first = _active[i];
            if (!arePairs)
            {
                double variance = RidgeModel.Dot(_vectors[first], Image(first)), p = Math.Exp(mu * ((variance / largest) - 1));
                total += p;
                mean += p * variance;
                RidgeModel.AddScaled(Row(first), p, Image(first));
                continue;
            }

            for (int j = 0; j < i; j++)
            {
                int second = _active[j];
                double variance = Variance(first, second), p = Math.Exp(mu * ((variance / largest) - 1));
                total += p;
                mean += p * variance;
                if (p < 1e-18)
                    continue;
                RidgeModel.AddScaled(Row(first), p, Image(first));
                RidgeModel.AddScaled(Row(first), -p, Image(second));
                RidgeModel.AddScaled(Row(second), p, Image(second));
                RidgeModel.AddScaled(Row(second), -p, Image(first));
            }
        }

        // sum p (u - v)(u - v)' = sum over vectors of u (their row)'.
        Array.Clear(_curvature);
        for (int i = 0; i < n; i++)
        {
            for (int k = 0; k < _d; k++)
                RidgeModel.AddScaled(_curvature.AsSpan(k * _d, _d), Image(_active[i])[k] / total, Row(_active[i]));
        }

        for (int x = 0; x < _gradient.Length; x++)
            _gradient[x] = Math.Max(0, RidgeModel.Quadratic(_curvature, _measurements[x]));
        return (largest * (1 + (Math.Log(total) / mu)), mean / total);
    }

    /// <summary>Drops small shares of the best design as far as the value allows; returns the value.</summary>
    private double Prune(OptimalDesign options, ReadOnlySpan<bool> isActive, int n, bool arePairs, double upper, Span<double> weights)
    {
        for (double threshold = 1e-3; threshold > 1e-9; threshold *= 0.1)
        {
            double sum = 0;
            for (int x = 0; x < _trial.Length; x++)
                sum += _trial[x] = _best[x] < threshold ? 0 : _best[x];
            if (sum == 0)
                continue;
            for (int x = 0; x < _trial.Length; x++)
                _trial[x] /= sum;
            Invert(_trial);
            Map(isActive);
            double value = Largest(n, arePairs);
            if (value <= (1 + (0.5 * options.Tolerance)) * upper)
            {
                _trial.CopyTo(weights);
                return value;
            }
        }

        _best.CopyTo(weights);
        return upper;
    }
}
