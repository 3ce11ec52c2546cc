using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// A quadratic through m values that is changed as little as possible when a point is replaced: of all quadratics through the new values the one whose Hessian is
/// nearest to the old one in the Frobenius norm. M. J. D. Powell (2004), Least Frobenius norm updating of quadratic models that satisfy interpolation conditions,
/// Math. Program. 100, 183-215.
/// </summary>
/// <remarks>
/// Points are displacements from a base. With A_kj = (x_k . x_j)^2 / 2 and the rows (1, x_k) in X, the change of the model solves a symmetric system with
/// W = [A, X^T; X, 0]. Its inverse H without the row and column of the constant is kept: <c>_z</c> with Omega = Z Z^T for the leading m x m block, <c>_b</c> for the
/// rows of the gradient. A replaced point changes H by a matrix of rank 2 (section 4 of Powell (2006), The NEWUOA software), which costs O((m + n) m).
/// The Hessian is <c>_explicit</c> + sum_k <c>_implicit</c>[k] x_k x_k^T.
/// </remarks>
internal sealed partial class InterpolatedQuadratic : IPersistent
{
    private readonly int _columns;
    private readonly double[] _points, _values, _base, _best, _gradient, _explicit, _implicit, _b, _z;
    private readonly double[] _column, _w, _products, _change, _residuals, _firstStep, _secondStep;
    private readonly int[] _axisPoint;
    private int _bestIndex;

    public InterpolatedQuadratic(int n, int m)
    {
        N = n;
        M = m;
        _columns = m - n - 1;
        _points = new double[m * n];
        _values = new double[m];
        _base = new double[n];
        _best = new double[n];
        _gradient = new double[n];
        _explicit = new double[n * n];
        _implicit = new double[m];
        _b = new double[(m + n) * n];
        _z = new double[m * _columns];
        Lagrange = new double[m + n];
        _column = new double[m + n];
        _w = new double[m];
        _products = new double[Math.Max(m, _columns)];
        _change = new double[m * n];
        _residuals = new double[m];
        _firstStep = new double[n];
        _secondStep = new double[n];
        _axisPoint = new int[n];
    }

    /// <summary>The number of variables.</summary>
    public int N { get; }

    /// <summary>The number of points.</summary>
    public int M { get; }

    /// <summary>The number of the point with the smallest value.</summary>
    public int BestIndex => _bestIndex;

    /// <summary>The point with the smallest value, relative to the base.</summary>
    public ReadOnlySpan<double> Best => _best;

    public double BestValue => _values[_bestIndex];

    /// <summary>The gradient of the model at the best point.</summary>
    public ReadOnlySpan<double> Gradient => _gradient;

    /// <summary>What displacements are relative to.</summary>
    public ReadOnlySpan<double> Base => _base;

    /// <summary>The Lagrange functions at the last trial point (m elements), then the rest of H w (n elements).</summary>
    public double[] Lagrange { get; }

    /// <summary>Powell's beta of the last trial point: how much of it the other points leave undetermined.</summary>
    public double Beta { get; private set; }

    public Span<double> Point(int k) => _points.AsSpan(k * N, N);

    public ref double ValueAt(int k) => ref _values[k];

    /// <summary>Places points on the axes, first[j] and second[j] from the base: point 0 is the base, 1 + j and 1 + n + j lie on axis j.</summary>
    public void PlaceOnAxes(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        first.CopyTo(_firstStep);
        second.CopyTo(_secondStep);
        _points.AsSpan().Clear();
        for (int j = 0; j < N; j++)
        {
            _axisPoint[j] = 1 + j;
            if (1 + j < M)
                Point(1 + j)[j] = first[j];
            if (1 + N + j < M)
                Point(1 + N + j)[j] = second[j];
        }
    }

    /// <summary>Places the points beyond 2n + 1, each the sum of two points on axes: the better ones where they lie on opposite sides.</summary>
    public void PlaceCrossed(bool byValues)
    {
        for (int j = 0; j < N && byValues && 1 + N + j < M; j++)
            _axisPoint[j] = _firstStep[j] * _secondStep[j] < 0 && _values[1 + N + j] < _values[1 + j] ? 1 + N + j : 1 + j;
        for (int k = (2 * N) + 1; k < M; k++)
        {
            (int p, int q) = Pair(k);
            Point(k).Clear();
            Point(k)[p] = Point(_axisPoint[p])[p];
            Point(k)[q] = Point(_axisPoint[q])[q];
        }
    }

