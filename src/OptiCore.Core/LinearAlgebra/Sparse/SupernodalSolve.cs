using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>Triangular systems with one supernode: its triangle has ones on the diagonal.</summary>
internal static unsafe class SupernodalSolve
{
    /// <summary>Solves with the triangle, and takes the rectangle's part from the unknowns below.</summary>
    /// <param name="width">The number of columns.</param>
    /// <param name="height">The number of rows.</param>
    /// <param name="values">The block, by columns.</param>
    /// <param name="rows">The places of the rows in <paramref name="x"/>.</param>
    /// <param name="own">The unknowns of the columns.</param>
    /// <param name="x">All unknowns.</param>
    /// <param name="far">Memory for a number of each row.</param>
    public static void Forward<T>(int width, int height, T* values, int* rows, T* own, T* x, T* far) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int c = 0; c < width - 1; c++)
            SupernodalKernels.AddScaled(-own[c], values + ((nint)c * height) + c + 1, own + c + 1, width - c - 1);
        Scatter(width, height, values, rows, own, x, far);
    }

    /// <summary>Takes the rectangle's part from the unknowns below.</summary>
    public static void Scatter<T>(int width, int height, T* values, int* rows, T* own, T* x, T* far) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (height == width)
            return;
        if (width == 1)
        {
            T factor = -own[0];
            for (int i = 1; i < height; i++)
                x[rows[i]] = T.FusedMultiplyAdd(factor, values[i], x[rows[i]]);
            return;
        }

        for (int i = width; i < height; i++)
            far[i] = x[rows[i]];
        for (int c = 0; c < width; c++)
            SupernodalKernels.AddScaled(-own[c], values + ((nint)c * height) + width, far + width, height - width);
        for (int i = width; i < height; i++)
            x[rows[i]] = far[i];
    }

    /// <summary>Takes the part of the unknowns below, and solves with the transposed triangle.</summary>
    /// <inheritdoc cref="Forward"/>
    public static void Backward<T>(int width, int height, T* values, int* rows, T* own, T* x, T* far) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Gather(width, height, values, rows, own, x, far);
        for (int c = width - 2; c >= 0; c--)
            own[c] -= SupernodalKernels.Dot(values + ((nint)c * height) + c + 1, own + c + 1, width - c - 1);
    }

    /// <summary>Takes the part of the unknowns below.</summary>
    public static void Gather<T>(int width, int height, T* values, int* rows, T* own, T* x, T* far) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (height == width)
            return;
        for (int i = width; i < height; i++)
            far[i] = x[rows[i]];
        for (int c = 0; c < width; c++)
            own[c] -= SupernodalKernels.Dot(values + ((nint)c * height) + width, far + width, height - width);
    }
}
