namespace OptiCore.LinearAlgebra;

/// <summary>Which triangle of a square matrix holds the elements; the other one is neither read nor written.</summary>
public enum Triangle
{
    /// <summary>The elements on and below the diagonal.</summary>
    Lower,

    /// <summary>The elements on and above the diagonal.</summary>
    Upper,
}

/// <summary>On which side of the unknown a triangular matrix stands.</summary>
public enum Side
{
    /// <summary>op(A) X = B.</summary>
    Left,

    /// <summary>X op(A) = B.</summary>
    Right,
}

/// <summary>What the diagonal of a triangular matrix is.</summary>
public enum Diagonal
{
    /// <summary>The stored elements.</summary>
    Stored,

    /// <summary>Ones, whatever is stored.</summary>
    Unit,
}
