using OptiCore.LinearAlgebra;
using OptiCore.Numerics;

namespace OptiCore.Dynamics;

/// <summary>What <see cref="KrylovPhi.Compute"/> reports.</summary>
/// <param name="Status">Converged, the limit of steps, or a breakdown: a product or a sum wasn't finite.</param>
/// <param name="Steps">The steps that were taken.</param>
/// <param name="Products">The products with A.</param>
/// <param name="ErrorEstimate">The sum of the steps' estimated errors, in the Euclidean norm.</param>
public readonly record struct KrylovPhiResult(KrylovStatus Status, int Steps, int Products, double ErrorEstimate)
{
    /// <summary>Whether the end was reached with every step's error within the tolerance.</summary>
    public bool Converged => Status == KrylovStatus.Converged;
}

/// <summary>
/// The action of phi functions of a large matrix on vectors, by its products alone: u(t) = e^(t A) b[0] + t phi[1](t A) b[1] + ... + t^p phi[p](t A) b[p], which solves
/// u' = A u + b[1] + t b[2] + ... + t^(p-1) / (p-1)! b[p] from u(0) = b[0].
/// </summary>
/// <remarks>
/// <para>A step of tau reduces to one function: u(s + tau) = w[0] + tau w[1] + ... + tau^(p-1) / (p-1)! w[p-1] + tau^p phi[p](tau A) w[p], with w[0] = u(s) and w[j] = A w[j-1] + the (j-1)-th derivative of the right-hand side's rest.
/// That function is taken in the Krylov space of w[p] of dimension m by Arnoldi's recursion, A V = V H + h v e[m]', as |w[p]| V phi[p](tau H) e[1]; the next term, |w[p]| h tau (phi[p+1](tau H))[m,1] v, is the estimate of the error and is added. The step follows from the estimate; a
/// rejected one costs an exponential of order m + p + 1, no product.</para>
/// <para>Cost: m + p products with A a step, and 2 m^2 n operations for the orthogonality. Nothing is allocated after the constructor. An operator far from normal, or a long time, takes more steps, not more memory.</para>
/// <para>Y. Saad (1992), Analysis of some Krylov subspace approximations to the matrix exponential operator, section 5; J. Niesen, W. M. Wright (2012), Algorithm 919: a Krylov subspace algorithm for evaluating the phi-functions appearing in
/// exponential integrators, with the dimension m fixed.</para>
/// </remarks>
[Algorithm("Krylov phi functions", "Exponential integrators", "Y. Saad (1992), Analysis of some Krylov subspace approximations to the matrix exponential operator; J. Niesen, W. M. Wright (2012), Algorithm 919: a Krylov subspace algorithm for evaluating the phi-functions appearing in exponential integrators", Capabilities = "products with the matrix alone, error control")]
public sealed class KrylovPhi
{
    // Niesen and Wright's safety factor, and the bounds of Expokit on the change of the step.
    private const double Safety = 0.9;
    private const double LargestGrowth = 5;
    private const double SmallestShrink = 0.2;

    // What is left is taken at once when a step reaches this part of it, so that rounding leaves no sliver.
    private const double AlmostAll = 0.99;

    // A vector that orthogonalisation has left this little of lies in the space: the approximation is exact there.
    private const double Invariant = 1e-14;

    private readonly int _n;
    private readonly int _p;
    private readonly int _m;
    private readonly int _size;
    private readonly double[] _basis;
    private readonly double[] _hessenberg;
    private readonly double[] _w;
    private readonly double[] _augmented;
    private readonly MatrixExponential<double> _exponential;

    /// <summary>Allocates everything.</summary>
    /// <param name="dimension">The order n of A.</param>
    /// <param name="highest">The number p of the highest function, at least 0.</param>
    /// <param name="subspace">The dimension m of the Krylov spaces, at least 2; at most n is used. Default: 30.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is too small.</exception>
    public KrylovPhi(int dimension, int highest, int subspace = 30)
    {
        _n = Require.Positive(dimension, nameof(dimension));
        _p = Require.NonNegative(highest, nameof(highest));
        _m = Math.Min(Require.AtLeast(subspace, 2, nameof(subspace)), dimension);
        _size = _m + _p + 1;
        _basis = new double[checked((_m + 1) * dimension)];
        _hessenberg = new double[_m * _m];
        _w = new double[checked((_p + 1) * dimension)];
        _augmented = new double[_size * _size];
        _exponential = new MatrixExponential<double>(_size);
    }

