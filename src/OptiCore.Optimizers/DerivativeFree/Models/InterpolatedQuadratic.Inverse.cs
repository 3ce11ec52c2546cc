namespace OptiCore.Optimizers;

/// <content>The inverse of the interpolation system: in closed form at first, then updated.</content>
internal sealed partial class InterpolatedQuadratic
{
    /// <summary>The inverse system of the points on axes and of the crossed ones, in closed form (section 3 of the NEWUOA paper).</summary>
    public void SetClosedForm()
    {
        _b.AsSpan().Clear();
        _z.AsSpan().Clear();
        for (int j = 0; j < N; j++)
        {
            double a = _firstStep[j], b = _secondStep[j];
            if (1 + N + j < M)
            {
                B(0)[j] = -(1 / a) - (1 / b);
                B(1 + j)[j] = b / (a * (b - a));
                B(1 + N + j)[j] = -a / (b * (b - a));
                Z(0)[j] = Math.Sqrt(2) / (a * b);
                Z(1 + j)[j] = Math.Sqrt(2) / (a * (a - b));
                Z(1 + N + j)[j] = Math.Sqrt(2) / (b * (b - a));
            }
            else
            {
                B(0)[j] = -1 / a;
                B(1 + j)[j] = 1 / a;
                B(M + j)[j] = -a * a / 2;
            }
        }

        for (int k = (2 * N) + 1; k < M; k++)
        {
            (int p, int q) = Pair(k);
            int column = k - N - 1;
            double scale = 1 / (Point(k)[p] * Point(k)[q]);
            Z(0)[column] = scale;
            Z(k)[column] = scale;
            Z(_axisPoint[p])[column] = -scale;
            Z(_axisPoint[q])[column] = -scale;
        }
    }

    /// <summary>Omega[t, t]: how strongly point t determines the Hessian.</summary>
    public double Diagonal(int t)
    {
        double sum = 0;
        foreach (double z in Z(t))
            sum += z * z;
        return sum;
    }

    /// <summary>The denominator of an update that would put the last trial point in the place of t; the larger the better the points are placed.</summary>
    public double Denominator(int t) => (Beta * Diagonal(t)) + (Lagrange[t] * Lagrange[t]);

    /// <summary>The Lagrange function of point t at the best point: its gradient and the implicit Hessian column Omega e_t.</summary>
    public void LagrangeFunction(int t, Span<double> gradient, Span<double> curvatures)
    {
        for (int k = 0; k < M; k++)
            curvatures[k] = Dot(Z(k), Z(t));
        B(t).CopyTo(gradient);
        for (int k = 0; k < M; k++)
            Vectors.AddScaled(gradient, curvatures[k] * Dot(Point(k), _best), Point(k), gradient);
    }

    /// <summary>Writes all Lagrange functions and beta at best + d.</summary>
    public void Try(ReadOnlySpan<double> d)
    {
        double along = Dot(_best, d), square = Dot(d, d), bestSquare = Dot(_best, _best);
        for (int k = 0; k < M; k++)
        {
            double product = Dot(Point(k), d);
            _w[k] = product * ((product / 2) + Dot(Point(k), _best));
            Lagrange[k] = Dot(B(k), d);
        }

        _products.AsSpan(0, _columns).Clear();
        for (int k = 0; k < M; k++)
            Vectors.AddScaled(_products.AsSpan(0, _columns), _w[k], Z(k), _products);
        Beta = (along * along) + (square * (bestSquare + (2 * along) + (square / 2)));
        for (int i = 0; i < _columns; i++)
            Beta -= _products[i] * _products[i];
        for (int k = 0; k < M; k++)
            Lagrange[k] += Dot(Z(k), _products.AsSpan(0, _columns));

        Span<double> tail = Lagrange.AsSpan(M, N);
        tail.Clear();
        for (int k = 0; k < M; k++)
            Vectors.AddScaled(tail, _w[k], B(k), tail);
        double cross = Dot(tail, d);
        for (int i = 0; i < N; i++)
            tail[i] += Dot(B(M + i), d);
        Beta -= cross + Dot(tail, d);
        Lagrange[_bestIndex] += 1;
    }

