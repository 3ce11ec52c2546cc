using System.Globalization;
using System.Numerics;
using System.Text;

namespace OptiCore.Reporting;

/// <summary>
/// A result as a person reads it: a heading, then named quantities one below the other. The same text in every culture.
/// </summary>
/// <remarks>Numbers are rounded for reading; the exact ones are in the result.</remarks>
public sealed class ResultSummary
{
    // A point of more elements is abridged to its first ones and the last.
    private const int MostNumbers = 8;

    private readonly List<KeyValuePair<string, string>> _rows = [];

    /// <summary>A summary without rows.</summary>
    /// <param name="heading">What it is about, one or more lines.</param>
    public ResultSummary(string heading)
    {
        ArgumentNullException.ThrowIfNull(heading);
        Heading = heading;
    }

    /// <summary>What it is about.</summary>
    public string Heading { get; }

    /// <summary>The quantities and what is said of them, in their order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Rows => _rows;

    /// <summary>Adds a quantity.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="text">What is said of it.</param>
    /// <returns>This summary.</returns>
    public ResultSummary Add(string name, string text)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(text);
        _rows.Add(new(name, text));
        return this;
    }

    /// <summary>Adds a quantity that is a number, with up to ten significant digits.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    /// <returns>This summary.</returns>
    public ResultSummary Add(string name, double value) => Add(name, value.ToString("g10", CultureInfo.InvariantCulture));

    /// <summary>Adds a quantity that is a vector; of a long one the first elements and the last.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="name">Its name.</param>
    /// <param name="values">Its elements.</param>
    /// <returns>This summary.</returns>
    public ResultSummary Add<T>(string name, ReadOnlySpan<T> values) where T : unmanaged, INumber<T> => Add(name, Text(values));

    /// <summary>Adds a quantity that is a time.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="time">The time.</param>
    /// <returns>This summary.</returns>
    public ResultSummary Add(string name, TimeSpan time)
    {
        double seconds = time.TotalSeconds;
        CultureInfo c = CultureInfo.InvariantCulture;
        return Add(name, seconds switch
        {
            < 1e-3 => string.Create(c, $"{1e6 * seconds:f0} us"),
            < 1 => string.Create(c, $"{1e3 * seconds:g3} ms"),
            < 120 => string.Create(c, $"{seconds:g3} s"),
            _ => time.ToString("c", c),
        });
    }

    /// <summary>Heading and rows, the values aligned.</summary>
    public override string ToString()
    {
        int width = 0;
        foreach ((string name, _) in _rows)
            width = Math.Max(width, name.Length);
        var text = new StringBuilder(Heading);
        foreach ((string name, string value) in _rows)
            text.Append("\n  ").Append(name.PadRight(width)).Append("  ").Append(value);
        return text.Append('\n').ToString();
    }

    private static string Text<T>(ReadOnlySpan<T> values) where T : unmanaged, INumber<T>
    {
        var text = new StringBuilder("[");
        bool isLong = values.Length > MostNumbers;
        int shown = isLong ? MostNumbers - 2 : values.Length;
        for (int i = 0; i < shown; i++)
            text.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ", ")}{values[i]:g6}");
        if (isLong)
            text.Append(CultureInfo.InvariantCulture, $", ..., {values[^1]:g6}");
        text.Append(']');
        return isLong ? text.Append(CultureInfo.InvariantCulture, $" ({values.Length} elements)").ToString() : text.ToString();
    }
}
