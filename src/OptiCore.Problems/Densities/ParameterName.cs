using System.Globalization;

namespace OptiCore.Problems;

/// <summary>Names of parameters in Stan's spelling, with indices from 1.</summary>
internal static class ParameterName
{
    /// <summary>The name of one element of a vector.</summary>
    public static string Element(string vector, int index) => string.Create(CultureInfo.InvariantCulture, $"{vector}[{index}]");

    /// <summary>The names of all elements of a vector.</summary>
    public static string[] Vector(string vector, int count)
    {
        string[] names = new string[count];
        for (int i = 0; i < count; i++)
            names[i] = Element(vector, i + 1);
        return names;
    }
}
