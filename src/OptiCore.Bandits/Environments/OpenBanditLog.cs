using System.Globalization;
using System.IO.Compression;

namespace OptiCore.Bandits;

/// <summary>
/// A log of an online experiment in the format of the Open Bandit Dataset: which item was shown at which position, with which probability,
/// and whether it was clicked.
/// </summary>
/// <remarks>
/// Y. Saito, S. Aihara, M. Matsutani, Y. Narita (2021), "Open Bandit Dataset and Pipeline: Towards Realistic and Reproducible Off-Policy
/// Evaluation". The columns item_id, position, click and propensity_score are found by their names in the first line; others are passed over.
/// Under a logging policy that picks uniformly, an item's click rate estimates the mean of its arm: <see cref="ToBandit"/>.
/// </remarks>
public sealed class OpenBanditLog
{
    private readonly int[] _items;
    private readonly int[] _positions;
    private readonly double[] _clicks;
    private readonly double[] _propensities;
    private readonly long[] _itemImpressions;
    private readonly long[] _itemClicks;

    private OpenBanditLog(List<Row> rows, int itemCount)
    {
        _items = new int[rows.Count];
        _positions = new int[rows.Count];
        _clicks = new double[rows.Count];
        _propensities = new double[rows.Count];
        _itemImpressions = new long[itemCount];
        _itemClicks = new long[itemCount];
        for (int i = 0; i < rows.Count; i++)
        {
            Row row = rows[i];
            _items[i] = row.Item;
            _positions[i] = row.Position;
            _clicks[i] = row.Click;
            _propensities[i] = row.Propensity;
            _itemImpressions[row.Item]++;
            _itemClicks[row.Item] += row.Click;
        }
    }

    /// <summary>The number of impressions.</summary>
    public int Count => _items.Length;

    /// <summary>The number of items: the largest item of the log plus 1.</summary>
    public int ItemCount => _itemImpressions.Length;

    /// <summary>The item of each impression, from 0.</summary>
    public ReadOnlySpan<int> Items => _items;

    /// <summary>The position of each impression, as logged (from 1).</summary>
    public ReadOnlySpan<int> Positions => _positions;

    /// <summary>1 for each impression that was clicked, else 0.</summary>
    public ReadOnlySpan<double> Clicks => _clicks;

    /// <summary>The probability with which the logging policy showed that item at that position.</summary>
    public ReadOnlySpan<double> Propensities => _propensities;

    /// <summary>The number of impressions of each item.</summary>
    public ReadOnlySpan<long> ItemImpressions => _itemImpressions;

    /// <summary>The number of clicks on each item.</summary>
    public ReadOnlySpan<long> ItemClicks => _itemClicks;

    /// <summary>Reads a gzip CSV file.</summary>
    /// <param name="gzip">The compressed file; stays open.</param>
    /// <exception cref="InvalidDataException">It isn't gzip, a column is missing, or a value is none; the message names the line.</exception>
    public static OpenBanditLog Read(Stream gzip)
    {
        ArgumentNullException.ThrowIfNull(gzip);
        using var decompressed = new GZipStream(gzip, CompressionMode.Decompress, leaveOpen: true);
        using var reader = new StreamReader(decompressed);
        return Read(reader);
    }

    /// <summary>Reads an uncompressed CSV file.</summary>
    /// <param name="csv">The text; stays open.</param>
    /// <exception cref="InvalidDataException">A column is missing or a value is none; the message names the line.</exception>
    public static OpenBanditLog Read(TextReader csv)
    {
        ArgumentNullException.ThrowIfNull(csv);
        var columns = new Columns(csv.ReadLine() ?? throw new InvalidDataException("The log is empty: it has no header line."));
        var rows = new List<Row>();
        int items = 0;
        for (int line = 2; csv.ReadLine() is { } text; line++)
        {
            if (text.Length == 0)
                continue;
            Row row = columns.Parse(text, line);
            items = Math.Max(items, row.Item + 1);
            rows.Add(row);
        }

        return new OpenBanditLog(rows, items);
    }

    /// <summary>A bandit whose arms are the items, each with the click rate that it has in this log.</summary>
    /// <exception cref="InvalidOperationException">An item has no impressions, so its rate is unknown.</exception>
    public BernoulliBandit ToBandit()
    {
        double[] rates = new double[ItemCount];
        for (int item = 0; item < rates.Length; item++)
        {
            if (_itemImpressions[item] == 0)
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"Item {item} has no impressions in this log: its click rate is unknown."));
            rates[item] = _itemClicks[item] / (double)_itemImpressions[item];
        }

        return new BernoulliBandit(rates);
    }

    private readonly record struct Row(int Item, int Position, int Click, double Propensity);

    /// <summary>Where the columns are, and how a line is read.</summary>
    private readonly struct Columns
    {
        private readonly int _item;
        private readonly int _position;
        private readonly int _click;
        private readonly int _propensity;

        public Columns(string header)
        {
            string[] names = header.Split(',');
            _item = Find(names, "item_id");
            _position = Find(names, "position");
            _click = Find(names, "click");
            _propensity = Find(names, "propensity_score");
        }

        public Row Parse(ReadOnlySpan<char> text, int line)
        {
            int item = -1, position = -1, click = -1;
            double propensity = double.NaN;
            int column = 0;
            foreach (Range range in text.Split(','))
            {
                ReadOnlySpan<char> value = text[range];
                if (column == _item)
                    item = Integer(value, "item_id", line, 0, 1_000_000);
                else if (column == _position)
                    position = Integer(value, "position", line, 0, int.MaxValue);
                else if (column == _click)
                    click = Integer(value, "click", line, 0, 1);
                else if (column == _propensity)
                    propensity = Probability(value, line);
                column++;
            }

            if (item < 0 || position < 0 || click < 0 || double.IsNaN(propensity))
                throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"Line {line} of the log has {column} columns, too few for those named in the header."));
            return new Row(item, position, click, propensity);
        }

        private static int Find(string[] names, string name)
        {
            int index = Array.IndexOf(names, name);
            return index >= 0 ? index : throw new InvalidDataException($"The log has no column '{name}'; its header is '{string.Join(',', names)}'.");
        }

        private static int Integer(ReadOnlySpan<char> value, string column, int line, int low, int high) =>
            int.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out int number) && number >= low && number <= high
                ? number
                : throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"Line {line} of the log has {column} '{value}', expected an integer of {low} to {high}."));

        private static double Probability(ReadOnlySpan<char> value, int line) =>
            double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number is > 0 and <= 1
                ? number
                : throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"Line {line} of the log has propensity_score '{value}', expected a probability in (0, 1]."));
    }
}
