namespace OptiCore.Interpolation;

/// <summary>Checks of the points that are interpolated.</summary>
internal static class Data
{
    public static ReadOnlySpan<double> Increasing(ReadOnlySpan<double> x, int least, string name)
    {
        if (x.Length < least)
            throw new ArgumentException($"{name} has {x.Length} elements, expected at least {least}.", name);
        Require.AllFinite(x, name);
        for (int i = 1; i < x.Length; i++)
        {
            if (!(x[i] > x[i - 1]))
                throw new ArgumentException($"{name}[{i}] = {x[i]:r} isn't above {name}[{i - 1}] = {x[i - 1]:r}; points must strictly increase.", name);
        }

        return x;
    }

    public static void Check(ReadOnlySpan<double> x, ReadOnlySpan<double> y, int least)
    {
        Increasing(x, least, "x");
        Require.Length(y.Length, x.Length, "y");
        Require.AllFinite(y, "y");
    }
}
