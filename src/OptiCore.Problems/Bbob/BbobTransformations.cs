namespace OptiCore.Problems;

/// <summary>The transformations that the functions share, by the names of their definition.</summary>
internal static class BbobTransformations
{
    /// <summary>T_osz of one number: smooth, monotone, with ripples of its own on either side of 0.</summary>
    public static double Oscillate(double x)
    {
        if (x == 0)
            return 0;
        double h = 10 * Math.Log(Math.Abs(x));
        double ripple = x > 0 ? Math.Sin(h) + Math.Sin(0.79 * h) : Math.Sin(0.55 * h) + Math.Sin(0.31 * h);
        return Math.CopySign(Math.Exp((h + (0.49 * ripple)) / 10), x);
    }

    /// <summary>T_osz of each element.</summary>
    public static void Oscillate(Span<double> x)
    {
        foreach (ref double v in x)
            v = Oscillate(v);
    }

    /// <summary>T_asy^beta: powers of the positive elements.</summary>
    public static void Asymmetrize(Span<double> x, double beta)
    {
        for (int i = 1; i < x.Length; i++)
        {
            if (x[i] > 0)
                x[i] = Math.Pow(x[i], 1 + (beta * i / (x.Length - 1.0) * Math.Sqrt(x[i])));
        }
    }

    /// <summary>y = x - shift.</summary>
    public static void Shift(ReadOnlySpan<double> x, ReadOnlySpan<double> shift, Span<double> y)
    {
        for (int i = 0; i < x.Length; i++)
            y[i] = x[i] - shift[i];
    }

    /// <summary>y = M' x for a row-major n x n matrix M.</summary>
    public static void Rotate(ReadOnlySpan<double> matrix, ReadOnlySpan<double> x, Span<double> y)
    {
        y.Clear();
        for (int i = 0; i < x.Length; i++)
        {
            ReadOnlySpan<double> row = matrix.Slice(i * x.Length, x.Length);
            for (int j = 0; j < y.Length; j++)
                y[j] += x[i] * row[j];
        }
    }

    /// <summary>f_pen: the squared distance from the box [-limit, limit]^n.</summary>
    public static double Penalty(ReadOnlySpan<double> x, double limit = 5)
    {
        double sum = 0;
        foreach (double v in x)
        {
            double outside = Math.Max(0, Math.Abs(v) - limit);
            sum += outside * outside;
        }

        return sum;
    }

    /// <summary>Sum of squares.</summary>
    public static double Square(ReadOnlySpan<double> x)
    {
        double sum = 0;
        foreach (double v in x)
            sum += v * v;
        return sum;
    }

    /// <summary>Sum of weighted squares.</summary>
    public static double Square(ReadOnlySpan<double> x, ReadOnlySpan<double> weights)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
            sum += weights[i] * x[i] * x[i];
        return sum;
    }

    /// <summary>10 (n - sum cos 2 pi x) + |x|^2.</summary>
    public static double Rastrigin(ReadOnlySpan<double> x) => Ripple(x) + Square(x);

    /// <summary>10 (n - sum cos 2 pi x).</summary>
    public static double Ripple(ReadOnlySpan<double> x)
    {
        double sum = x.Length;
        foreach (double v in x)
            sum -= Math.Cos(2 * Math.PI * v);
        return 10 * sum;
    }

    /// <summary>Rosenbrock's chain.</summary>
    public static double Rosenbrock(ReadOnlySpan<double> x)
    {
        double sum = 0;
        for (int i = 0; i + 1 < x.Length; i++)
        {
            double valley = (x[i] * x[i]) - x[i + 1], away = x[i] - 1;
            sum += (100 * valley * valley) + (away * away);
        }

        return sum;
    }
}
