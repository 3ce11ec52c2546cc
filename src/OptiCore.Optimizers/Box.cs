namespace OptiCore.Optimizers;

/// <summary>The bounds of n variables as arrays, infinite where there are none, and the variables that they leave free.</summary>
internal sealed class Box
{
    public Box(Bounds? bounds, int n)
    {
        Lower = new double[n];
        Upper = new double[n];
        Lower.AsSpan().Fill(double.NegativeInfinity);
        Upper.AsSpan().Fill(double.PositiveInfinity);
        bounds?.CopyTo<double>(Lower, Upper);
        int count = 0;
        for (int i = 0; i < n; i++)
            count += Lower[i] < Upper[i] ? 1 : 0;
        Free = new int[count];
        count = 0;
        for (int i = 0; i < n; i++)
        {
            if (Lower[i] < Upper[i])
                Free[count++] = i;
        }
    }

    public double[] Lower { get; }

    public double[] Upper { get; }

    /// <summary>The numbers of the variables whose bounds differ.</summary>
    public int[] Free { get; }

    /// <summary>Refuses bounds with an infinite side: for methods that search all of a box.</summary>
    public static Bounds RequireFinite(Bounds? bounds, string method)
    {
        if (bounds is null || !bounds.AreFinite)
            throw new ArgumentException($"{method} searches the whole of a box: every bound must be given and finite.", nameof(bounds));
        return bounds;
    }

    /// <summary>The bounds of a method that searches all of a box.</summary>
    public static Box Finite(Bounds? bounds, int n, string method) => new(RequireFinite(bounds, method), n);

    public double Width(int i) => Upper[i] - Lower[i];

    public double Clamp(double value, int i) => Math.Min(Math.Max(value, Lower[i]), Upper[i]);

    public void Clamp(Span<double> x)
    {
        for (int i = 0; i < x.Length; i++)
            x[i] = Clamp(x[i], i);
    }
}
