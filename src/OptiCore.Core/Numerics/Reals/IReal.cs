namespace OptiCore.Numerics;

/// <summary>
/// A real number, or several side by side in the lanes of vector registers. A formula that is written once over it serves one problem at a time
/// (<see cref="Real"/>) and eight at a time (<see cref="Real8"/>), with the same bits in each lane:
/// <code>
/// static T Pendulum&lt;T&gt;(T angle, T speed, T friction) where T : struct, IReal&lt;T&gt; => -9.81 * T.Sin(angle) - (friction * speed);
/// </code>
/// </summary>
/// <remarks>
/// Arithmetic and square roots are correctly rounded and none of it is fused; the functions are those of <see cref="VectorMath"/>, with its accuracy. There is no
/// branch on a value, as lanes would part: <see cref="IfLess"/> takes one of two values in each lane.
/// </remarks>
/// <typeparam name="TSelf">The number.</typeparam>
public interface IReal<TSelf>
    where TSelf : struct, IReal<TSelf>
{
    /// <summary>The same number in every lane.</summary>
    /// <param name="value">The number.</param>
    static abstract TSelf Constant(double value);

    /// <summary>The sum.</summary>
    static abstract TSelf operator +(TSelf x, TSelf y);

    /// <summary>The sum.</summary>
    static abstract TSelf operator +(TSelf x, double y);

    /// <summary>The sum.</summary>
    static abstract TSelf operator +(double x, TSelf y);

    /// <summary>The difference.</summary>
    static abstract TSelf operator -(TSelf x, TSelf y);

    /// <summary>The difference.</summary>
    static abstract TSelf operator -(TSelf x, double y);

    /// <summary>The difference.</summary>
    static abstract TSelf operator -(double x, TSelf y);

    /// <summary>The negative.</summary>
    static abstract TSelf operator -(TSelf x);

    /// <summary>The product.</summary>
    static abstract TSelf operator *(TSelf x, TSelf y);

    /// <summary>The product.</summary>
    static abstract TSelf operator *(TSelf x, double y);

    /// <summary>The product.</summary>
    static abstract TSelf operator *(double x, TSelf y);

    /// <summary>The quotient.</summary>
    static abstract TSelf operator /(TSelf x, TSelf y);

    /// <summary>The quotient.</summary>
    static abstract TSelf operator /(TSelf x, double y);

    /// <summary>The quotient.</summary>
    static abstract TSelf operator /(double x, TSelf y);

    /// <summary>The square root; NaN for negative numbers.</summary>
    /// <param name="x">The number.</param>
    static abstract TSelf Sqrt(TSelf x);

    /// <summary>The magnitude.</summary>
    /// <param name="x">The number.</param>
    static abstract TSelf Abs(TSelf x);

    /// <summary>e^x.</summary>
    /// <param name="x">The number.</param>
    static abstract TSelf Exp(TSelf x);

    /// <summary>The natural logarithm; NaN for negative numbers.</summary>
    /// <param name="x">The number.</param>
    static abstract TSelf Log(TSelf x);

    /// <summary>The sine of an angle in radians.</summary>
    /// <param name="x">The angle.</param>
    static abstract TSelf Sin(TSelf x);

    /// <summary>The cosine of an angle in radians.</summary>
    /// <param name="x">The angle.</param>
    static abstract TSelf Cos(TSelf x);

    /// <summary>The hyperbolic tangent.</summary>
    /// <param name="x">The number.</param>
    static abstract TSelf Tanh(TSelf x);

    /// <summary>x to a power.</summary>
    /// <param name="x">The number.</param>
    /// <param name="exponent">The power.</param>
    static abstract TSelf Pow(TSelf x, double exponent);

    /// <summary>In each lane one of two values: <paramref name="then"/> where x &lt; y, <paramref name="otherwise"/> elsewhere, also where either is NaN.</summary>
    /// <param name="x">The left side of the comparison.</param>
    /// <param name="y">The right side.</param>
    /// <param name="then">The value where it holds.</param>
    /// <param name="otherwise">The value elsewhere.</param>
    static abstract TSelf IfLess(TSelf x, TSelf y, TSelf then, TSelf otherwise);
}
