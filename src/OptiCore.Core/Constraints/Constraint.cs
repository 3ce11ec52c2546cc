using System.Globalization;
using OptiCore.Differentiation;

namespace OptiCore;

/// <summary>
/// A smooth map x(u) of all of R^n onto a constrained set, with the logarithm of its Jacobian determinant: what lets a sampler or an optimizer of unconstrained points work on scales,
/// probabilities, ordered vectors, directions, correlations and covariances. A value: two constraints of equal settings are equal.
/// </summary>
/// <remarks>
/// <para>A density p(x) of constrained parameters has the density p(x(u)) |det dx/du| in the coordinates u. Where the set has fewer dimensions than x has elements (a simplex, a correlation
/// matrix), the determinant is that of its free elements, as each constraint says. The maps and the order of coordinates are those of Stan (Stan Development Team, Stan Reference Manual,
/// "Constraint transforms"). Elements of matrices lie row by row, as everywhere here, where Stan lists them column by column.</para>
/// <para>Exponentials are taken so that no intermediate overflows: for large |u| an element may round to the border of its set or overflow itself, but the Jacobian stays right. All methods are
/// safe for several threads and allocate nothing (matrices of more than 256 elements rent their scratch).</para>
/// </remarks>
public abstract record Constraint
{
    /// <summary>For constraints of your own.</summary>
    /// <param name="shape">The shape of the constrained parameter.</param>
    /// <param name="coordinateCount">The number n of unconstrained coordinates.</param>
    protected Constraint(Shape shape, int coordinateCount)
    {
        Shape = shape;
        ElementCount = shape.ElementCount;
        CoordinateCount = Require.NonNegative(coordinateCount);
    }

    /// <summary>The shape of the constrained parameter: a scalar, a vector or a matrix.</summary>
    public Shape Shape { get; }

    /// <summary>The number m of constrained elements.</summary>
    public int ElementCount { get; }

    /// <summary>The number n of unconstrained coordinates.</summary>
    public int CoordinateCount { get; }

    /// <summary>Computes x(u).</summary>
    /// <param name="u">The coordinates, n elements.</param>
    /// <param name="x">Receives the m constrained elements.</param>
    /// <returns>log |det dx/du|.</returns>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public abstract double Constrain(ReadOnlySpan<double> u, Span<double> x);

    /// <summary>Computes coordinates u with x(u) = x.</summary>
    /// <param name="x">The constrained elements, m of them.</param>
    /// <param name="u">Receives the n coordinates.</param>
    /// <param name="name">What messages call the parameter.</param>
    /// <exception cref="ArgumentException">The constraint is violated; the message names the element. Or a length is wrong.</exception>
    public abstract void Unconstrain(ReadOnlySpan<double> x, Span<double> u, string name = "x");

    /// <summary>
    /// The gradient of f(x(u)) + log |det dx/du| with respect to u, from that of f with respect to x.
    /// </summary>
    /// <param name="u">The coordinates, n elements.</param>
    /// <param name="x">x(u), as <see cref="Constrain(ReadOnlySpan{double}, Span{double})"/> wrote it.</param>
    /// <param name="gradientX">df/dx, m elements, each as if all elements were free.</param>
    /// <param name="gradientU">Receives n elements.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public abstract void Pullback(ReadOnlySpan<double> u, ReadOnlySpan<double> x, ReadOnlySpan<double> gradientX, Span<double> gradientU);

    /// <summary>x(u) and its log Jacobian as expressions, for models that are traced: with derivatives of any order.</summary>
    /// <param name="u">The coordinates, a vector of n.</param>
    /// <param name="logJacobian">log |det dx/du|, a scalar.</param>
    /// <returns>x, of the shape <see cref="Shape"/>.</returns>
    /// <exception cref="ArgumentException">u isn't a vector of n.</exception>
    public abstract Variable Constrain(Variable u, out Variable logJacobian);

    /// <summary>The constraint and the shape.</summary>
    public sealed override string ToString() => $"{GetType().Name} {Shape}";

    /// <summary>Checks lengths.</summary>
    /// <param name="u">Coordinates.</param>
    /// <param name="x">Elements.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    protected void CheckLengths(ReadOnlySpan<double> u, ReadOnlySpan<double> x)
    {
        Require.Length(u.Length, CoordinateCount, nameof(u));
        Require.Length(x.Length, ElementCount, nameof(x));
    }

    /// <summary>Checks lengths.</summary>
    /// <param name="u">Coordinates.</param>
    /// <param name="x">Elements.</param>
    /// <param name="gradientX">The gradient by elements.</param>
    /// <param name="gradientU">The gradient by coordinates.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    protected void CheckLengths(ReadOnlySpan<double> u, ReadOnlySpan<double> x, ReadOnlySpan<double> gradientX, ReadOnlySpan<double> gradientU)
    {
        CheckLengths(u, x);
        Require.Length(gradientX.Length, ElementCount, nameof(gradientX));
        Require.Length(gradientU.Length, CoordinateCount, nameof(gradientU));
    }

    /// <summary>Checks the shape of coordinates.</summary>
    /// <param name="u">Coordinates.</param>
    /// <exception cref="ArgumentException">They aren't a vector of n.</exception>
    protected void CheckShape(Variable u)
    {
        if (u.Rank != 1 || u.Shape[0] != CoordinateCount)
            throw new ArgumentException($"The coordinates of {this} have the shape {u.Shape}; a vector of {CoordinateCount} is needed.", nameof(u));
    }

    /// <summary>The error that an element violates the constraint.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="element">The element's index in x.</param>
    /// <param name="value">Its value.</param>
    /// <param name="expected">What was expected, as in "must be positive".</param>
    protected ArgumentException Violation(string name, int element, double value, string expected) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{ElementName(name, Shape, element)} is {value}; {expected}."), name);

    /// <summary>The name of an element with indices from 1: <c>tau</c>, <c>theta[3]</c>, <c>L[2,1]</c>.</summary>
    internal static string ElementName(string name, Shape shape, int element)
    {
        if (shape.Rank == 0)
            return name;
        string indices = "";
        for (int axis = shape.Rank - 1; axis >= 0; axis--)
        {
            indices = string.Create(CultureInfo.InvariantCulture, $"{(element % shape[axis]) + 1}{(indices.Length == 0 ? "" : ",")}{indices}");
            element /= shape[axis];
        }

        return $"{name}[{indices}]";
    }
}