    /// <summary>Updates the inverse system for the last trial point in the place of t. Points and model are left to <see cref="Replace"/>.</summary>
    public void UpdateInverse(int t)
    {
        // Rotations of the columns of Z leave Omega alone and row t with one element.
        for (int c = 1; c < _columns; c++)
        {
            double first = Z(t)[0], other = Z(t)[c];
            if (other == 0)
                continue;
            double length = double.Hypot(first, other), cosine = first / length, sine = other / length;
            for (int k = 0; k < M; k++)
            {
                Span<double> row = Z(k);
                (row[0], row[c]) = ((cosine * row[0]) + (sine * row[c]), (cosine * row[c]) - (sine * row[0]));
            }

            Z(t)[c] = 0;
        }

        double zeta = Z(t)[0], alpha = zeta * zeta, tau = Lagrange[t], denominator = (alpha * Beta) + (tau * tau);
        for (int k = 0; k < M; k++)
            _column[k] = zeta * Z(k)[0];
        B(t).CopyTo(_column.AsSpan(M));
        Lagrange[t] -= 1;

        // From here on Lagrange is H w - e_t.
        double root = Math.Sqrt(denominator);
        for (int i = 0; i < M + N; i++)
        {
            double p = _column[i], q = -Lagrange[i];
            double ofColumn = ((tau * q) - (Beta * p)) / denominator, ofRest = ((alpha * q) + (tau * p)) / denominator;
            Span<double> row = B(i);
            for (int j = 0; j < N; j++)
                row[j] += (ofColumn * _column[M + j]) - (ofRest * Lagrange[M + j]);
        }

        // Rounding must not make the symmetric block unsymmetric.
        for (int i = 0; i < N; i++)
        {
            for (int j = 0; j < i; j++)
                B(M + j)[i] = B(M + i)[j];
        }

        for (int k = 0; k < M; k++)
            Z(k)[0] = ((tau * Z(k)[0]) - (zeta * Lagrange[k])) / root;
        Lagrange[t] += 1;
    }

    /// <summary>Moves the base to the best point, against the cancellation that large displacements cause.</summary>
    public void ShiftBase()
    {
        double square = Dot(_best, _best);
        if (square == 0)
            return;

        // y_k of equation (5.11) of the NEWUOA paper; the blocks of H change by products with Y.
        for (int k = 0; k < M; k++)
        {
            double along = Dot(Point(k), _best) - (square / 2);
            Span<double> y = _change.AsSpan(k * N, N);
            for (int j = 0; j < N; j++)
                y[j] = (along * (Point(k)[j] - (_best[j] / 2))) + (square * _best[j] / 4);
        }

        for (int k = 0; k < M; k++)
        {
            ReadOnlySpan<double> y = _change.AsSpan(k * N, N);
            for (int i = 0; i < N; i++)
            {
                for (int j = 0; j < N; j++)
                    B(M + i)[j] += (B(k)[i] * y[j]) + (y[i] * B(k)[j]);
            }
        }

        for (int c = 0; c < _columns; c++)
        {
            Span<double> sum = _column.AsSpan(0, N);
            sum.Clear();
            for (int k = 0; k < M; k++)
                Vectors.AddScaled(sum, Z(k)[c], _change.AsSpan(k * N, N), sum);
            for (int k = 0; k < M; k++)
                Vectors.AddScaled(B(k), Z(k)[c], sum, B(k));
            for (int i = 0; i < N; i++)
                Vectors.AddScaled(B(M + i), sum[i], sum, B(M + i));
        }

        Span<double> weighted = _column.AsSpan(0, N);
        weighted.Clear();
        for (int k = 0; k < M; k++)
        {
            for (int j = 0; j < N; j++)
                weighted[j] += _implicit[k] * (Point(k)[j] - (_best[j] / 2));
        }

        for (int i = 0; i < N; i++)
        {
            for (int j = 0; j < N; j++)
                _explicit[(i * N) + j] += (weighted[i] * _best[j]) + (_best[i] * weighted[j]);
        }

        for (int k = 0; k < M; k++)
            Vectors.Subtract(Point(k), _best, Point(k));
        Vectors.AddScaled(_base, 1, _best, _base);
        _best.AsSpan().Clear();
        Point(_bestIndex).Clear();
    }

    /// <summary>The largest error of H as the inverse of W, for tests: how far the kept blocks are from solving the system for each Lagrange function.</summary>
    internal double InverseError()
    {
        double worst = 0;
        var d = new double[N];
        var at = new double[N];
        for (int t = 0; t < M; t++)
        {
            Vectors.Subtract(Point(t), _best, d);
            Point(t).CopyTo(at);
            Try(d);
            for (int k = 0; k < M; k++)
                worst = Math.Max(worst, Math.Abs(Lagrange[k] - (k == t ? 1 : 0)));
        }

        return worst;
    }
}
