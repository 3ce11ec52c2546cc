using System.Numerics;
using OptiCore.LinearAlgebra;
using OptiCore.Optimizers;
using OptiCore.Solving;

namespace OptiCore.Dynamics;

/// <summary>
/// Optimized dynamic mode decomposition: the exponents w_j whose exponentials fit a whole series best, min over w and modes of sum_k |x(t_k) - sum_j phi_j exp(w_j t_k)|^2, by variable projection.
/// The times may be unequally spaced.
/// </summary>
/// <remarks>
/// <para>The data are projected on their r leading singular directions; for given exponents the modes are linear least squares, and the exponents follow by
/// <see cref="LevenbergMarquardt"/> on what remains, with the exact Jacobian of Golub and Pereyra (1973). It starts at the exponents of the trapezoidal decomposition of the
/// paper, from (x_k+1 - x_k) / (t_k+1 - t_k) and (x_k+1 + x_k) / 2.</para>
/// <para>The paper's exponents are free complex numbers; here the data are real, and exponents come as the two roots of a quadratic with centre s and discriminant q, w = s +- sqrt(q), of
/// which s and q are real unknowns: a pair turns into two real exponents without leaving the smooth functions exp(s t) cosh(sqrt(q) t) and exp(s t) sinh(sqrt(q) t) / sqrt(q).</para>
/// <para>Far less biased by noise than <see cref="DynamicModeDecomposition"/>, because no noisy state is taken for a cause. A nonlinear fit: with a poor start it may end in
/// a local minimum, and exponents must be few compared to the times. An iteration costs about 10 m r^3 operations.</para>
/// <para>T. Askham and J. N. Kutz (2018), Variable projection methods for an optimized dynamic mode decomposition, SIAM J. Appl. Dyn. Syst. 17, 380-416.</para>
/// </remarks>
[Algorithm("Optimized dynamic mode decomposition", "System identification", "Askham, Kutz (2018), Variable projection methods for an optimized dynamic mode decomposition", Capabilities = "unequal times")]
public sealed record OptimizedDmd
{
    /// <summary>The number of exponents. Default: as many singular values as aren't rounding.</summary>
    public RankRule Rank { get; init => field = Require.NotNull(value, nameof(Rank)); } = RankRule.Full;

    /// <summary>The nonlinear least squares.</summary>
    public LevenbergMarquardt Solver { get; init => field = Require.NotNull(value, nameof(Solver)); } = new();

    /// <summary>The most iterations. Default: 100.</summary>
    public int MaxIterations { get; init => field = Require.Positive(value); } = 100;

    /// <summary>Fits a series of one piece.</summary>
    /// <param name="data">The series.</param>
    /// <exception cref="ArgumentException">The series has several pieces, or too few states.</exception>
    public DynamicModes Fit(TimeSeries data)
    {
        Require.NotNull(data);
        if (data.Pieces != 1)
            throw new ArgumentException($"The series has {data.Pieces} pieces; exponentials are fitted to one.", nameof(data));
        var times = new double[data.Count];
        for (int k = 0; k < times.Length; k++)
            times[k] = k * data.Step;
        return Fit(times, data.States, data.Dimension);
    }

    /// <summary>Fits states at given times.</summary>
    /// <param name="times">The times, m strictly increasing numbers.</param>
    /// <param name="states">The states, m x n, row-major.</param>
    /// <param name="dimension">The number n of variables.</param>
    /// <returns>The modes, with the mean time between states as their step. <see cref="DynamicModes.Reconstruct"/> counts time from the first of the given ones.</returns>
    /// <exception cref="ArgumentException">Lengths don't fit, a number isn't finite, times don't increase or there are fewer than two.</exception>
    public DynamicModes Fit(ReadOnlySpan<double> times, ReadOnlySpan<double> states, int dimension)
    {
        int m = times.Length, n = Require.Positive(dimension, nameof(dimension));
        if (m < 2)
            throw new ArgumentException($"There are {m} times: at least two are needed.", nameof(times));
        Require.Length(states.Length, m * n, nameof(states));
        Require.AllFinite(times, nameof(times));
        for (int k = 1; k < m; k++)
        {
            if (!(times[k] > times[k - 1]))
                throw new ArgumentException($"Time {k} is not above the one before: times must increase.", nameof(times));
        }

        var svd = new Svd<double>(m, n);
        if (!svd.Factor(states))
            throw new InvalidOperationException("The singular values of the data weren't found.");
        int r = Math.Min(Rank.ChooseFor(svd), m - 1);
        double[] basis = svd.RightRows[..(r * n)].ToArray(), projected = new double[m * r], t = new double[m];
        Blas.Gemm(false, true, m, r, n, 1.0, states, n, basis, n, 0.0, projected, r);

        // Time in units of the whole interval makes all unknowns of one size.
        double span = times[^1] - times[0];
        for (int k = 0; k < m; k++)
            t[k] = (times[k] - times[0]) / span;
        var problem = new ExponentialFit(t, projected, r);
        SolverResult<double> found = Minimize.Run(Solver, problem, Start(t, projected, r), new RunOptions { MaxIterations = MaxIterations });
        return Assemble(problem, found.Point, basis, n, span, (times[^1] - times[0]) / (m - 1), svd.Values.ToArray());
    }