    /// <summary>The largest number of steps. Default: 10,000.</summary>
    public int MaxSteps { get; init => field = Require.Positive(value); } = 10_000;

    /// <summary>Writes u(t).</summary>
    /// <param name="a">The matrix A, by its products.</param>
    /// <param name="t">The time; may be negative.</param>
    /// <param name="b">The vectors b[0], ..., b[p] one after the other, (p + 1) x n, finite. For phi[p](t A) v alone: zeros, and v / t^p as the last.</param>
    /// <param name="result">Receives u(t), n elements; where it doesn't converge, u where the last step ended.</param>
    /// <param name="tolerance">The estimated error allowed over the whole time, relative to the largest norm of u on the way and of |t|^k / k! b[k]. Default: 1e-12.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, a number isn't finite, or the tolerance isn't positive.</exception>
    public KrylovPhiResult Compute(ILinearOperator<double> a, double t, ReadOnlySpan<double> b, Span<double> result, double tolerance = 1e-12)
    {
        ArgumentNullException.ThrowIfNull(a);
        Require.Length(a.Rows, _n, nameof(a));
        Require.Length(a.Columns, _n, nameof(a));
        Require.Length(b.Length, (_p + 1) * _n, nameof(b));
        Require.Length(result.Length, _n, nameof(result));
        Require.AllFinite(b, nameof(b));
        Require.Finite(t, nameof(t));
        Require.Positive(tolerance, nameof(tolerance));
        Span<double> u = _w.AsSpan(0, _n);
        b[.._n].CopyTo(u);
        b[.._n].CopyTo(result);
        double done = 0, whole = Math.Abs(t), sign = Math.Sign(t), scale = 0, errors = 0, step = 0, weight = 1;
        for (int k = 0; k <= _p; k++)
        {
            scale = Math.Max(scale, weight * Reduce.Norm<double>(b.Slice(k * _n, _n)));
            weight *= whole / (k + 1);
        }

        int steps = 0, products = 0;
        while (done < whole)
        {
            if (steps == MaxSteps)
                return new KrylovPhiResult(KrylovStatus.IterationLimit, steps, products, errors);
            Derivatives(a, sign * done, b);
            products += _p;
            double beta = Reduce.Norm<double>(_w.AsSpan(_p * _n, _n));
            int dimension = Arnoldi(a, beta, out double next);
            if (dimension < 0)
                return new KrylovPhiResult(KrylovStatus.Breakdown, steps, products, errors);
            products += dimension;
            double left = whole - done, error;
            if (steps == 0)
                step = Math.Min(left, _m / Math.Max(HessenbergNorm(), double.Epsilon));
            bool exact = next == 0;
            while (true)
            {
                step = exact || step > left * AlmostAll ? left : step;
                Exponential(sign * step, dimension);
                error = exact ? 0 : beta * next * Power(step, _p + 1) * Math.Abs(_augmented[((dimension - 1) * _size) + _m + _p]);
                double allowed = tolerance * scale * step / whole;
                double change = Math.Pow(Safety * allowed / Math.Max(error, double.Epsilon), 1.0 / (_m + _p));
                if (error <= allowed)
                {
                    Advance(sign * step, beta, next, dimension);
                    done = step == left ? whole : done + step;
                    step *= Math.Clamp(change, SmallestShrink, LargestGrowth);
                    break;
                }

                step *= double.IsNaN(error) ? SmallestShrink : Math.Clamp(change, SmallestShrink, Safety);
                if (done + step == done)
                    return new KrylovPhiResult(KrylovStatus.Stagnated, steps, products, errors);
            }

            double norm = Reduce.Norm<double>(u);
            if (!double.IsFinite(norm))
                return new KrylovPhiResult(KrylovStatus.Breakdown, steps, products, errors);
            u.CopyTo(result);
            scale = Math.Max(scale, norm);
            errors += error;
            steps++;
        }

        return new KrylovPhiResult(KrylovStatus.Converged, steps, products, errors);
    }

