using System.Numerics;

namespace OptiCore.RootFinding;

/// <summary>A root of a polynomial, or a cluster of roots that rounding can't tell apart.</summary>
/// <param name="Value">The root; of a cluster its centre.</param>
/// <param name="Multiplicity">How many roots the disc around holds: the multiplicity of a root whose copies were smeared by rounding.</param>
/// <param name="Radius">A bound of the distance to the true roots of this multiplicity, rounding of the evaluation included.</param>
public readonly record struct PolynomialRoot(Complex Value, int Multiplicity, double Radius);

/// <summary>
/// All complex roots of a polynomial, and stable closed forms for degrees two and three. Coefficients ascend: p(x) = c[0] + c[1] x + ... + c[n] x^n.
/// </summary>
public static class PolynomialRoots
{
    private const int MaxSweeps = 200;
    private const double Epsilon = Roots.Epsilon;

    /// <summary>
    /// All n roots, by simultaneous iteration: Aberth and Ehrlich's cubic method from the start points that Bini reads off the Newton polygon.
    /// </summary>
    /// <remarks>
    /// <para>A root stops moving when |p| at it is below the bound of the rounding of its evaluation, so that roots are as good as the coefficients
    /// in double determine them: a simple well separated root to a few units, a root of multiplicity m to about the m-th root of the rounding. Roots
    /// of large modulus are evaluated by the reversed polynomial, and coefficients are scaled by a power of two, so nothing overflows before a
    /// coefficient does. Roots of real polynomials come as exact conjugate pairs. Cost about 10 n^2 complex operations; degrees up to some
    /// thousands.</para>
    /// <para>Aberth (1973), Iteration methods for finding all zeros of a polynomial simultaneously; Bini (1996), Numerical computation of polynomial
    /// zeros by means of Aberth's method.</para>
    /// </remarks>
    /// <param name="coefficients">The coefficients, ascending; leading zeros lower the degree, trailing zeros (c[0] = 0) are roots at 0.</param>
    /// <param name="roots">Receives the roots, by increasing real part, then imaginary part.</param>
    /// <returns>The number of roots, the degree; -1 for the polynomial 0 or when the iteration didn't converge.</returns>
    /// <exception cref="ArgumentException">A coefficient isn't finite, or there is not enough room for the roots.</exception>
    public static int All(ReadOnlySpan<double> coefficients, Span<Complex> roots)
    {
        Complex[] c = new Complex[coefficients.Length];
        for (int i = 0; i < c.Length; i++)
            c[i] = coefficients[i];
        int n = All(c, roots);
        if (n > 0)
            MakeConjugate(roots[..n]);
        return n;
    }

    /// <inheritdoc cref="All(ReadOnlySpan{double}, Span{Complex})"/>
    public static int All(ReadOnlySpan<Complex> coefficients, Span<Complex> roots)
    {
        for (int i = 0; i < coefficients.Length; i++)
        {
            if (!Complex.IsFinite(coefficients[i]))
                throw new ArgumentException($"coefficients[{i}] is {coefficients[i]}; every element must be finite.", nameof(coefficients));
        }

        int n = coefficients.Length - 1, zeros = 0;
        while (n >= 0 && coefficients[n] == Complex.Zero)
            n--;
        if (n < 0)
            return -1;
        if (roots.Length < n)
            throw new ArgumentException($"roots has room for {roots.Length} roots, but the degree is {n}.", nameof(roots));
        while (zeros < n && coefficients[zeros] == Complex.Zero)
            zeros++;
        roots[..zeros].Clear();
        bool converged = n == zeros || Iterate(Scaled(coefficients[zeros..(n + 1)]), roots[zeros..n]);
        roots[..n].Sort(static (u, v) => u.Real != v.Real ? u.Real.CompareTo(v.Real) : u.Imaginary.CompareTo(v.Imaginary));
        return converged ? n : -1;
    }