    /// <summary>The trapezoidal decomposition's exponents as centres and discriminants.</summary>
    private static double[] Start(double[] t, double[] x, int r)
    {
        int pairs = t.Length - 1;
        double[] middle = new double[pairs * r], slope = new double[pairs * r], map = new double[r * r], right = new double[pairs], column = new double[r];
        for (int k = 0; k < pairs; k++)
        {
            for (int i = 0; i < r; i++)
            {
                middle[(k * r) + i] = 0.5 * (x[((k + 1) * r) + i] + x[(k * r) + i]);
                slope[(k * r) + i] = (x[((k + 1) * r) + i] - x[(k * r) + i]) / (t[k + 1] - t[k]);
            }
        }

        var solver = new CompleteOrthogonal<double>(pairs, r);
        solver.Factor(middle);
        for (int i = 0; i < r; i++)
        {
            for (int k = 0; k < pairs; k++)
                right[k] = slope[(k * r) + i];
            solver.Solve(right, column);
            column.CopyTo(map, i * r);
        }

        var eigen = new GeneralEigen<double>(r, EigenvectorSides.None);
        if (!eigen.Factor(map))
            throw new InvalidOperationException("The exponents to start from weren't found.");
        var unknowns = new double[r];
        int at = 0, waiting = -1;
        for (int j = 0; j < r; j++)
        {
            double real = eigen.RealParts[j], imaginary = eigen.ImaginaryParts[j];
            if (imaginary != 0)
            {
                (unknowns[at], unknowns[at + 1]) = (real, -imaginary * imaginary);
                at += 2;
                j++;
            }
            else if (waiting < 0)
            {
                waiting = j;
            }
            else
            {
                double half = 0.5 * (real - eigen.RealParts[waiting]);
                (unknowns[at], unknowns[at + 1]) = (0.5 * (real + eigen.RealParts[waiting]), half * half);
                at += 2;
                waiting = -1;
            }
        }

        if (waiting >= 0)
            unknowns[at] = eigen.RealParts[waiting];
        return unknowns;
    }

