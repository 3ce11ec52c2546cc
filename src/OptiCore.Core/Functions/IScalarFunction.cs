namespace OptiCore;

/// <summary>
/// A real function of one real variable. Implemented by a <c>struct</c> it is compiled into the algorithm that calls it, without the cost of a
/// delegate; one-shot calls take a <see cref="Func{T, TResult}"/> instead.
/// </summary>
public interface IScalarFunction
{
    /// <summary>The value f(x).</summary>
    /// <param name="x">The abscissa.</param>
    double Evaluate(double x);
}

/// <summary>A delegate as an <see cref="IScalarFunction"/>.</summary>
/// <param name="function">The delegate.</param>
internal readonly struct DelegateFunction(Func<double, double> function) : IScalarFunction
{
    public double Evaluate(double x) => function(x);
}