    /// <summary>
    /// The roots with their multiplicities: roots from <see cref="All(ReadOnlySpan{double}, Span{Complex})"/>, grouped where their discs overlap. The disc of z has the
    /// radius n |p(z)| / |c[n] prod (z - z_j)|, with the bound of the rounding added to |p(z)|; a connected group of m discs holds m roots.
    /// </summary>
    /// <remarks>Smith (1970), Error bounds for zeros of a polynomial based upon Gerschgorin's theorems.</remarks>
    /// <param name="coefficients">The coefficients, ascending.</param>
    /// <returns>The groups, by increasing real part; empty for constants.</returns>
    /// <exception cref="ArgumentException">A coefficient isn't finite, or all are zero.</exception>
    /// <exception cref="ArithmeticException">The iteration didn't converge.</exception>
    public static PolynomialRoot[] WithMultiplicities(ReadOnlySpan<double> coefficients)
    {
        if (coefficients.IndexOfAnyExcept(0.0) < 0)
            throw new ArgumentException("Every number is a root of the polynomial 0.", nameof(coefficients));
        Complex[] roots = new Complex[coefficients.Length];
        int n = All(coefficients, roots);
        if (n < 0)
            throw new ArithmeticException($"The roots of a polynomial of degree {coefficients.Length - 1} didn't converge in {MaxSweeps} sweeps.");
        int degree = n;
        Complex[] c = new Complex[degree + 1];
        for (int i = 0; i <= degree; i++)
            c[i] = coefficients[i];
        c = Scaled(c);
        // A root at exactly 0 stays what it is; its copies are counted.
        int zeros = 0;
        while (c[zeros] == Complex.Zero)
            zeros++;
        var others = new List<Complex>(n);
        foreach (Complex root in roots.AsSpan(0, n))
        {
            if (root != Complex.Zero)
                others.Add(root);
        }

        List<PolynomialRoot> groups = Group(c.AsSpan(zeros), [.. others]);
        if (zeros > 0)
            groups.Add(new PolynomialRoot(Complex.Zero, zeros, 0));
        groups.Sort(static (u, v) => u.Value.Real != v.Value.Real ? u.Value.Real.CompareTo(v.Value.Real) : u.Value.Imaginary.CompareTo(v.Value.Imaginary));
        return [.. groups];
    }