    /// <summary>Takes the point of the smallest value as the best one, without a look at the model.</summary>
    public void FindBest()
    {
        _bestIndex = 0;
        for (int k = 1; k < M; k++)
        {
            if (_values[k] < _values[_bestIndex])
                _bestIndex = k;
        }

        Point(_bestIndex).CopyTo(_best);
    }

    /// <summary>Replaces the model by the interpolant whose Hessian itself has the least Frobenius norm.</summary>
    public void FitLeastHessian()
    {
        _explicit.AsSpan().Clear();
        for (int k = 0; k < M; k++)
            _residuals[k] = _values[k] - BestValue;
        LeastHessianGradient(_gradient);
        _products.AsSpan(0, M).CopyTo(_implicit);
    }

    /// <summary>The gradient, at the best point, of the interpolant with the least Hessian. The model stays.</summary>
    public void LeastHessianGradientTo(Span<double> gradient)
    {
        for (int k = 0; k < M; k++)
            _residuals[k] = _values[k] - BestValue;
        LeastHessianGradient(gradient);
    }

    /// <summary>Changes the model as little as possible so that it has the values at the points where it hasn't: after many points were replaced at once.</summary>
    public void FitRest(ReadOnlySpan<bool> replaced)
    {
        for (int k = 0; k < M; k++)
        {
            _residuals[k] = replaced[k] ? _values[k] - ValueOfModel(Point(k)) : 0;
        }

        LeastHessianGradient(_column.AsSpan(0, N));
        for (int j = 0; j < N; j++)
            _gradient[j] += _column[j];
        for (int k = 0; k < M; k++)
            _implicit[k] += _products[k];
        int before = _bestIndex;
        FindBest();
        if (_bestIndex != before)
            MoveGradient(Point(before));
    }

    /// <summary>The model at a point relative to the base.</summary>
    public double ValueOfModel(ReadOnlySpan<double> x)
    {
        Span<double> d = _column.AsSpan(M, N);
        Vectors.Subtract(x, _best, d);
        return BestValue + Change(d);
    }

    /// <summary>The change of the model from the best point by a step.</summary>
    public double Change(ReadOnlySpan<double> d)
    {
        double sum = 0;
        for (int i = 0; i < N; i++)
        {
            ReadOnlySpan<double> row = _explicit.AsSpan(i * N, N);
            double product = 0;
            for (int j = 0; j < N; j++)
                product += row[j] * d[j];
            sum += d[i] * (_gradient[i] + (product / 2));
        }

        for (int k = 0; k < M; k++)
        {
            if (_implicit[k] != 0)
            {
                double product = Dot(Point(k), d);
                sum += _implicit[k] * product * product / 2;
            }
        }

        return sum;
    }

    /// <summary>The product of the model's Hessian and a vector.</summary>
    public void HessianProduct(ReadOnlySpan<double> v, Span<double> product)
    {
        for (int i = 0; i < N; i++)
            product[i] = Dot(_explicit.AsSpan(i * N, N), v);
        for (int k = 0; k < M; k++)
        {
            if (_implicit[k] != 0)
                Vectors.AddScaled(product, _implicit[k] * Dot(Point(k), v), Point(k), product);
        }
    }

    /// <summary>One diagonal element of the model's Hessian.</summary>
    public double Curvature(int j)
    {
        double sum = _explicit[(j * N) + j];
        for (int k = 0; k < M; k++)
            sum += _implicit[k] * _points[(k * N) + j] * _points[(k * N) + j];
        return sum;
    }

