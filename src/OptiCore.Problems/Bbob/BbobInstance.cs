namespace OptiCore.Problems;

/// <summary>What the functions of one instance are made of: seeded optima, rotations and scalings. The generators are those of the suite, so that an instance is the suite's instance.</summary>
/// <param name="seed">The seed of the function, plus 10,000 times the instance.</param>
/// <param name="dimension">The number n of variables.</param>
internal sealed class BbobInstance(int seed, int dimension)
{
    private const int SecondSeed = 1_000_000;

    /// <summary>The number n of variables.</summary>
    public int Dimension => dimension;

    /// <summary>The seed.</summary>
    public int Seed => seed;

    /// <summary>The optimal value: a Cauchy number within 1000, with two decimals.</summary>
    public double OptimalValue()
    {
        double ratio = Normal(1, seed)[0] / Normal(1, seed + 1)[0];
        return Math.Clamp(Math.Round(10_000 * ratio) / 100, -1000, 1000);
    }

    /// <summary>An optimal point within [-4, 4], with four decimals and no zero.</summary>
    /// <param name="second">True for the second seed.</param>
    public double[] OptimalPoint(bool second = false)
    {
        double[] x = Uniform(dimension, seed + (second ? SecondSeed : 0));
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = (8 * Math.Floor(1e4 * x[i]) / 1e4) - 4;
            if (x[i] == 0)
                x[i] = -1e-5;
        }

        return x;
    }

    /// <summary>A random rotation, n x n, row-major: Gram and Schmidt's method on normal numbers.</summary>
    /// <param name="second">True for R (the second seed), false for Q.</param>
    public double[] Rotation(bool second)
    {
        double[] b = Normal(dimension * dimension, seed + (second ? SecondSeed : 0));
        for (int i = 0; i < dimension; i++)
        {
            Span<double> row = b.AsSpan(i * dimension, dimension);
            for (int j = 0; j < i; j++)
            {
                ReadOnlySpan<double> other = b.AsSpan(j * dimension, dimension);
                double product = 0;
                for (int k = 0; k < dimension; k++)
                    product += row[k] * other[k];
                for (int k = 0; k < dimension; k++)
                    row[k] -= product * other[k];
            }

            double square = 0;
            foreach (double v in row)
                square += v * v;
            foreach (ref double v in row)
                v /= Math.Sqrt(square);
        }

        return b;
    }

    /// <summary>The matrix Q Lambda^alpha R, n x n, row-major.</summary>
    /// <param name="alpha">The condition number of Lambda's square.</param>
    public double[] Mixing(double alpha)
    {
        double[] q = Rotation(second: false), r = Rotation(second: true), scales = Scales(Math.Sqrt(alpha)), product = new double[dimension * dimension];
        for (int i = 0; i < dimension; i++)
        {
            for (int k = 0; k < dimension; k++)
            {
                double factor = q[(i * dimension) + k] * scales[k];
                for (int j = 0; j < dimension; j++)
                    product[(i * dimension) + j] += factor * r[(k * dimension) + j];
            }
        }

        return product;
    }

    /// <summary>The matrix Q Lambda^alpha, n x n, row-major.</summary>
    /// <param name="alpha">The condition number of Lambda's square.</param>
    public double[] ScaledRotation(double alpha)
    {
        double[] q = Rotation(second: false), scales = Scales(Math.Sqrt(alpha));
        for (int i = 0; i < q.Length; i++)
            q[i] *= scales[i % dimension];
        return q;
    }

    /// <summary>The numbers b^(i/(n-1)), i = 0 to n - 1.</summary>
    /// <param name="b">The last of them.</param>
    public double[] Scales(double b)
    {
        double[] scales = new double[dimension];
        for (int i = 0; i < dimension; i++)
            scales[i] = Math.Pow(b, Fraction(i));
        return scales;
    }

    /// <summary>i/(n-1).</summary>
    public double Fraction(int i) => dimension > 1 ? i / (dimension - 1.0) : 0;

    /// <summary>Normal numbers of a seed, by Box and Muller's method.</summary>
    public static double[] Normal(int count, int seed)
    {
        double[] u = Uniform(2 * count, seed), normal = new double[count];
        for (int i = 0; i < count; i++)
        {
            normal[i] = Math.Sqrt(-2 * Math.Log(u[i])) * Math.Cos(2 * Math.PI * u[count + i]);
            if (normal[i] == 0)
                normal[i] = 1e-99;
        }

        return normal;
    }

    /// <summary>Uniform numbers of a seed: the generator of Park and Miller with Bays and Durham's shuffle.</summary>
    public static double[] Uniform(int count, int seed)
    {
        const int Table = 32, WarmUp = 40, Divisor = 67108865;
        const double Period = 2147483647;
        Span<long> shuffle = stackalloc long[Table];
        long state = Math.Max(1, Math.Abs((long)seed));
        for (int i = WarmUp - 1; i >= 0; i--)
        {
            state = Next(state);
            if (i < Table)
                shuffle[i] = state;
        }

        long drawn = shuffle[0];
        double[] uniform = new double[count];
        for (int i = 0; i < count; i++)
        {
            state = Next(state);
            int place = (int)(drawn / Divisor);
            drawn = shuffle[place];
            shuffle[place] = state;
            uniform[i] = drawn == 0 ? 1e-99 : drawn / Period;
        }

        return uniform;

        static long Next(long state)
        {
            long quotient = state / 127773;
            long next = (16807 * (state - (quotient * 127773))) - (2836 * quotient);
            return next < 0 ? next + 2147483647 : next;
        }
    }
}
