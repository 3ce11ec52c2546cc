using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>Constant masks.</summary>
internal static class Masks
{
    /// <summary>The matrix with ones at the places (row, column) that are chosen and zeros elsewhere.</summary>
    public static Variable Of(int rows, int columns, Func<int, int, bool> isOne)
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
