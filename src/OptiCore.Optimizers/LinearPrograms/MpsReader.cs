using System.Globalization;
using OptiCore.LinearAlgebra;

namespace OptiCore.Optimizers;

/// <summary>
/// Reads linear and quadratic programs in MPS format, fixed or free.
/// </summary>
/// <remarks>
/// <para>A line is taken by its words where these fit (known names, numbers where numbers belong), else by the columns of the fixed format (2-3, 5-12, 15-22, 25-36, 40-47, 50-61), in which names may have spaces.</para>
/// <para>Sections: NAME, OBJSENSE (on its line or the next; MIN, MAX), OBJNAME, ROWS (N, E, L, G), COLUMNS (with INTORG and INTEND markers), RHS, RANGES, BOUNDS (LO, UP, FX, FR, MI, PL, BV, LI, UI), QUADOBJ and QSECTION (one
/// triangle of Q), QMATRIX (both), ENDATA. The first N row is the objective unless OBJNAME says otherwise, further ones are dropped. A right side r of the objective is the constant -r. Of several
/// right sides, ranges or bounds the first set counts.</para>
/// <para>Conventions where the format's history has several: a range R of a row with right side b is [b, b + |R|] for G, [b - |R|, b] for L, [b, b + R] or [b + R, b] by the sign of R for E. Variables are in [0, infinity),
/// integer ones too; an upper bound below 0 without a lower bound makes the lower one minus infinity; MI leaves the upper bound as it is. Bounds of magnitude 1e30 or more are infinite.</para>
/// </remarks>
public sealed class MpsReader
{
    private const double Infinite = 1e30;

    // Where the six fields of the fixed format begin and end.
    private static readonly (int Start, int End)[] Fields = [(1, 3), (4, 12), (14, 22), (24, 36), (39, 47), (49, 61)];

    private readonly TextReader _reader;
    private readonly Dictionary<string, int> _rowOf = [], _columnOf = [];
    private readonly HashSet<string> _dropped = [];
    private readonly List<string> _rowNames = [], _columnNames = [];
    private readonly List<char> _kinds = [];
    private readonly List<double> _right = [], _range = [], _cost = [], _lower = [], _upper = [];
    private readonly List<int> _i = [], _j = [], _integers = [], _quadraticI = [], _quadraticJ = [];
    private readonly List<double> _values = [], _quadratic = [];
    private readonly HashSet<long> _seen = [];
    private string _name = string.Empty, _section = string.Empty;
    private string? _objective, _rightSet, _rangeSet, _boundSet;
    private bool _maximize, _integer, _bothTriangles;
    private double _offset;
    private int _line;

    private MpsReader(TextReader reader) => _reader = reader;

    /// <summary>Reads a linear program.</summary>
    /// <param name="reader">The text.</param>
    /// <exception cref="FormatException">The text isn't in the format, or has quadratic terms; the message names the line.</exception>
    public static LinearProgram ReadLinear(TextReader reader)
    {
        var mps = new MpsReader(Require.NotNull(reader));
        mps.Read();
        return mps._quadratic.Count == 0 ? mps.Linear() : throw new FormatException($"The objective has {mps._quadratic.Count} quadratic terms: this is no linear program.");
    }

    /// <summary>Reads a quadratic program.</summary>
    /// <param name="reader">The text.</param>
    /// <exception cref="FormatException">The text isn't in the format; the message names the line.</exception>
    public static QuadraticProgram ReadQuadratic(TextReader reader)
    {
        var mps = new MpsReader(Require.NotNull(reader));
        mps.Read();
        return mps.Quadratic();
    }

