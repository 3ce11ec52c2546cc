using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace OptiCore.Reporting;

/// <summary>
/// Rows of text and numbers under named columns: what a run log or a result is written as. Numbers are kept as they are and only
/// rounded where a person reads them.
/// </summary>
public sealed class ReportTable
{
    private readonly string[] _columns;
    private readonly List<object?[]> _rows = [];

    /// <summary>A table without rows.</summary>
    /// <param name="columns">The names of the columns, at least one.</param>
    public ReportTable(params ReadOnlySpan<string> columns)
    {
        if (columns.IsEmpty)
            throw new ArgumentException("A table needs at least one column.", nameof(columns));
        _columns = columns.ToArray();
    }

    /// <summary>The names of the columns.</summary>
    public IReadOnlyList<string> Columns => _columns;

    /// <summary>The rows; a cell is null, a string, a boolean, an integer or a floating-point number.</summary>
    public IReadOnlyList<IReadOnlyList<object?>> Rows => _rows;

    /// <summary>Adds a row.</summary>
    /// <param name="cells">One cell for each column.</param>
    /// <exception cref="ArgumentException">The number of cells is not the number of columns.</exception>
    public void Add(params ReadOnlySpan<object?> cells)
    {
        Require.Length(cells.Length, _columns.Length, nameof(cells));
        _rows.Add(cells.ToArray());
    }

    /// <summary>Writes comma-separated values (RFC 4180) with a header line; numbers round-trip.</summary>
    /// <param name="writer">Receives the text.</param>
    public void WriteCsv(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        WriteLine(writer, _columns);
        foreach (object?[] row in _rows)
            WriteLine(writer, row);

        static void WriteLine(TextWriter writer, object?[] cells)
        {
            for (int i = 0; i < cells.Length; i++)
            {
                if (i > 0)
                    writer.Write(',');
                string text = Exact(cells[i]);
                writer.Write(text.AsSpan().ContainsAny(",\"\r\n") ? "\"" + text.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"" : text);
            }

            writer.Write('\n');
        }
    }

    /// <summary>Writes JSON Lines: one object a row. NaN and the infinities, which JSON lacks, are strings.</summary>
    /// <param name="stream">Receives UTF-8; stays open.</param>
    public void WriteJsonLines(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        foreach (object?[] row in _rows)
        {
            using (var json = new Utf8JsonWriter(stream))
            {
                json.WriteStartObject();
                for (int i = 0; i < row.Length; i++)
                    WriteCell(json, _columns[i], row[i]);
                json.WriteEndObject();
            }

            stream.WriteByte((byte)'\n');
        }

        static void WriteCell(Utf8JsonWriter json, string name, object? cell)
        {
            switch (cell)
            {
                case null:
                    json.WriteNull(name);
                    break;
                case bool flag:
                    json.WriteBoolean(name, flag);
                    break;
                case double number when double.IsFinite(number):
                    json.WriteNumber(name, number);
                    break;
                case float number when float.IsFinite(number):
                    json.WriteNumber(name, number);
                    break;
                case int number:
                    json.WriteNumber(name, number);
                    break;
                case long number:
                    json.WriteNumber(name, number);
                    break;
                default:
                    json.WriteString(name, Exact(cell));
                    break;
            }
        }
    }

    /// <summary>The cell as a person reads it: floating-point numbers with up to six significant digits.</summary>
    /// <param name="cell">A cell.</param>
    public static string Display(object? cell) => cell switch
    {
        double number => number.ToString("g6", CultureInfo.InvariantCulture),
        float number => number.ToString("g6", CultureInfo.InvariantCulture),
        _ => Exact(cell),
    };

    internal void WriteHtml(StringBuilder html)
    {
        html.Append("<div class=\"table\"><table><thead><tr>");
        foreach (string column in _columns)
            html.Append("<th>").Append(WebUtility.HtmlEncode(column)).Append("</th>");
        html.Append("</tr></thead><tbody>\n");
        foreach (object?[] row in _rows)
        {
            html.Append("<tr>");
            foreach (object? cell in row)
                html.Append(cell is string ? "<td>" : "<td class=\"n\">").Append(WebUtility.HtmlEncode(Display(cell))).Append("</td>");
            html.Append("</tr>\n");
        }

        html.Append("</tbody></table></div>\n");
    }

    private static string Exact(object? cell) => cell switch
    {
        null => "",
        string text => text,
        IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
        _ => cell.ToString() ?? "",
    };
}