    /// <summary>w[j] = A w[j-1] + sum over l of s^l / l! b[j+l].</summary>
    private void Derivatives(ILinearOperator<double> a, double s, ReadOnlySpan<double> b)
    {
        for (int j = 1; j <= _p; j++)
        {
            Span<double> w = _w.AsSpan(j * _n, _n);
            a.Apply(_w.AsSpan((j - 1) * _n, _n), w);
            double weight = 1;
            for (int l = 0; j + l <= _p; l++)
            {
                AddScaled(weight, b.Slice((j + l) * _n, _n), w);
                weight *= s / (l + 1);
            }
        }
    }

    /// <summary>Arnoldi's recursion by modified Gram and Schmidt, twice.</summary>
    /// <returns>The dimension of the space, -1 where something wasn't finite; 0 for the zero vector.</returns>
    private int Arnoldi(ILinearOperator<double> a, double beta, out double next)
    {
        next = 0;
        Array.Clear(_hessenberg);
        if (beta == 0)
            return 0;
        if (!double.IsFinite(beta))
            return -1;
        _basis.AsSpan(0, _n).Clear();
        AddScaled(1 / beta, _w.AsSpan(_p * _n, _n), _basis.AsSpan(0, _n));
        for (int j = 0; j < _m; j++)
        {
            Span<double> v = _basis.AsSpan((j + 1) * _n, _n);
            a.Apply(_basis.AsSpan(j * _n, _n), v);
            double before = Reduce.Norm<double>(v);
            for (int pass = 0; pass < 2; pass++)
            {
                for (int i = 0; i <= j; i++)
                {
                    ReadOnlySpan<double> q = _basis.AsSpan(i * _n, _n);
                    double along = Reduce.Dot<double>(q, v);
                    _hessenberg[(i * _m) + j] += along;
                    AddScaled(-along, q, v);
                }
            }

            next = Reduce.Norm<double>(v);
            if (!double.IsFinite(next) || !double.IsFinite(before))
                return -1;
            if (next <= Invariant * before)
            {
                next = 0;
                return j + 1;
            }

            for (int i = 0; i < _n; i++)
                v[i] /= next;
            if (j + 1 < _m)
                _hessenberg[((j + 1) * _m) + j] = next;
        }

        return _m;
    }

    /// <summary>The exponential of [[tau H, e1, 0], [0, 0, I], [0, 0, 0]]: its column m + k - 1 is phi[k](tau H) e1.</summary>
    private void Exponential(double tau, int dimension)
    {
        Array.Clear(_augmented);
        for (int i = 0; i < dimension; i++)
        {
            for (int j = 0; j < dimension; j++)
                _augmented[(i * _size) + j] = tau * _hessenberg[(i * _m) + j];
        }

        _augmented[_m] = 1;
        for (int i = _m; i < _size - 1; i++)
            _augmented[(i * _size) + i + 1] = 1;
        _exponential.Compute(_augmented, _augmented);
    }

    /// <summary>u = sum of tau^j / j! w[j] + tau^p |w[p]| V phi[p](tau H) e1 and the next term.</summary>
    private void Advance(double tau, double beta, double next, int dimension)
    {
        // w[0] is u itself; for p = 0 it is all replaced.
        Span<double> u = _w.AsSpan(0, _n);
        if (_p == 0)
            u.Clear();
        double weight = 1;
        for (int j = 1; j < _p; j++)
        {
            weight *= tau / j;
            AddScaled(weight, _w.AsSpan(j * _n, _n), u);
        }

        double power = beta * Power(tau, _p);
        int column = _p == 0 ? 0 : _m + _p - 1;
        for (int i = 0; i < dimension; i++)
            AddScaled(power * _augmented[(i * _size) + column], _basis.AsSpan(i * _n, _n), u);
        if (next != 0)
            AddScaled(power * tau * next * _augmented[((dimension - 1) * _size) + _m + _p], _basis.AsSpan(dimension * _n, _n), u);
    }

    private double HessenbergNorm()
    {
        double largest = 0;
        for (int j = 0; j < _m; j++)
        {
            double sum = 0;
            for (int i = 0; i < _m; i++)
                sum += Math.Abs(_hessenberg[(i * _m) + j]);
            largest = Math.Max(largest, sum);
        }

        return largest;
    }

    private static double Power(double x, int k)
    {
        double product = 1;
        for (int i = 0; i < k; i++)
            product *= x;
        return product;
    }

    private static void AddScaled(double scale, ReadOnlySpan<double> x, Span<double> y)
    {
        for (int i = 0; i < y.Length; i++)
            y[i] += scale * x[i];
    }
}