    private LinearProgram Linear()
    {
        int m = _rowNames.Count, n = _columnNames.Count;
        if (n == 0)
            throw Error("there is no column");
        double[] low = new double[m], high = new double[m];
        for (int i = 0; i < m; i++)
        {
            double b = _right[i], r = _range[i];
            (low[i], high[i]) = _kinds[i] switch
            {
                'E' => double.IsNaN(r) ? (b, b) : r >= 0 ? (b, b + r) : (b + r, b),
                'G' => (b, double.IsNaN(r) ? double.PositiveInfinity : b + Math.Abs(r)),
                _ => (double.IsNaN(r) ? double.NegativeInfinity : b - Math.Abs(r), b),
            };
        }

        var lower = new double[n];
        for (int j = 0; j < n; j++)
        {
            // NaN: no line set it.
            lower[j] = !double.IsNaN(_lower[j]) ? _lower[j] : _upper[j] < 0 ? double.NegativeInfinity : 0;
            if (lower[j] > _upper[j])
                throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"Column {_columnNames[j]} has the empty interval [{lower[j]:r}, {_upper[j]:r}]."));
        }

        var matrix = CsrMatrix<double>.FromTriplets(m, n, [.. _i], [.. _j], [.. _values]);
        return new LinearProgram([.. _cost], matrix, m == 0 ? Bounds.All(0, 0) : new Bounds(low, high), new Bounds(lower, [.. _upper]))
        {
            Name = _name,
            Offset = _offset,
            Maximize = _maximize,
            RowNames = _rowNames,
            VariableNames = _columnNames,
            IntegerVariables = _integers,
        };
    }

    private QuadraticProgram Quadratic()
    {
        LinearProgram linear = Linear();
        int n = linear.VariableCount;
        List<int> i = [], j = [];
        List<double> values = [];
        for (int k = 0; k < _quadratic.Count; k++)
        {
            i.Add(_quadraticI[k]);
            j.Add(_quadraticJ[k]);
            values.Add(_quadratic[k]);
            if (_bothTriangles || _quadraticI[k] == _quadraticJ[k])
                continue;
            i.Add(_quadraticJ[k]);
            j.Add(_quadraticI[k]);
            values.Add(_quadratic[k]);
        }

        return new QuadraticProgram(CsrMatrix<double>.FromTriplets(n, n, [.. i], [.. j], [.. values]), linear);
    }

    private void Read()
    {
        while (_reader.ReadLine() is { } line)
        {
            _line++;
            if (line.Length == 0 || line[0] == '*' || string.IsNullOrWhiteSpace(line))
                continue;
            if (char.IsWhiteSpace(line[0]))
            {
                Data(line);
                continue;
            }

            string[] words = Words(line);
            _section = words[0].ToUpperInvariant();
            switch (_section)
            {
                case "NAME":
                    _name = words.Length > 1 ? words[1] : string.Empty;
                    break;
                case "OBJSENSE" when words.Length > 1:
                    Sense(words[1]);
                    break;
                case "OBJSENSE" or "OBJNAME" or "ROWS" or "COLUMNS" or "RHS" or "RANGES" or "BOUNDS" or "QUADOBJ" or "QSECTION" or "QMATRIX":
                    _bothTriangles |= _section == "QMATRIX";
                    break;
                case "ENDATA":
                    return;
                default:
                    throw Error($"the section {words[0]} isn't known");
            }
        }

        throw Error("the text ends without ENDATA");
    }

    private void Data(string line)
    {
        switch (_section)
        {
            case "OBJSENSE":
                Sense(line.Trim());
                break;
            case "OBJNAME":
                _objective = line.Trim();
                break;
            case "ROWS":
                Row(line);
                break;
            case "COLUMNS":
                Column(line);
                break;
            case "RHS" or "RANGES":
                Right(line, _section == "RANGES");
                break;
            case "BOUNDS":
                Bound(line);
                break;
            case "QUADOBJ" or "QSECTION" or "QMATRIX":
                QuadraticTerm(line);
                break;
            default:
                throw Error($"data in the section '{_section}' aren't expected");
        }
    }

    private void Sense(string word) => _maximize = word.ToUpperInvariant() switch
    {
        "MAX" or "MAXIMIZE" or "MAXIMISE" => true,
        "MIN" or "MINIMIZE" or "MINIMISE" => false,
        _ => throw Error($"'{word}' is no sense of the objective"),
    };

    private void Row(string line)
    {
        string[] words = Words(line);
        string name = words.Length == 2 ? words[1] : Field(line, 1);
        char kind = words[0].Length == 1 ? char.ToUpperInvariant(words[0][0]) : ' ';
        if (kind is not ('N' or 'E' or 'L' or 'G') || name.Length == 0)
            throw Error("a row is a type (N, E, L or G) and a name");
        if (_rowOf.ContainsKey(name) || _dropped.Contains(name) || (name == _objective && kind != 'N'))
            throw Error($"there are two rows {name}");
        if (kind == 'N')
        {
            _objective ??= name;
            if (name != _objective)
                _dropped.Add(name);
            return;
        }

        _rowOf.Add(name, _rowNames.Count);
        _rowNames.Add(name);
        _kinds.Add(kind);
        _right.Add(0);
        _range.Add(double.NaN);
    }

    private bool IsRow(string name) => name == _objective || _rowOf.ContainsKey(name) || _dropped.Contains(name);

    private void Column(string line)
    {
        string[] words = Words(line);
        if (words.Length == 3 && words[1].Trim('\'') == "MARKER")
        {
            _integer = words[2].Trim('\'') switch
            {
                "INTORG" => true,
                "INTEND" => false,
                _ => throw Error($"the marker {words[2]} isn't known"),
            };
            return;
        }

        if (!(words.Length is 3 or 5 && IsRow(words[1]) && IsNumber(words[2]) && (words.Length == 3 || (IsRow(words[3]) && IsNumber(words[4])))))
            words = FixedFields(line, 1);
        string name = words[0];
        if (!_columnOf.TryGetValue(name, out int j))
        {
            j = _columnNames.Count;
            _columnOf.Add(name, j);
            _columnNames.Add(name);
            _cost.Add(0);
            _lower.Add(double.NaN);
            _upper.Add(double.PositiveInfinity);
            if (_integer)
                _integers.Add(j);
        }

        for (int k = 1; k < words.Length; k += 2)
        {
            double value = Number(words[k + 1]);
            if (words[k] == _objective)
            {
                _cost[j] += value;
            }
            else if (_rowOf.TryGetValue(words[k], out int i))
            {
                if (!_seen.Add(((long)i << 32) | (uint)j))
                    throw Error($"row {words[k]} has two elements in column {name}");
                if (value == 0)
                    continue;
                _i.Add(i);
                _j.Add(j);
                _values.Add(value);
            }
            else if (!_dropped.Contains(words[k]))
            {
                throw Error($"there is no row '{words[k]}'");
            }
        }
    }

    private void Right(string line, bool ranges)
    {
        string[] words = Words(line);
        bool named = words.Length is 3 or 5 && IsRow(words[1]) && IsNumber(words[2]) && (words.Length == 3 || (IsRow(words[3]) && IsNumber(words[4])));
        bool nameless = words.Length is 2 or 4 && IsRow(words[0]) && IsNumber(words[1]) && (words.Length == 2 || (IsRow(words[2]) && IsNumber(words[3])));
        if (nameless)
            words = [string.Empty, .. words];
        else if (!named)
            words = FixedFields(line, 1);
        ref string? set = ref ranges ? ref _rangeSet : ref _rightSet;
        set ??= words[0];
        if (words[0] != set)
            return;
        for (int k = 1; k < words.Length; k += 2)
        {
            double value = Number(words[k + 1]);
            if (_rowOf.TryGetValue(words[k], out int i))
                (ranges ? _range : _right)[i] = value;
            else if (words[k] == _objective && !ranges)
                _offset = -value;
            else if (!IsRow(words[k]))
                throw Error($"there is no row '{words[k]}'");
        }
    }

    private void Bound(string line)
    {
        string[] words = Words(line);
        string kind = words[0].ToUpperInvariant();
        bool valued = kind is "LO" or "UP" or "FX" or "LI" or "UI";
        if (!valued && kind is not ("FR" or "MI" or "PL" or "BV"))
            throw Error($"the bound type {words[0]} isn't known");

        // type [set] column [value], where the value of FR, MI, PL and BV may be there and means nothing.
        string set, name, number = string.Empty;
        if (words.Length >= (valued ? 4 : 3) && _columnOf.ContainsKey(words[2]) && (words.Length == 3 || IsNumber(words[3])))
            (set, name, number) = (words[1], words[2], words.Length > 3 ? words[3] : string.Empty);
        else if (words.Length >= (valued ? 3 : 2) && _columnOf.ContainsKey(words[1]) && (words.Length == 2 || IsNumber(words[2])))
            (set, name, number) = (string.Empty, words[1], words.Length > 2 ? words[2] : string.Empty);
        else
            (set, name, number) = (Field(line, 1), Field(line, 2), Field(line, 3));
        if (!_columnOf.TryGetValue(name, out int j))
            throw Error($"there is no column '{name}'");
        _boundSet ??= set;
        if (set != _boundSet)
            return;
        double value = valued ? Number(number) : 0;
        if (Math.Abs(value) >= Infinite)
            value = value > 0 ? double.PositiveInfinity : double.NegativeInfinity;
        switch (kind)
        {
            case "LO" or "LI":
                _lower[j] = value;
                break;
            case "UP" or "UI":
                _upper[j] = value;
                break;
            case "FX":
                (_lower[j], _upper[j]) = (value, value);
                break;
            case "FR":
                (_lower[j], _upper[j]) = (double.NegativeInfinity, double.PositiveInfinity);
                break;
            case "MI":
                _lower[j] = double.NegativeInfinity;
                break;
            case "PL":
                _upper[j] = double.PositiveInfinity;
                break;
            default:
                (_lower[j], _upper[j]) = (0, 1);
                break;
        }

        if (kind is "LI" or "UI" or "BV" && !_integers.Contains(j))
        {
            _integers.Add(j);
            _integers.Sort();
        }
    }

    private void QuadraticTerm(string line)
    {
        string[] words = Words(line);
        if (!(words.Length == 3 && _columnOf.ContainsKey(words[0]) && _columnOf.ContainsKey(words[1])))
            words = FixedFields(line, 1);
        for (int k = 1; k < words.Length; k += 2)
        {
            if (!_columnOf.TryGetValue(words[0], out int i) || !_columnOf.TryGetValue(words[k], out int j))
                throw Error("a quadratic term is two columns and a number");
            _quadraticI.Add(i);
            _quadraticJ.Add(j);
            _quadratic.Add(Number(words[k + 1]));
        }
    }

    private static string[] Words(string line) => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static string Field(string line, int field)
    {
        (int start, int end) = Fields[field];
        return start >= line.Length ? string.Empty : line[start..Math.Min(end, line.Length)].Trim();
    }

    /// <summary>Name, name, number and, where they are there, name and number again.</summary>
    private static string[] FixedFields(string line, int first)
    {
        string[] head = [Field(line, first), Field(line, first + 1), Field(line, first + 2)];
        string name = Field(line, first + 3);
        return name.Length == 0 ? head : [.. head, name, Field(line, first + 4)];
    }

    private static bool IsNumber(string word) => double.TryParse(word.Replace('D', 'E').Replace('d', 'e'), NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    /// <summary>A number, with the exponent letter of Fortran too.</summary>
    private double Number(string word)
    {
        if (!double.TryParse(word.Replace('D', 'E').Replace('d', 'e'), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || double.IsNaN(value))
            throw Error($"'{word}' is no number");
        return value;
    }

    private FormatException Error(string what) => new($"Line {_line}: {what}.");
}
