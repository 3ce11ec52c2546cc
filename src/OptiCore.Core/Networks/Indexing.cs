using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>Choices by index, the one place of this folder where an index becomes a tensor.</summary>
internal static class Indexing
{
    /// <summary>Ones at the indices, zeros elsewhere: the shape of the indices and a last axis. An index outside 0 .. count - 1 gives zeros alone.</summary>
    public static Variable OneHot(Variable indices, int count) => Operations.EqualTo(Operations.ExpandAxis(indices, -1), Range(count));

    /// <summary>Rows of a table: the shape of the indices followed by the row's length.</summary>
    public static Variable Rows(Variable table, Variable indices) => Operations.MatMul(OneHot(indices, table.Shape[0]), table);

    /// <summary>0, 1, ... count - 1.</summary>
    public static Variable Range(int count)
    {
        var values = new double[count];
        for (int i = 0; i < count; i++)
            values[i] = i;
        return Variable.Constant<double>(values, [count]);
    }

    /// <summary>The matrix with ones at the places (row, column) that are chosen and zeros elsewhere.</summary>
    public static Variable Mask(int rows, int columns, Func<int, int, bool> isOne)
    {
        var values = new double[rows * columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
                values[(i * columns) + j] = isOne(i, j) ? 1 : 0;
        }

        return Variable.Constant<double>(values, [rows, columns]);
    }
}
