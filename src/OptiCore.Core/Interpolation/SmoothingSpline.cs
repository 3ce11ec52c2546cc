using OptiCore.RootFinding;

namespace OptiCore.Interpolation;

/// <summary>A smoothing spline and its measures.</summary>
/// <param name="Spline">The natural cubic spline.</param>
/// <param name="Lambda">The weight of the roughness.</param>
/// <param name="DegreesOfFreedom">The trace of the map from data to fitted values: n for interpolation, 2 for the straight line.</param>
/// <param name="Residual">The weighted sum of squares sum w (y - f)^2.</param>
/// <param name="Gcv">The score of generalised cross validation, n Residual / (n - DegreesOfFreedom)^2.</param>
public sealed record SmoothingResult(PiecewisePolynomial Spline, double Lambda, double DegreesOfFreedom, double Residual, double Gcv);

/// <summary>
/// The cubic smoothing spline: among all functions the minimiser of sum w[i] (y[i] - f(x[i]))^2 + lambda integral f''^2. It is the natural cubic spline
/// with the data's abscissae as knots.
/// </summary>
/// <remarks>
/// A positive definite system with five bands, (R + lambda Q' W^-1 Q) g = Q' y for the second derivatives, so about 50 operations per point and value of lambda; the
/// degrees of freedom cost as much, from the central bands of the inverse. Reinsch (1967), Smoothing by spline functions; Craven and Wahba (1979),
/// Smoothing noisy data with spline functions; Hutchinson and de Hoog (1985), Smoothing noisy data with spline functions (the trace).
/// </remarks>
[Algorithm("Smoothing spline", "Interpolation", "Reinsch (1967), Smoothing by spline functions", Capabilities = "given lambda, GCV, residual target")]
public static class SmoothingSpline
{
    /// <summary>The smoothing spline for a given weight of the roughness.</summary>
    /// <param name="x">The abscissae, at least 3, strictly increasing.</param>
    /// <param name="y">The values.</param>
    /// <param name="lambda">The weight, at least 0, where 0 interpolates; its unit is that of x cubed (times that of the weights).</param>
    /// <param name="weights">The weights, positive, best 1 / variance; empty for 1.</param>
    /// <exception cref="ArgumentException">Too few points, not increasing or not finite, lengths differ, or a weight isn't positive.</exception>
    /// <exception cref="ArgumentOutOfRangeException">lambda is negative or not finite.</exception>
    public static SmoothingResult Fit(ReadOnlySpan<double> x, ReadOnlySpan<double> y, double lambda, ReadOnlySpan<double> weights = default)
    {
        Require.NonNegative(lambda);
        var system = new Reinsch(x, y, weights);
        return system.Solve(lambda);
    }

    /// <summary>The smoothing spline whose lambda minimises the score of generalised cross validation: a scan over 25 decades, refined by Brent's method.</summary>
    /// <inheritdoc cref="Fit(ReadOnlySpan{double}, ReadOnlySpan{double}, double, ReadOnlySpan{double})"/>
    public static SmoothingResult FitByCrossValidation(ReadOnlySpan<double> x, ReadOnlySpan<double> y, ReadOnlySpan<double> weights = default)
    {
        var system = new Reinsch(x, y, weights);
        double unit = system.Unit, best = double.PositiveInfinity;
        int at = 0;
        const int Steps = 100;
        for (int i = 0; i <= Steps; i++)
        {
            double score = system.Score(unit * Exponential(i));
            if (score < best)
                (best, at) = (score, i);
        }

        MinimumResult minimum = Minima.Bounded(
            t => system.Score(unit * Exponential(t)), Math.Max(0, at - 1), Math.Min(Steps, at + 1), new MinimumOptions { AbsoluteTolerance = 1e-7, RelativeTolerance = 1e-8 });
        double chosen = minimum.Value <= best ? minimum.X : at;
        return system.Solve(unit * Exponential(chosen));

        // A quarter of a decade per step, from 1e-15 to 1e10 of the lambda at which both matrices are of the same size.
        static double Exponential(double i) => Math.Pow(10, (0.25 * i) - 15);
    }

