using System.Text.Json;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.LinearPrograms;

public class MpsReaderTests
{
    private const string Small = """
        * a comment
        NAME          SMALL
        ROWS
         N  COST
         N  OTHER
         L  LIM1
         G  LIM2
         E  MYEQN
         E  NEG
        COLUMNS
            X         COST         1.0   LIM1         1.0
            X         LIM2         1.0   OTHER        7.0
            Y         COST         2.0   LIM1         1.0
            Y         MYEQN       -1.0   NEG          1.5
            Z         COST        -1.0   MYEQN        1.0
        RHS
            RHS       COST        12.0   LIM1         4.0
            RHS       LIM2         1.0   MYEQN        7.0
            RHS       NEG          2.0
            RHS2      LIM1        99.0
        RANGES
            RNG       LIM1         2.5   LIM2         3.0
            RNG       MYEQN        4.0   NEG         -1.0
        BOUNDS
         UP BND       X            4.0
         LO BND       Y           -1.0
         UP BND       Y            1.0
         MI BND       Z
         UP OTHER     X            9.0
        ENDATA
        """;

    public static TheoryData<string> Names => [.. Netlib.Feasible, .. Netlib.Infeasible];

    [Theory]
    [MemberData(nameof(Names))]
    public void TheTextGivesTheParsedProgram(string name)
    {
        LinearProgram program = Netlib.Program(name);
        JsonElement parsed = Netlib.Parsed(name);
        Assert.Equal(-parsed.Number("objective_offset_in_file") + 0.0, -program.Offset + 0.0);
        JsonElement[] rows = [.. parsed.GetProperty("rows").EnumerateArray()], columns = [.. parsed.GetProperty("columns").EnumerateArray()];
        Assert.Equal(rows.Length, program.RowCount);
        Assert.Equal(columns.Length, program.VariableCount);
        for (int i = 0; i < rows.Length; i++)
        {
            Assert.Equal(rows[i][0].GetString(), program.RowNames[i]);
            Assert.Equal(Side(rows[i][1], double.NegativeInfinity), program.RowBounds.Lower(i));
            Assert.Equal(Side(rows[i][2], double.PositiveInfinity), program.RowBounds.Upper(i));
        }

        int elements = 0;
        for (int j = 0; j < columns.Length; j++)
        {
            Assert.Equal(columns[j][0].GetString(), program.VariableNames[j]);
            Assert.Equal(columns[j][1].GetDouble(), program.Cost[j]);
            Assert.Equal(Side(columns[j][2], double.NegativeInfinity), program.VariableBounds.Lower(j));
            Assert.Equal(Side(columns[j][3], double.PositiveInfinity), program.VariableBounds.Upper(j));
            foreach (JsonElement element in columns[j][4].EnumerateArray())
            {
                Assert.Equal(element[1].GetDouble(), program.Rows[element[0].GetInt32(), j]);
                elements++;
            }
        }

        Assert.Equal(elements, program.Rows.Count);
    }

    [Fact]
    public void RangesBoundsAndTheConstantFollowTheFormatsConventions()
    {
        LinearProgram program = Read(Small);
        Assert.Equal("SMALL", program.Name);
        Assert.Equal([1, 2, -1], program.Cost.ToArray());
        Assert.Equal(-12, program.Offset);
        Assert.Equal(["LIM1", "LIM2", "MYEQN", "NEG"], program.RowNames);
        Assert.Equal([(1.5, 4), (1, 4), (7, 11), (1, 2)], Enumerable.Range(0, 4).Select(i => (program.RowBounds.Lower(i), program.RowBounds.Upper(i))));
        Assert.Equal(
            [(0, 4), (-1, 1), (double.NegativeInfinity, double.PositiveInfinity)],
            Enumerable.Range(0, 3).Select(j => (program.VariableBounds.Lower(j), program.VariableBounds.Upper(j))));
        Assert.Equal(1.5, program.Rows[3, 1]);
    }