    /// <summary>Puts best + d with its value into the place of t, after <see cref="UpdateInverse"/>, and changes the model as little as possible.</summary>
    /// <param name="t">The point that goes.</param>
    /// <param name="d">The step from the best point.</param>
    /// <param name="x">The new point, best + d.</param>
    /// <param name="value">Its value.</param>
    /// <param name="difference">The value less what the model predicted.</param>
    public void Replace(int t, ReadOnlySpan<double> d, ReadOnlySpan<double> x, double value, double difference)
    {
        double weight = _implicit[t];
        _implicit[t] = 0;
        AddSquare(weight, Point(t));
        for (int k = 0; k < M; k++)
        {
            _w[k] = Dot(Z(k), Z(t));
            _implicit[k] += difference * _w[k];
        }

        bool better = t == _bestIndex || value < BestValue;
        _values[t] = value;
        x.CopyTo(Point(t));
        Vectors.AddScaled(_gradient, difference, B(t), _gradient);
        for (int k = 0; k < M; k++)
            Vectors.AddScaled(_gradient, difference * _w[k] * Dot(Point(k), _best), Point(k), _gradient);
        if (better)
        {
            _bestIndex = t;
            x.CopyTo(_best);
            HessianProduct(d, _column.AsSpan(0, N));
            for (int j = 0; j < N; j++)
                _gradient[j] += _column[j];
        }
    }

    /// <summary>Makes all of the Hessian explicit and the best point number 0, so that points can be replaced freely.</summary>
    public void MakeExplicit()
    {
        for (int k = 0; k < M; k++)
        {
            AddSquare(_implicit[k], Point(k));
            _implicit[k] = 0;
        }

        for (int j = 0; j < N; j++)
            (Point(0)[j], Point(_bestIndex)[j]) = (Point(_bestIndex)[j], Point(0)[j]);
        (_values[0], _values[_bestIndex]) = (_values[_bestIndex], _values[0]);
        _bestIndex = 0;
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer<double>(_points);
        archive.Transfer<double>(_values);
        archive.Transfer<double>(_base);
        archive.Transfer<double>(_best);
        archive.Transfer<double>(_gradient);
        archive.Transfer<double>(_explicit);
        archive.Transfer<double>(_implicit);
        archive.Transfer<double>(_b);
        archive.Transfer<double>(_z);
        archive.Transfer<double>(Lagrange);
        archive.Transfer<double>(_firstStep);
        archive.Transfer<double>(_secondStep);
        archive.Transfer<int>(_axisPoint);
        archive.Transfer(ref _bestIndex);
        double beta = Beta;
        archive.Transfer(ref beta);
        Beta = beta;
    }

    /// <summary>The two axes that a crossed point lies between: neighbours first, then those two apart, and so on.</summary>
    private (int P, int Q) Pair(int k)
    {
        int e = k - (2 * N) - 1, p = e % N;
        return (p, (p + 1 + (e / N)) % N);
    }

    /// <summary>products = Omega r, and the gradient at the best point of the quadratic that belongs to the residuals.</summary>
    private void LeastHessianGradient(Span<double> gradient)
    {
        Span<double> sums = _w.AsSpan(0, _columns);
        sums.Clear();
        for (int k = 0; k < M; k++)
            Vectors.AddScaled(sums, _residuals[k], Z(k), sums);
        gradient.Clear();
        for (int k = 0; k < M; k++)
        {
            _products[k] = Dot(Z(k), sums);
            Vectors.AddScaled(gradient, _residuals[k], B(k), gradient);
        }

        for (int k = 0; k < M; k++)
            Vectors.AddScaled(gradient, _products[k] * Dot(Point(k), _best), Point(k), gradient);
    }

    /// <summary>Moves the gradient of the model from an earlier best point to the present one.</summary>
    private void MoveGradient(ReadOnlySpan<double> from)
    {
        Span<double> d = _column.AsSpan(M, N), product = _column.AsSpan(0, N);
        Vectors.Subtract(_best, from, d);
        HessianProduct(d, product);
        for (int j = 0; j < N; j++)
            _gradient[j] += product[j];
    }

    private void AddSquare(double weight, ReadOnlySpan<double> v)
    {
        if (weight == 0)
            return;
        for (int i = 0; i < N; i++)
            Vectors.AddScaled(_explicit.AsSpan(i * N, N), weight * v[i], v, _explicit.AsSpan(i * N, N));
    }

    private Span<double> B(int i) => _b.AsSpan(i * N, N);

    private Span<double> Z(int k) => _z.AsSpan(k * _columns, _columns);

    private static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
            sum += x[i] * y[i];
        return sum;
    }
}
