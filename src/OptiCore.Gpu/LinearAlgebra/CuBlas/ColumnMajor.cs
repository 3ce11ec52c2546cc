namespace OptiCore.Gpu;

/// <summary>
/// A product C = alpha op(A) op(B) + beta C of row-major matrices as the product of column-major ones that cuBLAS computes. A row-major matrix is the transpose of the column-major one with the same
/// elements and leading dimension, and C' = op(B)' op(A)': the operands change places, their transpositions stay.
/// </summary>
/// <param name="TransposeFirst">Whether the first operand, which is B, is transposed.</param>
/// <param name="TransposeSecond">Whether the second operand, which is A, is transposed.</param>
/// <param name="Rows">The rows of the first operand and the result.</param>
/// <param name="Columns">The columns of the second operand and the result.</param>
/// <param name="Depth">The terms of each sum.</param>
/// <param name="LeadingFirst">The distance between columns of the first operand.</param>
/// <param name="LeadingSecond">The distance between columns of the second operand.</param>
/// <param name="LeadingResult">The distance between columns of the result.</param>
internal readonly record struct ColumnMajor(bool TransposeFirst, bool TransposeSecond, int Rows, int Columns, int Depth, int LeadingFirst, int LeadingSecond, int LeadingResult)
{
    /// <summary>The column-major form of a row-major product.</summary>
    public static ColumnMajor Of<S, T>(in ProductCall<S, T> call)
        where S : unmanaged
        where T : unmanaged =>
        new(call.TransposeB, call.TransposeA, call.Columns, call.Rows, call.Depth, call.LeadingB, call.LeadingA, call.LeadingC);
}