    private static List<PolynomialRoot> Group(ReadOnlySpan<Complex> c, Complex[] z)
    {
        int n = z.Length;
        double[] radius = new double[n];
        int[] group = new int[n];
        for (int i = 0; i < n; i++)
        {
            group[i] = i;
            // Logarithms: the product of many distances over- or underflows.
            (double logValue, double logBound) = LogMagnitude(c, z[i]);
            double log = Math.Log(n) + LogSum(logValue, logBound) - Math.Log(Complex.Abs(c[n]));
            for (int j = 0; j < n; j++)
            {
                if (j != i)
                    log -= Math.Log(Complex.Abs(z[i] - z[j]));
            }

            radius[i] = Math.Exp(Math.Min(log, 700));
        }

        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (!(Complex.Abs(z[i] - z[j]) > radius[i] + radius[j]))
                    Merge(group, i, j);
            }
        }

        var groups = new List<PolynomialRoot>();
        for (int g = 0; g < n; g++)
        {
            Complex sum = Complex.Zero;
            int members = 0;
            for (int i = 0; i < n; i++)
            {
                if (group[i] == g)
                    (sum, members) = (sum + z[i], members + 1);
            }

            if (members == 0)
                continue;
            Complex centre = sum / members;
            double reach = 0;
            for (int i = 0; i < n; i++)
            {
                if (group[i] == g)
                    reach = Math.Max(reach, Complex.Abs(z[i] - centre) + radius[i]);
            }

            groups.Add(new PolynomialRoot(centre, members, reach));
        }

        return groups;

        static void Merge(int[] group, int i, int j)
        {
            (int from, int to) = (group[i], group[j]);
            group.AsSpan().Replace(from, to);
        }

        static double LogSum(double u, double v) => Math.Max(u, v) + Math.Log(1 + Math.Exp(Math.Min(u, v) - Math.Max(u, v)));
    }

    // log |p(z)| and the logarithm of the bound of its rounding, by the polynomial itself or by the reversed one.
    private static (double Value, double Bound) LogMagnitude(ReadOnlySpan<Complex> c, Complex z)
    {
        (Complex value, _, double bound, bool reversed) = Evaluate(c, z);
        double shift = reversed ? (c.Length - 1) * Math.Log(Complex.Abs(z)) : 0;
        return (value == Complex.Zero ? -700 + shift : Math.Log(Complex.Abs(value)) + shift, Math.Log(bound) + shift);
    }

    private static Complex[] Scaled(ReadOnlySpan<Complex> c)
    {
        double largest = 0;
        foreach (Complex value in c)
            largest = Math.Max(largest, Math.Max(Math.Abs(value.Real), Math.Abs(value.Imaginary)));
        int exponent = -Math.ILogB(largest);
        Complex[] scaled = new Complex[c.Length];
        for (int i = 0; i < c.Length; i++)
            scaled[i] = new Complex(Math.ScaleB(c[i].Real, exponent), Math.ScaleB(c[i].Imaginary, exponent));
        return scaled;
    }

    private static bool Iterate(Complex[] c, Span<Complex> z)
    {
        int n = c.Length - 1;
        Start(c, z);
        bool[] done = new bool[n];
        int open = n;
        for (int sweep = 0; sweep < MaxSweeps && open > 0; sweep++)
        {
            for (int i = 0; i < n; i++)
            {
                if (done[i])
                    continue;
                (Complex value, Complex slope, double bound, bool reversed) = Evaluate(c, z[i]);
                // p' / p at z; the reversed polynomial q(w) = w^n p(1/w) gives it as w (n - w q' / q).
                Complex newton = reversed ? ((n * value) - (slope / z[i])) / (value * z[i]) : slope / value;
                if (Complex.Abs(value) <= bound || value == Complex.Zero)
                {
                    done[i] = true;
                    open--;
                    continue;
                }

                Complex repulsion = Complex.Zero;
                for (int j = 0; j < n; j++)
                {
                    if (j != i && z[j] != z[i])
                        repulsion += 1 / (z[i] - z[j]);
                }

                Complex step = 1 / (newton - repulsion);
                if (!Complex.IsFinite(step))
                    step = 1e-3 * z[i] * Complex.FromPolarCoordinates(1, i);
                z[i] -= step;
                if (Complex.Abs(step) <= 0.5 * Epsilon * Complex.Abs(z[i]))
                {
                    done[i] = true;
                    open--;
                }
            }
        }

        return open == 0;
    }

    /// <summary>p(z), p'(z) and the bound of the rounding of p(z) by Horner's rule; of the reversed polynomial at 1/z where |z| is above 1.</summary>
    private static (Complex Value, Complex Slope, double Bound, bool Reversed) Evaluate(ReadOnlySpan<Complex> c, Complex z)
    {
        int n = c.Length - 1;
        bool reversed = Complex.Abs(z) > 1;
        Complex x = reversed ? 1 / z : z;
        double modulus = Complex.Abs(x);
        Complex value = c[reversed ? 0 : n], slope = Complex.Zero;
        double bound = Complex.Abs(value);
        for (int k = 1; k <= n; k++)
        {
            Complex next = c[reversed ? k : n - k];
            slope = (slope * x) + value;
            value = (value * x) + next;
            bound = (bound * modulus) + Complex.Abs(next);
        }

        // Bini's bound: 4 n u sum |c_k| |x|^k, with the constant of complex products.
        return (value, slope, 4 * n * (Epsilon / 2) * bound, reversed);
    }

    // Moduli from the upper convex hull of (k, log |c_k|): an edge from k to m stands for m - k roots of modulus |c_k / c_m|^(1 / (m - k)).
    private static void Start(ReadOnlySpan<Complex> c, Span<Complex> z)
    {
        int n = c.Length - 1;
        double[] logs = new double[n + 1];
        for (int k = 0; k <= n; k++)
            logs[k] = c[k] == Complex.Zero ? double.NegativeInfinity : Math.Log(Complex.Abs(c[k]));
        int[] hull = new int[n + 1];
        int size = 0;
        for (int k = 0; k <= n; k++)
        {
            if (double.IsNegativeInfinity(logs[k]))
                continue;
            while (size >= 2 && (logs[hull[size - 1]] - logs[hull[size - 2]]) * (k - hull[size - 2]) <= (logs[k] - logs[hull[size - 2]]) * (hull[size - 1] - hull[size - 2]))
                size--;
            hull[size++] = k;
        }

        // 0.7 radians is Bini's turn that keeps the points off the symmetry axes.
        for (int edge = 0; edge + 1 < size; edge++)
        {
            int from = hull[edge], to = hull[edge + 1], count = to - from;
            double modulus = Math.Exp((logs[from] - logs[to]) / count);
            for (int j = 0; j < count; j++)
                z[from + j] = Complex.FromPolarCoordinates(modulus, (2 * Math.PI * j / count) + (2 * Math.PI * edge / n) + 0.7);
        }
    }

    // The roots of a real polynomial are real or come in pairs: each is paired with its nearest conjugate.
    private static void MakeConjugate(Span<Complex> z)
    {
        bool[] paired = new bool[z.Length];
        for (int i = 0; i < z.Length; i++)
        {
            if (paired[i])
                continue;
            paired[i] = true;
            int nearest = -1;
            double distance = 2 * Math.Abs(z[i].Imaginary);
            for (int j = i + 1; j < z.Length; j++)
            {
                double d = Complex.Abs(z[j] - Complex.Conjugate(z[i]));
                if (!paired[j] && d < distance)
                    (nearest, distance) = (j, d);
            }

            if (nearest < 0)
            {
                z[i] = z[i].Real;
                continue;
            }

            paired[nearest] = true;
            double real = 0.5 * (z[i].Real + z[nearest].Real), imaginary = 0.5 * Math.Abs(z[i].Imaginary - z[nearest].Imaginary);
            z[i] = new Complex(real, -imaginary);
            z[nearest] = new Complex(real, imaginary);
        }

        z.Sort(static (u, v) => u.Real != v.Real ? u.Real.CompareTo(v.Real) : u.Imaginary.CompareTo(v.Imaginary));
    }
}
