namespace OptiCore.Optimizers;

/// <summary>
/// Minimises a quadratic approximately within a ball and a box: conjugate gradients that restart whenever a bound becomes active, then, on the sphere, rotations in the
/// plane of step and gradient as far as the bounds allow. M. J. D. Powell (2009), The BOBYQA algorithm for bound constrained optimization without derivatives,
/// section 3; the matrix is needed by products only.
/// </summary>
internal sealed class BoxTrustRegion(int n)
{
    private readonly double[] _point = new double[n], _s = new double[n], _hs = new double[n], _hd = new double[n];
    private readonly sbyte[] _side = new sbyte[n];
    private int _active;
    private double _reduction;

    /// <summary>The step, n elements: best + step is within bounds exactly.</summary>
    public double[] Step { get; } = new double[n];

    /// <summary>The model's gradient at best + step.</summary>
    public double[] Gradient { get; } = new double[n];

    /// <summary>The square of the step's length.</summary>
    public double Square { get; private set; }

    /// <summary>The least curvature that was met when the step ended inside the ball; 0 when it ended on the sphere, -1 when it met none.</summary>
    public double LeastCurvature { get; private set; }

    /// <summary>The fall of the model.</summary>
    public double Reduction => _reduction;

    public void Solve(InterpolatedQuadratic model, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, double radius)
    {
        ReadOnlySpan<double> best = model.Best;
        _active = 0;
        _reduction = 0;
        LeastCurvature = -1;
        model.Gradient.CopyTo(Gradient);
        Step.AsSpan().Clear();
        for (int i = 0; i < n; i++)
        {
            bool atLower = best[i] <= lower[i] && Gradient[i] >= 0, atUpper = best[i] >= upper[i] && Gradient[i] <= 0;
            _side[i] = (sbyte)(atLower ? -1 : atUpper ? 1 : 0);
            _active += _side[i] != 0 ? 1 : 0;
        }

        if (ConjugateGradients(model, lower, upper, radius))
        {
            LeastCurvature = 0;
            while (_active < n - 1 && RotateOnSphere(model, lower, upper))
            {
            }
        }

        Square = 0;
        for (int i = 0; i < n; i++)
        {
            _point[i] = _side[i] < 0 ? lower[i] : _side[i] > 0 ? upper[i] : Math.Min(Math.Max(best[i] + Step[i], lower[i]), upper[i]);
            Step[i] = _point[i] - best[i];
            Square += Step[i] * Step[i];
        }
    }

    /// <summary>The new point, best + step, with bounds met exactly.</summary>
    public ReadOnlySpan<double> Point => _point;

    /// <summary>Returns true when the step has reached the sphere.</summary>
    private bool ConjugateGradients(InterpolatedQuadratic model, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, double radius)
    {
        ReadOnlySpan<double> best = model.Best;
        double squareRadius = radius * radius, beta = 0, gradientSquare = 0;
        int iterations = 0, limit = 0;
        while (true)
        {
            double stepSquare = 0;
            for (int i = 0; i < n; i++)
            {
                _s[i] = _side[i] != 0 ? 0 : beta == 0 ? -Gradient[i] : (beta * _s[i]) - Gradient[i];
                stepSquare += _s[i] * _s[i];
            }

            if (stepSquare == 0)
                return false;
            if (beta == 0)
            {
                gradientSquare = stepSquare;
                limit = iterations + n - _active;
            }

            if (gradientSquare * squareRadius <= 1e-4 * _reduction * _reduction)
                return false;

            model.HessianProduct(_s, _hs);
            double room = squareRadius, along = 0, curvature = 0;
            for (int i = 0; i < n; i++)
            {
                if (_side[i] != 0)
                    continue;
                room -= Step[i] * Step[i];
                along += _s[i] * Step[i];
                curvature += _s[i] * _hs[i];
            }

            if (room <= 0)
                return true;
            double root = Math.Sqrt((stepSquare * room) + (along * along));
            double toSphere = along < 0 ? (root - along) / stepSquare : room / (root + along);
            double length = curvature > 0 ? Math.Min(toSphere, gradientSquare / curvature) : toSphere;
            int hit = -1;
            for (int i = 0; i < n; i++)
            {
                if (_s[i] == 0)
                    continue;
                double at = best[i] + Step[i], toBound = ((_s[i] > 0 ? upper[i] : lower[i]) - at) / _s[i];
                if (toBound < length)
                {
                    length = toBound;
                    hit = i;
                }
            }

            double fall = 0, before = gradientSquare;
            if (length > 0)
            {
                iterations++;
                if (hit < 0 && curvature > 0)
                    LeastCurvature = LeastCurvature < 0 ? curvature / stepSquare : Math.Min(LeastCurvature, curvature / stepSquare);
                gradientSquare = 0;
                for (int i = 0; i < n; i++)
                {
                    Gradient[i] += length * _hs[i];
                    if (_side[i] == 0)
                        gradientSquare += Gradient[i] * Gradient[i];
                    Step[i] += length * _s[i];
                }

                fall = Math.Max(length * (before - (length * curvature / 2)), 0);
                _reduction += fall;
            }

            if (hit >= 0)
            {
                _active++;
                _side[hit] = (sbyte)(_s[hit] < 0 ? -1 : 1);
                squareRadius -= Step[hit] * Step[hit];
                if (squareRadius <= 0)
                    return true;
                beta = 0;
            }
            else if (length < toSphere)
            {
                if (iterations == limit || fall <= 0.01 * _reduction)
                    return false;
                beta = gradientSquare / before;
            }
            else
            {
                return true;
            }
        }
    }