    private static DynamicModes Assemble(ExponentialFit problem, double[] unknowns, double[] basis, int n, double span, double step, double[] singularValues)
    {
        int r = unknowns.Length;
        double[] coefficients = problem.Coefficients(unknowns);
        Complex[] exponents = new Complex[r], values = new Complex[r], modes = new Complex[r * n], amplitudes = new Complex[r];
        for (int j = 0; j < r; j++)
        {
            // a cosh(w t) + b sinh(w t) / w = (a + b / w) / 2 exp(w t) + (a - b / w) / 2 exp(-w t); two equal exponents, a double root, keep a mode of infinite size out by a root of rounding.
            bool pair = j + 1 < r;
            double discriminant = pair ? unknowns[j + 1] : 0;
            if (pair && Math.Abs(discriminant) < 1e-14)
                discriminant = 1e-14;
            Complex root = pair ? discriminant >= 0 ? Math.Sqrt(discriminant) : new Complex(0, Math.Sqrt(-discriminant)) : Complex.Zero;
            for (int side = 0; side < (pair ? 2 : 1); side++)
            {
                Complex w = side == 0 ? root : -root;
                exponents[j + side] = (unknowns[j] + w) / span;
                values[j + side] = Complex.Exp(exponents[j + side] * step);
                for (int k = 0; k < r; k++)
                {
                    Complex coefficient = pair ? 0.5 * (coefficients[(j * r) + k] + (coefficients[((j + 1) * r) + k] / w)) : coefficients[(j * r) + k];
                    for (int i = 0; i < n; i++)
                        modes[((j + side) * n) + i] += coefficient * basis[(k * n) + i];
                }

                double norm = 0;
                Span<Complex> mode = modes.AsSpan((j + side) * n, n);
                foreach (Complex value in mode)
                    norm += (value.Real * value.Real) + (value.Imaginary * value.Imaginary);
                amplitudes[j + side] = norm = Math.Sqrt(norm);
                for (int i = 0; i < n && norm > 0; i++)
                    mode[i] /= norm;
            }

            if (pair)
                j++;
        }

        // The map with these eigenvalues and modes, A = Phi Lambda Phi^+ on the basis.
        Complex[] phi = new Complex[r * r], identity = new Complex[r * r];
        for (int j = 0; j < r; j++)
        {
            identity[(j * r) + j] = Complex.One;
            for (int k = 0; k < r; k++)
            {
                for (int i = 0; i < n; i++)
                    phi[(k * r) + j] += basis[(k * n) + i] * modes[(j * n) + i];
            }
        }

        Complex[] inverse = ComplexSystem.LeastSquares(phi, r, r, identity, r);
        var forward = new double[r * n];
        for (int k = 0; k < r; k++)
        {
            for (int j = 0; j < r; j++)
            {
                Complex weight = values[j] * inverse[(j * r) + k];
                for (int i = 0; i < n; i++)
                    forward[(k * n) + i] += (weight * modes[(j * n) + i]).Real;
            }
        }

        return new DynamicModes(n, 1, step, values, modes, amplitudes, basis, forward, [], 0, singularValues, exponents);
    }
}

/// <summary>What remains of series when they are fitted by exponentials, as a function of the exponents' centres and discriminants: variable projection.</summary>
internal sealed class ExponentialFit : IDifferentiableResidualFunction<double>
{
    private readonly double[] _times;
    private readonly double[] _data;
    private readonly double[] _functions;
    private readonly double[] _derivatives;
    private readonly double[] _coefficients;
    private readonly double[] _work;
    private readonly Svd<double> _svd;
    private int _rank;

    public ExponentialFit(double[] times, double[] data, int series)
    {
        int m = times.Length;
        (_times, _data) = (times, data);
        Dimension = series;
        ResidualCount = m * series;
        _functions = new double[m * series];
        _derivatives = new double[m * series * 2];
        _coefficients = new double[series * series];
        _work = new double[2 * Math.Max(m, series)];
        _svd = new Svd<double>(m, series);
    }

    public int Dimension { get; }

    public int ResidualCount { get; }

    public void Residuals(ReadOnlySpan<double> x, Span<double> residuals)
    {
        int m = _times.Length, r = Dimension;
        if (!Project(x))
        {
            residuals.Fill(double.NaN);
            return;
        }

        _data.CopyTo(residuals);
        Blas.Gemm(false, false, m, r, r, -1.0, _functions, r, _coefficients, r, 1.0, residuals, r);
    }

    public void ResidualsAndJacobian(ReadOnlySpan<double> x, Span<double> residuals, Span<double> jacobian)
    {
        int m = _times.Length, r = Dimension;
        Residuals(x, residuals);
        jacobian.Clear();
        if (double.IsNaN(residuals[0]))
            return;

        // d(residual) = -(P D B + (D Phi^+)' P X) for the derivative D of the functions, which has at most two columns that aren't zero.
        Span<double> direction = _work.AsSpan(0, m), projection = _work.AsSpan(m, r);
        for (int unknown = 0; unknown < r; unknown++)
        {
            Derivative(x, unknown, out int first, out int columns);
            for (int c = 0; c < columns; c++)
            {
                ReadOnlySpan<double> d = _derivatives.AsSpan(c * m, m);
                d.CopyTo(direction);
                for (int k = 0; k < _rank; k++)
                {
                    ReadOnlySpan<double> u = _svd.LeftRows.Slice(k * m, m);
                    double part = Numerics.Reduce.Dot(u, d);
                    for (int i = 0; i < m; i++)
                        direction[i] -= part * u[i];
                }

                projection.Clear();
                for (int i = 0; i < m; i++)
                {
                    for (int s = 0; s < r; s++)
                        projection[s] += d[i] * residuals[(i * r) + s];
                }

                for (int i = 0; i < m; i++)
                {
                    // Row (first + c) of Phi^+, which is V S^-1 U'.
                    double pseudo = 0;
                    for (int k = 0; k < _rank; k++)
                        pseudo += _svd.RightRows[(k * r) + first + c] / _svd.Values[k] * _svd.LeftRows[(k * m) + i];
                    for (int s = 0; s < r; s++)
                        jacobian[(((i * r) + s) * r) + unknown] -= (direction[i] * _coefficients[((first + c) * r) + s]) + (pseudo * projection[s]);
                }
            }
        }
    }