    /// <summary>
    /// The smoothest function whose weighted sum of squares is at most a target: Reinsch's own formulation. With weights 1 / variance a target near the number of
    /// points fits the noise. Zero interpolates; at or beyond the residual of the straight line the line is returned, with a very large lambda.
    /// </summary>
    /// <param name="x">The abscissae, at least 3, strictly increasing.</param>
    /// <param name="y">The values.</param>
    /// <param name="target">The target of sum w (y - f)^2, at least 0.</param>
    /// <param name="weights">The weights, positive; empty for 1.</param>
    /// <exception cref="ArgumentException">Too few points, not increasing or not finite, lengths differ, or a weight isn't positive.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The target is negative or not finite.</exception>
    public static SmoothingResult FitToResidual(ReadOnlySpan<double> x, ReadOnlySpan<double> y, double target, ReadOnlySpan<double> weights = default)
    {
        Require.NonNegative(target);
        var system = new Reinsch(x, y, weights);
        if (target == 0)
            return system.Solve(0);
        double unit = system.Unit;
        const double Low = -18, High = 13;
        double Excess(double t) => Math.Sqrt(system.Residual(unit * Math.Pow(10, t))) - Math.Sqrt(target);
        if (Excess(High) <= 0)
            return system.Solve(unit * Math.Pow(10, High));
        if (Excess(Low) >= 0)
            return system.Solve(0);
        RootResult root = Roots.Brent(Excess, Low, High, new RootOptions { AbsoluteTolerance = 1e-13 });
        return system.Solve(unit * Math.Pow(10, root.Root));
    }

    /// <summary>The matrices of one data set. Q has three, R three, Q' W^-1 Q five bands; rows belong to inner points.</summary>
    private sealed class Reinsch
    {
        private readonly double[] _x, _y, _variance, _h, _qy;
        private readonly double[] _r0, _r1, _s0, _s1, _s2, _d, _l1, _l2, _g;
        private readonly int _inner;

        public Reinsch(ReadOnlySpan<double> x, ReadOnlySpan<double> y, ReadOnlySpan<double> weights)
        {
            Data.Check(x, y, 3);
            int n = x.Length, m = n - 2;
            if (!weights.IsEmpty)
                Require.Length(weights.Length, n, nameof(weights));
            (_x, _y, _variance, _h, _inner) = (x.ToArray(), y.ToArray(), new double[n], new double[n - 1], m);
            for (int i = 0; i < n; i++)
            {
                double weight = weights.IsEmpty ? 1 : weights[i];
                if (!(weight > 0 && double.IsFinite(weight)))
                    throw new ArgumentException($"weights[{i}] is {weight} but must be positive and finite.", nameof(weights));
                _variance[i] = 1 / weight;
            }

            for (int i = 0; i + 1 < n; i++)
                _h[i] = x[i + 1] - x[i];
            (_qy, _r0, _r1, _s0, _s1, _s2) = (new double[m], new double[m], new double[m], new double[m], new double[m], new double[m]);
            (_d, _l1, _l2, _g) = (new double[m], new double[m], new double[m], new double[m]);
            for (int i = 0; i < m; i++)
            {
                (double a, double b, double c) = Column(i);
                // Differences of chord slopes: the three terms of Q' y would cancel.
                _qy[i] = ((y[i + 2] - y[i + 1]) / _h[i + 1]) - ((y[i + 1] - y[i]) / _h[i]);
                _r0[i] = (_h[i] + _h[i + 1]) / 3;
                _s0[i] = (a * a * _variance[i]) + (b * b * _variance[i + 1]) + (c * c * _variance[i + 2]);
                if (i + 1 < m)
                {
                    (double a1, double b1, _) = Column(i + 1);
                    _r1[i] = _h[i + 1] / 6;
                    _s1[i] = (b * a1 * _variance[i + 1]) + (c * b1 * _variance[i + 2]);
                }

                if (i + 2 < m)
                    _s2[i] = c * Column(i + 2).A * _variance[i + 2];
            }

            double r = 0, s = 0;
            for (int i = 0; i < m; i++)
                (r, s) = (r + _r0[i], s + _s0[i]);
            Unit = r / s;
        }

        /// <summary>The lambda at which both parts of the matrix have the same trace.</summary>
        public double Unit { get; }

        public double Residual(double lambda)
        {
            Factor(lambda);
            return SquaredCorrections(lambda);
        }

