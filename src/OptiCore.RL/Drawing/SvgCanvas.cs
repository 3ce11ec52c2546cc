using System.Globalization;
using System.Net;
using System.Text;

namespace OptiCore.RL.Drawing;

/// <summary>Collects the shapes of one frame as SVG. Coordinates are those of the scene, y downwards; numbers are written with two decimals.</summary>
public sealed class SvgCanvas
{
    private readonly StringBuilder _text;

    internal SvgCanvas(StringBuilder text) => _text = text;

    /// <summary>A straight line with round ends.</summary>
    /// <param name="x1">Where it begins.</param>
    /// <param name="y1">Where it begins.</param>
    /// <param name="x2">Where it ends.</param>
    /// <param name="y2">Where it ends.</param>
    /// <param name="colour">A colour of CSS.</param>
    /// <param name="width">Its width.</param>
    public void Line(double x1, double y1, double x2, double y2, string colour, double width) => _text.Append(
        CultureInfo.InvariantCulture,
        $"<line x1=\"{x1:0.##}\" y1=\"{y1:0.##}\" x2=\"{x2:0.##}\" y2=\"{y2:0.##}\" stroke=\"{Encode(colour)}\" stroke-width=\"{width:0.##}\" stroke-linecap=\"round\"/>");

    /// <summary>A filled circle.</summary>
    /// <param name="x">Its centre.</param>
    /// <param name="y">Its centre.</param>
    /// <param name="radius">Its radius.</param>
    /// <param name="colour">A colour of CSS.</param>
    public void Circle(double x, double y, double radius, string colour) =>
        _text.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{x:0.##}\" cy=\"{y:0.##}\" r=\"{radius:0.##}\" fill=\"{Encode(colour)}\"/>");

    /// <summary>A filled rectangle, turned about its centre.</summary>
    /// <param name="x">Its left side.</param>
    /// <param name="y">Its upper side.</param>
    /// <param name="width">Its width.</param>
    /// <param name="height">Its height.</param>
    /// <param name="colour">A colour of CSS.</param>
    /// <param name="degrees">The turn, clockwise.</param>
    public void Rectangle(double x, double y, double width, double height, string colour, double degrees = 0)
    {
        _text.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x:0.##}\" y=\"{y:0.##}\" width=\"{width:0.##}\" height=\"{height:0.##}\" fill=\"{Encode(colour)}\"");
        if (degrees != 0)
            _text.Append(CultureInfo.InvariantCulture, $" transform=\"rotate({degrees:0.##} {x + (width / 2):0.##} {y + (height / 2):0.##})\"");
        _text.Append("/>");
    }

    /// <summary>A line through points.</summary>
    /// <param name="points">x and y of each point in turn.</param>
    /// <param name="colour">A colour of CSS.</param>
    /// <param name="width">Its width.</param>
    public void Curve(ReadOnlySpan<double> points, string colour, double width)
    {
        _text.Append("<polyline points=\"");
        for (int k = 0; k + 1 < points.Length; k += 2)
            _text.Append(CultureInfo.InvariantCulture, $"{points[k]:0.##},{points[k + 1]:0.##} ");
        _text.Append(CultureInfo.InvariantCulture, $"\" fill=\"none\" stroke=\"{Encode(colour)}\" stroke-width=\"{width:0.##}\"/>");
    }

    /// <summary>Text centred at a point.</summary>
    /// <param name="x">Its middle.</param>
    /// <param name="y">Its middle.</param>
    /// <param name="size">The size of the letters.</param>
    /// <param name="text">Plain text.</param>
    /// <param name="colour">A colour of CSS.</param>
    public void Text(double x, double y, double size, string text, string colour) => _text.Append(
        CultureInfo.InvariantCulture,
        $"<text x=\"{x:0.##}\" y=\"{y + (0.35 * size):0.##}\" font-size=\"{size:0.##}\" font-family=\"system-ui,sans-serif\" text-anchor=\"middle\" fill=\"{Encode(colour)}\">{Encode(text)}</text>");

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
