using System.Globalization;
using System.Net;
using System.Text;

namespace OptiCore.Reporting;

/// <summary>A self-contained HTML page of headings, paragraphs, tables and charts: no script, nothing loaded from elsewhere.</summary>
/// <param name="title">The title of the page.</param>
public sealed class HtmlReport(string title)
{
    private const string Style = """
        :root{color-scheme:light dark;--line:#8884}
        body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
        h1{font-size:1.9rem}h2{margin-top:2.5rem;border-bottom:1px solid var(--line);padding-bottom:.2rem}
        .table{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}
        th,td{padding:.25rem .7rem;text-align:left;border-bottom:1px solid var(--line)}
        td.n{text-align:right;font-variant-numeric:tabular-nums}
        .chart{width:100%;height:auto;margin:1rem 0}
        """;

    private readonly StringBuilder _body = new();

    /// <summary>Adds a heading.</summary>
    /// <param name="text">Plain text.</param>
    public HtmlReport Heading(string text) => Append("h2", text);

    /// <summary>Adds a paragraph.</summary>
    /// <param name="text">Plain text.</param>
    public HtmlReport Paragraph(string text) => Append("p", text);

    /// <summary>Adds a table.</summary>
    /// <param name="table">The table.</param>
    public HtmlReport Table(ReportTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        table.WriteHtml(_body);
        return this;
    }

    /// <summary>Adds a chart.</summary>
    /// <param name="chart">The chart.</param>
    public HtmlReport Chart(Chart chart)
    {
        ArgumentNullException.ThrowIfNull(chart);
        _body.Append(chart.ToSvg());
        return this;
    }

    /// <summary>Writes the page.</summary>
    /// <param name="writer">Receives the text.</param>
    public void Write(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        string encoded = WebUtility.HtmlEncode(title);
        writer.Write(string.Create(CultureInfo.InvariantCulture, $"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{encoded}</title>\n<style>\n{Style}\n</style></head>\n<body><h1>{encoded}</h1>\n"));
        writer.Write(_body);
        writer.Write("</body></html>\n");
    }

    /// <summary>Writes the page to a file, in UTF-8; an existing one is replaced.</summary>
    /// <param name="path">The file.</param>
    public void Save(string path)
    {
        using var writer = new StreamWriter(path);
        Write(writer);
    }

    private HtmlReport Append(string element, string text)
    {
        _body.Append(CultureInfo.InvariantCulture, $"<{element}>{WebUtility.HtmlEncode(text)}</{element}>\n");
        return this;
    }
}