    [Fact]
    public void BoundsOfEveryKind()
    {
        LinearProgram program = Read("""
            NAME
            OBJSENSE
                MAX
            ROWS
             N obj
             L r
            COLUMNS
             a r 1 obj 1
             b r 1
             MARKER 'MARKER' 'INTORG'
             c r 1
             MARKER 'MARKER' 'INTEND'
             d r 1
             e r 1
             f r 1
             g r 1
             h r 1
             i r 1
            RHS
             r 10
            BOUNDS
             FR bnd a
             FX bnd b 3
             UP bnd d -2
             BV bnd e
             LI bnd f 2
             UI bnd f 5
             MI bnd g
             UP bnd g 8
             LO bnd h 1
             PL bnd h
             UP bnd i 1e30
            ENDATA
            """);
        Assert.True(program.Maximize);
        Assert.Equal(10, program.RowBounds.Upper(0));
        (double, double)[] expected =
        [
            (double.NegativeInfinity, double.PositiveInfinity), (3, 3), (0, double.PositiveInfinity), (double.NegativeInfinity, -2), (0, 1), (2, 5), (double.NegativeInfinity, 8),
            (1, double.PositiveInfinity), (0, double.PositiveInfinity),
        ];
        Assert.Equal(expected, Enumerable.Range(0, 9).Select(j => (program.VariableBounds.Lower(j), program.VariableBounds.Upper(j))));
        Assert.Equal([2, 4, 5], program.IntegerVariables);
    }

    [Fact]
    public void NamesWithSpacesAreReadByColumns()
    {
        LinearProgram program = Read("""
            NAME          SPACES
            ROWS
             N  COST
             L  ROW ONE
            COLUMNS
                COL ONE   COST               1.5   ROW ONE            2.0
                COL TWO   ROW ONE           3.0
            RHS
                RHS       ROW ONE           6.0
            BOUNDS
             UP BND       COL TWO           4.0
            ENDATA
            """);
        Assert.Equal(["COL ONE", "COL TWO"], program.VariableNames);
        Assert.Equal(2, program.Rows[0, 0]);
        Assert.Equal(6, program.RowBounds.Upper(0));
        Assert.Equal(4, program.VariableBounds.Upper(1));
    }

    [Fact]
    public void QuadraticTermsAreASymmetricMatrix()
    {
        using var reader = new StringReader("""
            NAME QP
            ROWS
             N c
             G r
            COLUMNS
             x c -2 r 1
             y c -6 r 1
            RHS
             rhs r -100
            QUADOBJ
             x x 2
             x y -2
             y y 4
            ENDATA
            """);
        QuadraticProgram program = QuadraticProgram.ReadQps(reader);
        Assert.Equal(-2, program.Quadratic[0, 1]);
        Assert.Equal(-2, program.Quadratic[1, 0]);
        Assert.Equal((0.5 * ((2 * 9) - (2 * 2 * 3 * 5) + (4 * 25))) - 6 - 30, program.Value([3, 5]));
    }

    [Theory]
    [InlineData("NAME\nROWS\n N c\n X r\nENDATA", "Line 4")]
    [InlineData("NAME\nROWS\n N c\n L r\n L r\nENDATA", "two rows r")]
    [InlineData("NAME\nROWS\n N c\nCOLUMNS\n    X         NOWHERE      1.0\nENDATA", "no row 'NOWHERE'")]
    [InlineData("NAME\nROWS\n N c\n L r\nCOLUMNS\n x r one\nENDATA", "Line 6")]
    [InlineData("NAME\nROWS\n N c\n L r\nCOLUMNS\n x r 1 r 2\nENDATA", "two elements")]
    [InlineData("NAME\nROWS\n N c\n L r\nCOLUMNS\n x r 1\nBOUNDS\n XX b x 1\nENDATA", "bound type XX")]
    [InlineData("NAME\nROWS\n N c\n L r\nCOLUMNS\n x r 1\nBOUNDS\n LO b x 2\n UP b x 1\nENDATA", "empty interval")]
    [InlineData("NAME\nROWS\n N c\n L r\nCOLUMNS\n x r 1\n", "without ENDATA")]
    [InlineData("NAME\nROWS\n N c\nENDATA", "no column")]
    [InlineData("NAME\nSURPRISE\nENDATA", "SURPRISE")]
    public void BadTextsAreRefusedWithTheirLine(string text, string words) => Assert.Contains(words, Assert.Throws<FormatException>(() => Read(text)).Message);

    private static LinearProgram Read(string text)
    {
        using var reader = new StringReader(text);
        return LinearProgram.ReadMps(reader);
    }

    private static double Side(JsonElement element, double otherwise) => element.ValueKind == JsonValueKind.Null ? otherwise : element.GetDouble();
}