    /// <summary>The linear coefficients at the exponents, functions x series.</summary>
    public double[] Coefficients(ReadOnlySpan<double> x)
    {
        Project(x);
        return (double[])_coefficients.Clone();
    }

    private bool Project(ReadOnlySpan<double> x)
    {
        int m = _times.Length, r = Dimension;
        for (int j = 0; j < r; j += 2)
        {
            for (int i = 0; i < m; i++)
            {
                double growth = Math.Exp(x[j] * _times[i]);
                if (j + 1 == r)
                {
                    _functions[(i * r) + j] = growth;
                    continue;
                }

                (double c, double s, _) = Even(x[j + 1], _times[i]);
                (_functions[(i * r) + j], _functions[(i * r) + j + 1]) = (growth * c, growth * s);
            }
        }

        foreach (double value in _functions)
        {
            if (!double.IsFinite(value))
                return false;
        }

        if (!_svd.Factor(_functions))
            return false;
        _rank = _svd.Rank();
        _coefficients.AsSpan().Clear();
        for (int k = 0; k < _rank; k++)
        {
            Span<double> part = _work.AsSpan(0, r);
            part.Clear();
            for (int i = 0; i < m; i++)
            {
                double u = _svd.LeftRows[(k * m) + i] / _svd.Values[k];
                for (int s = 0; s < r; s++)
                    part[s] += u * _data[(i * r) + s];
            }

            for (int j = 0; j < r; j++)
            {
                for (int s = 0; s < r; s++)
                    _coefficients[(j * r) + s] += _svd.RightRows[(k * r) + j] * part[s];
            }
        }

        return true;
    }

    /// <summary>The derivatives of the functions that depend on an unknown: of its own column, and of its partner's.</summary>
    private void Derivative(ReadOnlySpan<double> x, int unknown, out int first, out int columns)
    {
        int m = _times.Length, r = Dimension;
        first = unknown / 2 * 2;
        columns = first + 1 == r ? 1 : 2;
        for (int i = 0; i < m; i++)
        {
            double t = _times[i], growth = Math.Exp(x[first] * t);
            if (columns == 1)
            {
                _derivatives[i] = t * growth;
                continue;
            }

            (double c, double s, double slope) = Even(x[first + 1], t);
            (_derivatives[i], _derivatives[m + i]) = unknown == first ? (t * growth * c, t * growth * s) : (0.5 * t * growth * s, growth * slope);
        }
    }

    /// <summary>cosh(w t), sinh(w t) / w and the latter's derivative by q = w^2, for q of either sign.</summary>
    private static (double C, double S, double Slope) Even(double q, double t)
    {
        double square = q * t * t;
        if (Math.Abs(square) < 0.5)
        {
            double c = 0, s = 0, slope = 0, term = 1;
            for (int k = 0; k < 10; k++)
            {
                // term = square^k / (2k)!, and the derivative of the odd series is moved by one.
                c += term;
                s += term / ((2 * k) + 1);
                slope += (k + 1) * term / (((2 * k) + 1.0) * ((2 * k) + 2) * ((2 * k) + 3));
                term *= square / (((2 * k) + 1.0) * ((2 * k) + 2));
            }

            return (c, t * s, t * t * t * slope);
        }

        double w = Math.Sqrt(Math.Abs(q));
        (double even, double odd) = q > 0 ? (Math.Cosh(w * t), Math.Sinh(w * t) / w) : (Math.Cos(w * t), Math.Sin(w * t) / w);
        return (even, odd, ((t * even) - odd) / (2 * q));
    }
}
