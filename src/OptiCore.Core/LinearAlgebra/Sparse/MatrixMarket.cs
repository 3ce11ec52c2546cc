using System.Globalization;
using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// Matrices as text in the Matrix Market exchange format: <c>coordinate</c> (triplets) and <c>array</c> (dense, column by column); real, integer or pattern; general, symmetric or
/// skew-symmetric. Indices of the text count from 1.
/// </summary>
/// <remarks>R. F. Boisvert, R. Pozo, K. A. Remington (1996), The Matrix Market exchange formats: initial design, NISTIR 5935. Complex matrices are refused.</remarks>
public static class MatrixMarket
{
    /// <summary>Reads a matrix. Of a symmetric one both triangles are stored; elements of a pattern are 1; repeated places are summed; zeros of the coordinate format are kept, of the array format not.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="reader">The text.</param>
    /// <exception cref="FormatException">The text isn't in the format, or is complex; the message names the line.</exception>
    public static CsrMatrix<T> Read<T>(TextReader reader) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(reader);
        var lines = new Lines(reader);
        Header header = ReadHeader(lines);
        return header.Coordinate ? ReadCoordinate<T>(lines, header) : ReadArray<T>(lines, header);
    }

    /// <summary>Writes a matrix in the coordinate format, real and general or symmetric. Numbers are the shortest that read back to the same bits.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="writer">Receives the text.</param>
    /// <param name="matrix">The matrix.</param>
    /// <param name="symmetric">True: the lower triangle only is written, as that of a symmetric matrix.</param>
    /// <exception cref="ArgumentException">It is said to be symmetric and isn't square.</exception>
    public static void Write<T>(TextWriter writer, CsrMatrix<T> matrix, bool symmetric = false) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(matrix);
        if (symmetric)
            OperatorArgument.Square(matrix, nameof(matrix));
        int count = 0;
        for (int i = 0; i < matrix.Rows; i++)
        {
            foreach (int j in matrix.RowColumns(i))
                count += symmetric && j > i ? 0 : 1;
        }

        writer.Write($"%%MatrixMarket matrix coordinate real {(symmetric ? "symmetric" : "general")}\n");
        writer.Write(string.Create(CultureInfo.InvariantCulture, $"{matrix.Rows} {matrix.Columns} {count}\n"));
        for (int i = 0; i < matrix.Rows; i++)
        {
            ReadOnlySpan<int> columns = matrix.RowColumns(i);
            Span<T> values = matrix.RowValues(i);
            for (int p = 0; p < columns.Length; p++)
            {
                if (!symmetric || columns[p] <= i)
                    writer.Write(string.Create(CultureInfo.InvariantCulture, $"{i + 1} {columns[p] + 1} {values[p]}\n"));
            }
        }
    }

    /// <summary>Writes a dense row-major matrix in the array format, real and general.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="writer">Receives the text.</param>
    /// <param name="a">The matrix.</param>
    /// <param name="rows">The number m of rows.</param>
    /// <param name="columns">The number n of columns.</param>
    /// <exception cref="ArgumentException">The span's length isn't the matrix's size.</exception>
    public static void WriteDense<T>(TextWriter writer, ReadOnlySpan<T> a, int rows, int columns) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(writer);
        Require.NonNegative(rows, nameof(rows));
        Require.NonNegative(columns, nameof(columns));
        Require.Length(a.Length, checked(rows * columns), nameof(a));
        writer.Write("%%MatrixMarket matrix array real general\n");
        writer.Write(string.Create(CultureInfo.InvariantCulture, $"{rows} {columns}\n"));
        for (int j = 0; j < columns; j++)
        {
            for (int i = 0; i < rows; i++)
                writer.Write(string.Create(CultureInfo.InvariantCulture, $"{a[(i * columns) + j]}\n"));
        }
    }

    private static Header ReadHeader(Lines lines)
    {
        string first = lines.NextRaw() ?? throw new FormatException("The text is empty, expected a header that begins with %%MatrixMarket.");
        string[] words = first.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words.Length != 5 || words[0] != "%%MatrixMarket" || !Is(words[1], "matrix"))
            throw lines.Wrong($"'{first}' isn't a header: expected '%%MatrixMarket matrix format field symmetry'");
        bool coordinate = Is(words[2], "coordinate");
        if (!coordinate && !Is(words[2], "array"))
            throw lines.Wrong($"the format is '{words[2]}', expected coordinate or array");
        bool pattern = Is(words[3], "pattern");
        if (!(pattern && coordinate) && !Is(words[3], "real") && !Is(words[3], "double") && !Is(words[3], "integer"))
            throw lines.Wrong($"the field is '{words[3]}', expected real, integer or (for coordinates) pattern");
        int mirror = Is(words[4], "general") ? 0 : Is(words[4], "symmetric") ? 1 : Is(words[4], "skew-symmetric") ? -1
            : throw lines.Wrong($"the symmetry is '{words[4]}', expected general, symmetric or skew-symmetric");
        string[] sizes = lines.Next() ?? throw lines.Wrong("the line of sizes is missing");
        if (sizes.Length != (coordinate ? 3 : 2))
            throw lines.Wrong($"{sizes.Length} sizes, expected {(coordinate ? 3 : 2)}");
        int rows = lines.Integer(sizes[0]), columns = lines.Integer(sizes[1]);
        if (rows < 0 || columns < 0 || (mirror != 0 && rows != columns))
            throw lines.Wrong($"a matrix of {rows} x {columns} isn't possible here");
        return new(coordinate, pattern, mirror, rows, columns, coordinate ? lines.Integer(sizes[2]) : 0);
    }

    private static CsrMatrix<T> ReadCoordinate<T>(Lines lines, Header header) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (header.Count < 0)
            throw lines.Wrong($"the number of elements is {header.Count}");
        List<int> rows = [], columns = [];
        List<T> values = [];
        for (int p = 0; p < header.Count; p++)
        {
            string[] words = lines.Next() ?? throw lines.Wrong($"the text ends after {p} of {header.Count} elements");
            if (words.Length != (header.Pattern ? 2 : 3))
                throw lines.Wrong($"{words.Length} entries, expected {(header.Pattern ? 2 : 3)}");
            int i = lines.Integer(words[0]) - 1, j = lines.Integer(words[1]) - 1;
            if ((uint)i >= (uint)header.Rows || (uint)j >= (uint)header.Columns)
                throw lines.Wrong($"place ({i + 1}, {j + 1}) lies outside of {header.Rows} x {header.Columns}");
            T value = header.Pattern ? T.One : lines.Number<T>(words[2]);
            rows.Add(i);
            columns.Add(j);
            values.Add(value);
            if (header.Mirror != 0 && i != j)
            {
                rows.Add(j);
                columns.Add(i);
                values.Add(header.Mirror > 0 ? value : -value);
            }
        }

        if (lines.Next() is not null)
            throw lines.Wrong($"more than the {header.Count} elements that were announced");
        return CsrMatrix<T>.FromTriplets(
            header.Rows,
            header.Columns,
            System.Runtime.InteropServices.CollectionsMarshal.AsSpan(rows),
            System.Runtime.InteropServices.CollectionsMarshal.AsSpan(columns),
            System.Runtime.InteropServices.CollectionsMarshal.AsSpan(values));
    }

    private static CsrMatrix<T> ReadArray<T>(Lines lines, Header header) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] dense = new T[checked(header.Rows * header.Columns)];
        for (int j = 0; j < header.Columns; j++)
        {
            // Of a symmetric matrix the lower triangle is given, of a skew-symmetric one without its diagonal.
            for (int i = header.Mirror == 0 ? 0 : header.Mirror > 0 ? j : j + 1; i < header.Rows; i++)
            {
                string[] words = lines.Next() ?? throw lines.Wrong($"the text ends before element ({i + 1}, {j + 1})");
                if (words.Length != 1)
                    throw lines.Wrong($"{words.Length} entries, expected 1");
                T value = lines.Number<T>(words[0]);
                dense[(i * header.Columns) + j] = value;
                if (header.Mirror != 0 && i != j)
                    dense[(j * header.Columns) + i] = header.Mirror > 0 ? value : -value;
            }
        }

        if (lines.Next() is not null)
            throw lines.Wrong("more elements than the sizes say");
        return CsrMatrix<T>.FromDense(dense, header.Rows, header.Columns);
    }

    private static bool Is(string word, string expected) => word.Equals(expected, StringComparison.OrdinalIgnoreCase);

    private readonly record struct Header(bool Coordinate, bool Pattern, int Mirror, int Rows, int Columns, int Count);

    /// <summary>The lines of the text, counted, without comments and empty ones.</summary>
    private sealed class Lines(TextReader reader)
    {
        private int _number;

        public string? NextRaw()
        {
            string? line = reader.ReadLine();
            if (line is not null)
                _number++;
            return line;
        }

        public string[]? Next()
        {
            while (NextRaw() is { } line)
            {
                if (!line.StartsWith('%') && !string.IsNullOrWhiteSpace(line))
                    return line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            }

            return null;
        }

        public int Integer(string word) => int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) ? value : throw Wrong($"'{word}' isn't an integer");

        public T Number<T>(string word) where T : unmanaged, IFloatingPointIeee754<T> =>
            T.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out T value) ? value : throw Wrong($"'{word}' isn't a number");

        public FormatException Wrong(string what) => new(string.Create(CultureInfo.InvariantCulture, $"Line {_number}: {what}."));
    }
}