    /// <summary>Goes along the sphere until progress ends (returns false) or a bound becomes active (returns true).</summary>
    private bool RotateOnSphere(InterpolatedQuadratic model, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper)
    {
        ReadOnlySpan<double> best = model.Best;
        double stepSquare = 0, along = 0, gradientSquare = 0;
        for (int i = 0; i < n; i++)
        {
            _s[i] = _side[i] == 0 ? Step[i] : 0;
            if (_side[i] != 0)
                continue;
            stepSquare += Step[i] * Step[i];
            along += Step[i] * Gradient[i];
            gradientSquare += Gradient[i] * Gradient[i];
        }

        model.HessianProduct(_s, _hd);
        while (true)
        {
            // s: in the plane of step and gradient, orthogonal to the step, of its length, downhill.
            double area = (gradientSquare * stepSquare) - (along * along);
            if (area <= 1e-4 * _reduction * _reduction)
                return false;
            area = Math.Sqrt(area);
            for (int i = 0; i < n; i++)
                _s[i] = _side[i] != 0 ? 0 : ((along * Step[i]) - (stepSquare * Gradient[i])) / area;

            if (LargestAngle(best, lower, upper, out double limit, out int hit, out sbyte hitSide))
                return true;

            model.HessianProduct(_s, _hs);
            double ss = 0, ds = 0, dd = 0;
            for (int i = 0; i < n; i++)
            {
                if (_side[i] != 0)
                    continue;
                ss += _s[i] * _hs[i];
                ds += Step[i] * _hs[i];
                dd += Step[i] * _hd[i];
            }

            // The fall as a function of the tangent of half the angle, at places 1/17 apart or nearer, and a parabola through the best three.
            double Fall(double tangent) =>
                2 * tangent / (1 + (tangent * tangent)) * ((tangent * along) + area - (tangent / (1 + (tangent * tangent)) * (ss + (tangent * ((tangent * dd) - (2 * ds))))));
            int count = (int)((17 * limit) + 3.1), place = 0;
            double most = 0, left = 0, right = 0, previous = 0;
            for (int i = 1; i <= count; i++)
            {
                double fall = Fall(limit * i / count);
                if (fall > most)
                {
                    most = fall;
                    place = i;
                    left = previous;
                }
                else if (i == place + 1)
                {
                    right = fall;
                }

                previous = fall;
            }

            if (place == 0)
                return false;
            double angle = place < count ? limit * (place + ((right - left) / ((2 * most) - left - right) / 2)) / count : limit;
            double gain = Fall(angle);
            if (!(gain > 0))
                return false;

            double cosine = (1 - (angle * angle)) / (1 + (angle * angle)), sine = 2 * angle / (1 + (angle * angle));
            along = 0;
            gradientSquare = 0;
            for (int i = 0; i < n; i++)
            {
                Gradient[i] += ((cosine - 1) * _hd[i]) + (sine * _hs[i]);
                if (_side[i] == 0)
                {
                    Step[i] = (cosine * Step[i]) + (sine * _s[i]);
                    along += Step[i] * Gradient[i];
                    gradientSquare += Gradient[i] * Gradient[i];
                }

                _hd[i] = (cosine * _hd[i]) + (sine * _hs[i]);
            }

            _reduction += gain;
            if (hit >= 0 && place == count)
            {
                _active++;
                _side[hit] = hitSide;
                return true;
            }

            if (gain <= 0.01 * _reduction)
                return false;
        }
    }

    /// <summary>The tangent of half the largest angle, at most 1, by which step can turn towards s within bounds. True when a variable is at its bound already.</summary>
    private bool LargestAngle(ReadOnlySpan<double> best, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, out double limit, out int hit, out sbyte hitSide)
    {
        limit = 1;
        hit = -1;
        hitSide = 0;
        for (int i = 0; i < n; i++)
        {
            if (_side[i] != 0)
                continue;
            double below = best[i] + Step[i] - lower[i], above = upper[i] - best[i] - Step[i];
            if (below <= 0 || above <= 0)
            {
                _active++;
                _side[i] = (sbyte)(below <= 0 ? -1 : 1);
                return true;
            }

            double square = (Step[i] * Step[i]) + (_s[i] * _s[i]);
            double span = best[i] - lower[i], beyond = square - (span * span);
            if (beyond > 0)
            {
                double far = Math.Sqrt(beyond) - _s[i];
                if (limit * far > below)
                    (limit, hit, hitSide) = (below / far, i, -1);
            }

            span = upper[i] - best[i];
            beyond = square - (span * span);
            if (beyond > 0)
            {
                double far = Math.Sqrt(beyond) + _s[i];
                if (limit * far > above)
                    (limit, hit, hitSide) = (above / far, i, 1);
            }
        }

        return false;
    }
}
