using System.Globalization;
using System.Net;
using System.Text;

namespace OptiCore.Reporting;

/// <summary>
/// A chart of lines, points, bands and bars over two numeric axes, drawn as SVG. Colours are those of Okabe and Ito (2008), which people with colour
/// vision deficiency can tell apart. Points that aren't finite (or not positive on a logarithmic axis) leave a gap.
/// </summary>
public sealed class Chart
{
    private const double Width = 720, Left = 72, Right = 20, FirstRow = 34, RowHeight = 16, Bottom = 52;

    private static readonly string[] Palette = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D1F", "#777777"];

    private readonly List<Series> _series = [];

    // Where the axes begin: below as many rows as the legend takes.
    private double _top = FirstRow;

    /// <summary>The heading.</summary>
    public string Title { get; init; } = "";

    /// <summary>What the horizontal axis shows.</summary>
    public string XLabel { get; init; } = "";

    /// <summary>What the vertical axis shows.</summary>
    public string YLabel { get; init; } = "";

    /// <summary>Whether the horizontal axis is logarithmic.</summary>
    public bool LogX { get; init; }

    /// <summary>Whether the vertical axis is logarithmic.</summary>
    public bool LogY { get; init; }

    /// <summary>The height of the chart, its width being 720; above 200. Default: 380.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The height isn't above 200, or not finite.</exception>
    public double Height
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, 200);
            field = Require.Finite(value);
        }
    } = 380;

    private enum Kind
    {
        Line,
        Points,
        Band,
        Bars,
        Reference,
    }

    /// <summary>Adds a line through points in their order.</summary>
    /// <param name="name">The name in the legend; empty for none.</param>
    /// <param name="x">Abscissas.</param>
    /// <param name="y">Ordinates, as many.</param>
    public Chart Line(string name, ReadOnlySpan<double> x, ReadOnlySpan<double> y) => Add(Kind.Line, name, x, y, y);

    /// <summary>Adds points.</summary>
    /// <param name="name">The name in the legend; empty for none.</param>
    /// <param name="x">Abscissas.</param>
    /// <param name="y">Ordinates, as many.</param>
    public Chart Points(string name, ReadOnlySpan<double> x, ReadOnlySpan<double> y) => Add(Kind.Points, name, x, y, y);

    /// <summary>Adds the area between two curves, in the colour of the series that is added next.</summary>
    /// <param name="x">Abscissas.</param>
    /// <param name="low">Lower ordinates, as many.</param>
    /// <param name="high">Upper ordinates, as many.</param>
    public Chart Band(ReadOnlySpan<double> x, ReadOnlySpan<double> low, ReadOnlySpan<double> high) => Add(Kind.Band, "", x, low, high);

    /// <summary>Adds bars from 0, centred on their abscissas.</summary>
    /// <param name="name">The name in the legend; empty for none.</param>
    /// <param name="x">Equidistant abscissas.</param>
    /// <param name="y">Heights, as many.</param>
    public Chart Bars(string name, ReadOnlySpan<double> x, ReadOnlySpan<double> y) => Add(Kind.Bars, name, x, y, y);

    /// <summary>Adds a dashed horizontal line over the whole width.</summary>
    /// <param name="name">The name in the legend; empty for none.</param>
    /// <param name="y">The ordinate.</param>
    public Chart Horizontal(string name, double y) => Add(Kind.Reference, name, [double.NaN], [y], [y]);

    /// <summary>The chart as an SVG element.</summary>
    public string ToSvg()
    {
        Axis x = Axis.Of(_series, s => s.X, null, LogX, padding: 0.01);
        Axis y = Axis.Of(_series, s => s.Low, s => s.High, LogY, padding: 0.05);
        if (!LogY)
        {
            foreach (Series series in _series)
            {
                if (series.Kind == Kind.Bars)
                    y = y with { Low = Math.Min(y.Low, 0), High = Math.Max(y.High, 0) };
            }
        }

        var svg = new StringBuilder(4096);
        var legend = new StringBuilder();
        _top = DrawLegend(legend) + 9;
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" class=\"chart\" role=\"img\" aria-label=\"{Encode(Title)}\" font-family=\"system-ui,sans-serif\" font-size=\"12\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"18\" font-size=\"14\" font-weight=\"600\" fill=\"currentColor\">{Encode(Title)}</text>\n");
        DrawAxes(svg, x, y);
        svg.Append(CultureInfo.InvariantCulture, $"<clipPath id=\"c{Fingerprint()}\"><rect x=\"{Left}\" y=\"{_top}\" width=\"{Width - Left - Right}\" height=\"{Height - _top - Bottom}\"/></clipPath><g clip-path=\"url(#c{Fingerprint()})\">\n");
        int colour = 0;
        foreach (Series series in _series)
        {
            Draw(svg, series, x, y, Palette[colour % Palette.Length]);
            if (series.Kind != Kind.Band)
                colour++;
        }

        svg.Append("</g>\n");
        return svg.Append(legend).Append("</svg>\n").ToString();
    }

    private Chart Add(Kind kind, string name, ReadOnlySpan<double> x, ReadOnlySpan<double> low, ReadOnlySpan<double> high)
    {
        Require.Length(low.Length, x.Length, "y");
        Require.Length(high.Length, x.Length, "y");
        _series.Add(new Series(kind, name, x.ToArray(), low.ToArray(), high.ToArray()));
        return this;
    }

    private void DrawAxes(StringBuilder svg, Axis x, Axis y)
    {
        foreach (double tick in x.Ticks())
        {
            double at = Horizontal(x, tick);
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{at:f1}\" y1=\"{_top}\" x2=\"{at:f1}\" y2=\"{Height - Bottom}\" stroke=\"currentColor\" opacity=\".12\"/><text x=\"{at:f1}\" y=\"{Height - Bottom + 16}\" text-anchor=\"middle\" fill=\"currentColor\" opacity=\".75\">{Label(tick)}</text>\n");
        }

        foreach (double tick in y.Ticks())
        {
            double at = Vertical(y, tick);
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" y1=\"{at:f1}\" x2=\"{Width - Right}\" y2=\"{at:f1}\" stroke=\"currentColor\" opacity=\".12\"/><text x=\"{Left - 6}\" y=\"{at + 4:f1}\" text-anchor=\"end\" fill=\"currentColor\" opacity=\".75\">{Label(tick)}</text>\n");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 12}\" text-anchor=\"middle\" fill=\"currentColor\">{Encode(XLabel)}</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text transform=\"translate(16 {(_top + Height - Bottom) / 2}) rotate(-90)\" text-anchor=\"middle\" fill=\"currentColor\">{Encode(YLabel)}</text>\n");
    }

    private void Draw(StringBuilder svg, Series series, Axis x, Axis y, string colour)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        switch (series.Kind)
        {
            case Kind.Line:
                svg.Append(c, $"<path d=\"{Path(series.X, series.Low, x, y)}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-linejoin=\"round\"/>\n");
                break;
            case Kind.Band:
                svg.Append(c, $"<polygon points=\"");
                for (int i = 0; i < series.X.Length; i++)
                    AppendPoint(series.X[i], series.High[i]);
                for (int i = series.X.Length - 1; i >= 0; i--)
                    AppendPoint(series.X[i], series.Low[i]);
                svg.Append(c, $"\" fill=\"{colour}\" opacity=\".2\"/>\n");
                break;
            case Kind.Points:
                for (int i = 0; i < series.X.Length; i++)
                {
                    if (x.Shows(series.X[i]) && y.Shows(series.Low[i]))
                        svg.Append(c, $"<circle cx=\"{Horizontal(x, series.X[i]):f1}\" cy=\"{Vertical(y, series.Low[i]):f1}\" r=\"3\" fill=\"{colour}\" opacity=\".8\"/>\n");
                }

                break;
            case Kind.Bars:
                double width = series.X.Length > 1 ? 0.9 * Math.Abs(Horizontal(x, series.X[1]) - Horizontal(x, series.X[0])) : 20;
                double zero = Vertical(y, LogY ? y.Low : 0);
                for (int i = 0; i < series.X.Length; i++)
                {
                    double top = Vertical(y, series.Low[i]);
                    svg.Append(c, $"<rect x=\"{Horizontal(x, series.X[i]) - (width / 2):f1}\" y=\"{Math.Min(top, zero):f1}\" width=\"{width:f1}\" height=\"{Math.Abs(zero - top):f1}\" fill=\"{colour}\" opacity=\".6\"/>\n");
                }

                break;
            case Kind.Reference:
                double at = Vertical(y, series.Low[0]);
                svg.Append(c, $"<line x1=\"{Left}\" y1=\"{at:f1}\" x2=\"{Width - Right}\" y2=\"{at:f1}\" stroke=\"{colour}\" stroke-width=\"1.5\" stroke-dasharray=\"6 4\"/>\n");
                break;
            default:
                throw new InvalidOperationException($"There is no drawing for {series.Kind}.");
        }

        void AppendPoint(double px, double py)
        {
            if (x.Shows(px) && y.Shows(py))
                svg.Append(c, $"{Horizontal(x, px):f1},{Vertical(y, py):f1} ");
        }
    }

    private string Path(double[] xs, double[] ys, Axis x, Axis y)
    {
        var path = new StringBuilder();
        bool drawing = false;
        string last = "";
        for (int i = 0; i < xs.Length; i++)
        {
            if (!x.Shows(xs[i]) || !y.Shows(ys[i]))
            {
                drawing = false;
                continue;
            }

            // A long curve is drawn by the points that can be told apart.
            string at = string.Create(CultureInfo.InvariantCulture, $"{Horizontal(x, xs[i]):f1} {Vertical(y, ys[i]):f1}");
            if (drawing && at == last)
                continue;
            path.Append(drawing ? 'L' : 'M').Append(at);
            last = at;
            drawing = true;
        }

        return path.ToString();
    }

    /// <summary>Draws the names from left to right, in a new row where one doesn't fit.</summary>
    /// <returns>The baseline of the last row.</returns>
    private double DrawLegend(StringBuilder svg)
    {
        double at = Left, row = FirstRow;
        int colour = 0;
        foreach (Series series in _series)
        {
            if (series.Kind == Kind.Band)
                continue;
            string paint = Palette[colour++ % Palette.Length];
            if (series.Name.Length == 0)
                continue;
            double width = 34 + (6.6 * series.Name.Length);
            if (at > Left && at + width > Width)
            {
                at = Left;
                row += RowHeight;
            }

            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{at:f1}\" y=\"{row - 6}\" width=\"12\" height=\"4\" fill=\"{paint}\"/><text x=\"{at + 16:f1}\" y=\"{row}\" fill=\"currentColor\">{Encode(series.Name)}</text>\n");
            at += width;
        }

        return row;
    }

    private static double Horizontal(Axis axis, double value) => Left + (axis.Fraction(value) * (Width - Left - Right));

    private double Vertical(Axis axis, double value) => Height - Bottom - (axis.Fraction(value) * (Height - _top - Bottom));

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    private static string Label(double tick) =>
        tick == 0 ? "0"
        : Math.Abs(tick) is >= 1e5 or < 1e-3 ? tick.ToString("0.#e0", CultureInfo.InvariantCulture)
        : tick.ToString("0.#####", CultureInfo.InvariantCulture);

    /// <summary>Clip paths of several charts share one page and need different names; the same chart always gets the same.</summary>
    private uint Fingerprint()
    {
        uint hash = 2166136261;
        foreach (char c in Title + XLabel + YLabel)
            hash = (hash ^ c) * 16777619;
        foreach (Series series in _series)
            hash = (hash ^ (uint)series.X.Length) * 16777619;
        return hash;
    }

    private sealed record Series(Kind Kind, string Name, double[] X, double[] Low, double[] High);

    private readonly record struct Axis(double Low, double High, bool Logarithmic)
    {
        public static Axis Of(List<Series> all, Func<Series, double[]> first, Func<Series, double[]>? second, bool logarithmic, double padding)
        {
            double low = double.PositiveInfinity, high = double.NegativeInfinity;
            foreach (Series series in all)
            {
                Extend(first(series));
                if (second is not null)
                    Extend(second(series));
            }

            if (low > high)
                return new Axis(logarithmic ? 1 : 0, logarithmic ? 10 : 1, logarithmic);
            if (logarithmic)
            {
                double ratio = Math.Pow(Math.Max(high / low, 1.1), padding);
                return new Axis(low / ratio, high * ratio, true);
            }

            double margin = high > low ? padding * (high - low) : Math.Max(0.5, Math.Abs(low) * 0.05);
            return new Axis(low - margin, high + margin, false);

            void Extend(double[] values)
            {
                foreach (double value in values)
                {
                    if (double.IsFinite(value) && (!logarithmic || value > 0))
                    {
                        low = Math.Min(low, value);
                        high = Math.Max(high, value);
                    }
                }
            }
        }

        public bool Shows(double value) => double.IsFinite(value) && (!Logarithmic || value > 0);

        public double Fraction(double value) => Logarithmic
            ? Math.Log(Math.Max(value, double.Epsilon) / Low) / Math.Log(High / Low)
            : (value - Low) / (High - Low);

        /// <summary>Round values: decades on a logarithmic axis, else multiples of 1, 2 or 5 times a power of ten.</summary>
        public List<double> Ticks()
        {
            var ticks = new List<double>();
            if (Logarithmic)
            {
                int first = (int)Math.Ceiling(Math.Log10(Low) - 1e-9), last = (int)Math.Floor(Math.Log10(High) + 1e-9);
                int stride = Math.Max(1, (last - first + 7) / 8);
                for (int decade = first; decade <= last; decade += stride)
                    ticks.Add(Math.Pow(10, decade));
                if (ticks.Count < 2)
                {
                    foreach (double factor in (ReadOnlySpan<double>)[1, 2, 5])
                    {
                        for (int decade = first - 1; decade <= last + 1; decade++)
                        {
                            double tick = factor * Math.Pow(10, decade);
                            if (tick >= Low && tick <= High && !ticks.Contains(tick))
                                ticks.Add(tick);
                        }
                    }
                }

                return ticks;
            }

            double rough = (High - Low) / 6;
            double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
            double step = power * (rough / power) switch
            {
                <= 1 => 1,
                <= 2 => 2,
                <= 5 => 5,
                _ => 10,
            };
            for (double k = Math.Ceiling(Low / step); k * step <= High; k++)
                ticks.Add(k * step);
            return ticks;
        }
    }
}
