namespace OptiCore.Optimizers;

/// <summary>
/// A step that makes the place of one interpolation point better: the Lagrange function of that point should be large there. The better of a step along a line through the
/// best point and another one, and of a step along the Lagrange function's gradient, within a ball and a box. Section 3 of Powell (2009), The BOBYQA algorithm.
/// </summary>
internal sealed class GeometryStep(int n, int m)
{
    private readonly double[] _gradient = new double[n], _curvatures = new double[m], _w = new double[n], _alternative = new double[n];
    private readonly bool[] _free = new bool[n];

    /// <summary>The new point, relative to the base; bounds are met exactly.</summary>
    public double[] Point { get; } = new double[n];

    /// <summary>Point less the best point.</summary>
    public double[] Step { get; } = new double[n];

    /// <summary>Chooses the step, and leaves the model's Lagrange functions and beta at the new point.</summary>
    public void Choose(InterpolatedQuadratic model, int t, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, double radius)
    {
        model.LagrangeFunction(t, _gradient, _curvatures);
        AlongLine(model, t, lower, upper, radius);
        Vectors.Subtract(Point, model.Best, Step);
        model.Try(Step);
        double square = AlongGradient(model, lower, upper, radius);
        if (square > 0 && model.Denominator(t) < square)
        {
            _alternative.CopyTo(Point, 0);
            Vectors.Subtract(Point, model.Best, Step);
            model.Try(Step);
        }
    }

    /// <summary>The largest estimate of the denominator on the lines through the best point and each other point.</summary>
    private void AlongLine(InterpolatedQuadratic model, int t, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, double radius)
    {
        ReadOnlySpan<double> best = model.Best;
        double alpha = _curvatures[t], most = 0, chosenStep = 0;
        int chosen = -1;
        for (int k = 0; k < model.M; k++)
        {
            if (k == model.BestIndex)
                continue;
            double slope = 0, square = 0;
            ReadOnlySpan<double> point = model.Point(k);
            for (int i = 0; i < n; i++)
            {
                double difference = point[i] - best[i];
                slope += _gradient[i] * difference;
                square += difference * difference;
            }

            if (square == 0)
                continue;
            double high = radius / Math.Sqrt(square), low = -high;
            for (int i = 0; i < n; i++)
            {
                double difference = point[i] - best[i];
                if (difference == 0)
                    continue;
                double toLower = (lower[i] - best[i]) / difference, toUpper = (upper[i] - best[i]) / difference;
                low = Math.Max(low, Math.Min(toLower, toUpper));
                high = Math.Min(high, Math.Max(toLower, toUpper));
            }

            // On the line the Lagrange function is a parabola through 0 at the best point and, at the other one, 1 for t itself and 0 else.
            double end = k == t ? 1 : 0, bend = end - slope;
            double vertex = -slope / (2 * bend);
            Consider(low);
            Consider(high);
            if (vertex > low && vertex < high)
                Consider(vertex);

            void Consider(double step)
            {
                double value = step * (slope + (step * bend)), spread = step * (1 - step) * square;
                double estimate = value * value * ((value * value) + (alpha * spread * spread / 2));
                if (estimate > most)
                {
                    most = estimate;
                    chosen = k;
                    chosenStep = step;
                }
            }
        }

        best.CopyTo(Point);
        if (chosen < 0)
            return;
        ReadOnlySpan<double> other = model.Point(chosen);
        for (int i = 0; i < n; i++)
            Point[i] = Math.Min(Math.Max(best[i] + (chosenStep * (other[i] - best[i])), lower[i]), upper[i]);
    }

    /// <summary>A Cauchy step up or down the Lagrange function; returns the square of the function there.</summary>
    private double AlongGradient(InterpolatedQuadratic model, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, double radius)
    {
        double bestSquare = 0;
        for (int sign = 1; sign >= -1; sign -= 2)
        {
            double square = AlongGradient(model, lower, upper, radius, sign, out double scale);
            if (square <= bestSquare)
                continue;
            bestSquare = square;
            for (int i = 0; i < n; i++)
                _alternative[i] = Math.Min(Math.Max(model.Best[i] + (scale * _w[i]), lower[i]), upper[i]);
        }

        return bestSquare;
    }

    private double AlongGradient(InterpolatedQuadratic model, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, double radius, int sign, out double scale)
    {
        ReadOnlySpan<double> best = model.Best;
        scale = 1;
        double gradientSquare = 0, fixedSquare = 0;
        for (int i = 0; i < n; i++)
        {
            // Downhill of sign * l.
            double g = sign * _gradient[i];
            _w[i] = 0;
            _free[i] = g > 0 ? best[i] > lower[i] : g < 0 && best[i] < upper[i];
            if (_free[i])
                gradientSquare += g * g;
        }

        if (gradientSquare == 0)
            return 0;
        double length = 0;
        for (bool changed = true; changed;)
        {
            changed = false;
            double room = (radius * radius) - fixedSquare;
            if (!(room > 0) || !(gradientSquare > 0))
                break;
            length = Math.Sqrt(room / gradientSquare);
            for (int i = 0; i < n; i++)
            {
                if (!_free[i])
                    continue;
                double g = sign * _gradient[i], at = best[i] - (length * g);
                if (at > lower[i] && at < upper[i])
                    continue;
                _w[i] = (at <= lower[i] ? lower[i] : upper[i]) - best[i];
                _free[i] = false;
                fixedSquare += _w[i] * _w[i];
                gradientSquare -= g * g;
                changed = true;
            }
        }

        double slope = 0;
        for (int i = 0; i < n; i++)
        {
            double g = sign * _gradient[i];
            if (_free[i])
                _w[i] = -length * g;
            slope += g * _w[i];
        }

        double curvature = 0;
        for (int k = 0; k < m; k++)
        {
            double product = 0;
            ReadOnlySpan<double> point = model.Point(k);
            for (int i = 0; i < n; i++)
                product += point[i] * _w[i];
            curvature += sign * _curvatures[k] * product * product;
        }

        // The slope is negative. With a moderate positive curvature the largest square lies at the minimum along w, not at its end.
        if (curvature > -slope && curvature < -slope * (1 + Math.Sqrt(2)))
        {
            scale = -slope / curvature;
            return slope * slope * scale * scale / 4;
        }

        double value = slope + (curvature / 2);
        return value * value;
    }
}