        public double Score(double lambda)
        {
            double residual = Residual(lambda), rest = lambda * Trace();
            return rest > 0 ? _x.Length * residual / (rest * rest) : double.PositiveInfinity;
        }

        public SmoothingResult Solve(double lambda)
        {
            double residual = Residual(lambda), rest = lambda * Trace();
            int n = _x.Length;
            double[] fitted = new double[n], second = new double[n];
            for (int i = 0; i < n; i++)
                fitted[i] = _y[i] - Correction(i, lambda);
            _g.CopyTo(second, 1);
            double[] c = new double[4 * (n - 1)];
            for (int i = 0; i + 1 < n; i++)
            {
                c[4 * i] = fitted[i];
                c[(4 * i) + 1] = ((fitted[i + 1] - fitted[i]) / _h[i]) - (_h[i] / 6 * ((2 * second[i]) + second[i + 1]));
                c[(4 * i) + 2] = 0.5 * second[i];
                c[(4 * i) + 3] = (second[i + 1] - second[i]) / (6 * _h[i]);
            }

            return new SmoothingResult(PiecewisePolynomial.Own(_x, c, 3), lambda, n - rest, residual, rest > 0 ? n * residual / (rest * rest) : double.PositiveInfinity);
        }

        private (double A, double B, double C) Column(int i) => (1 / _h[i], -(1 / _h[i]) - (1 / _h[i + 1]), 1 / _h[i + 1]);

        // L D L' with unit lower L, and the solution g.
        private void Factor(double lambda)
        {
            for (int i = 0; i < _inner; i++)
            {
                double d = _r0[i] + (lambda * _s0[i]), e = _r1[i] + (lambda * _s1[i]), g = _qy[i];
                if (i > 0)
                {
                    d -= _l1[i - 1] * _l1[i - 1] * _d[i - 1];
                    e -= _l1[i - 1] * _l2[i - 1] * _d[i - 1];
                    g -= _l1[i - 1] * _g[i - 1];
                }

                if (i > 1)
                {
                    d -= _l2[i - 2] * _l2[i - 2] * _d[i - 2];
                    g -= _l2[i - 2] * _g[i - 2];
                }

                (_d[i], _g[i], _l1[i], _l2[i]) = (d, g, e / d, lambda * _s2[i] / d);
            }

            for (int i = _inner - 1; i >= 0; i--)
            {
                _g[i] /= _d[i];
                if (i + 1 < _inner)
                    _g[i] -= _l1[i] * _g[i + 1];
                if (i + 2 < _inner)
                    _g[i] -= _l2[i] * _g[i + 2];
            }
        }

        // Element i of lambda W^-1 Q g, which is y - f.
        private double Correction(int i, double lambda)
        {
            double slopeRight = i + 1 < _x.Length ? (G(i + 1) - G(i)) / _h[i] : 0, slopeLeft = i > 0 ? (G(i) - G(i - 1)) / _h[i - 1] : 0;
            return lambda * _variance[i] * (slopeRight - slopeLeft);

            double G(int point) => point > 0 && point <= _inner ? _g[point - 1] : 0;
        }

        private double SquaredCorrections(double lambda)
        {
            double sum = 0;
            for (int i = 0; i < _x.Length; i++)
            {
                double correction = Correction(i, lambda);
                sum += correction * correction / _variance[i];
            }

            return sum;
        }

        // The trace of B^-1 Q' W^-1 Q from the five central bands of the inverse of B = L D L'.
        private double Trace()
        {
            double trace = 0, next0 = 0, next1 = 0, nextNext0 = 0;
            for (int i = _inner - 1; i >= 0; i--)
            {
                double l1 = i + 1 < _inner ? _l1[i] : 0, l2 = i + 2 < _inner ? _l2[i] : 0;
                double b1 = -(l1 * next0) - (l2 * next1), b2 = -(l1 * next1) - (l2 * nextNext0);
                double b0 = (1 / _d[i]) - (l1 * b1) - (l2 * b2);
                trace += (b0 * _s0[i]) + (2 * ((b1 * _s1[i]) + (b2 * _s2[i])));
                (nextNext0, next0, next1) = (next0, b0, b1);
            }

            return trace;
        }
    }
}
