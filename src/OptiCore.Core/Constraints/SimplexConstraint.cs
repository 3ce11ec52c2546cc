using OptiCore.Differentiation;

namespace OptiCore;

/// <summary>
/// Probabilities: K positive numbers that sum to 1, from K - 1 coordinates by breaking a stick. The part z[k] = 1 / (1 + e^(log(K - k) - u[k])) of what is left of the stick is broken off as x[k],
/// k = 1 .. K - 1, and x[K] is the rest; u = 0 is the uniform point 1/K. The density is with respect to x[1..K-1]: log |J| = sum_k log(z[k] (1 - z[k]) rest[k]).
/// </summary>
/// <remarks>
/// The stick-breaking form of Stan up to release 2.36 (later ones use an isometric log-ratio; the distribution of x is the same). M. Betancourt (2012), Cruising the simplex: Hamiltonian Monte Carlo
/// and the Dirichlet distribution. The rest of the stick is kept as a logarithm, so nothing underflows before the elements themselves.
/// </remarks>
public sealed record SimplexConstraint : Constraint
{
    private const double Tolerance = 1e-8;

    /// <summary>K probabilities.</summary>
    /// <param name="count">K, at least 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">K is less than 2.</exception>
    public SimplexConstraint(int count)
        : base([Require.AtLeast(count, 2)], count - 1)
    {
    }

    /// <inheritdoc/>
    public override double Constrain(ReadOnlySpan<double> u, Span<double> x)
    {
        CheckLengths(u, x);
        double logRest = 0, sum = 0;
        for (int k = 0; k < u.Length; k++)
        {
            Break(u[k] - Math.Log(u.Length - k), out double logPart, out double logOther);
            x[k] = Math.Exp(logRest + logPart);
            sum += logRest + logPart + logOther;
            logRest += logOther;
        }

        x[^1] = Math.Exp(logRest);
        return sum;
    }

    /// <inheritdoc/>
    public override void Unconstrain(ReadOnlySpan<double> x, Span<double> u, string name = "x")
    {
        CheckLengths(u, x);
        double sum = 0;
        for (int k = 0; k < x.Length; k++)
        {
            if (!(x[k] > 0))
                throw Violation(name, k, x[k], "every element of a simplex must be positive");
            sum += x[k];
        }

        if (!(Math.Abs(sum - 1) <= Tolerance))
            throw new ArgumentException($"The elements of {name} sum to {sum:r}; those of a simplex must sum to 1.", name);

        // The rests are sums from the end, which don't cancel.
        double rest = x[^1];
        for (int k = u.Length - 1; k >= 0; k--)
        {
            u[k] = Math.Log(x[k] / rest) + Math.Log(u.Length - k);
            rest += x[k];
        }
    }

    /// <inheritdoc/>
    public override void Pullback(ReadOnlySpan<double> u, ReadOnlySpan<double> x, ReadOnlySpan<double> gradientX, Span<double> gradientU)
    {
        CheckLengths(u, x, gradientX, gradientU);

        // The derivative by the logarithm of the rest, from the last element back.
        double byRest = gradientX[^1] * x[^1];
        for (int k = u.Length - 1; k >= 0; k--)
        {
            double z = SpecialFunctions.Expit(u[k] - Math.Log(u.Length - k)), other = SpecialFunctions.Expit(Math.Log(u.Length - k) - u[k]);
            double byPart = (gradientX[k] * x[k]) + 1;
            gradientU[k] = (byPart * other) - ((byRest + 1) * z);
            byRest += byPart;
        }
    }

    /// <inheritdoc/>
    public override Variable Constrain(Variable u, out Variable logJacobian)
    {
        CheckShape(u);
        var offsets = new double[CoordinateCount];
        for (int k = 0; k < offsets.Length; k++)
            offsets[k] = Math.Log(offsets.Length - k);
        Variable argument = u - Variable.Constant<double>(offsets, [offsets.Length]);
        Variable logPart = Operations.LogSigmoid(argument), logOther = Operations.LogSigmoid(-argument);
        Variable rests = Operations.Pad(Operations.CumulativeSum(logOther), 0, 1, 0);
        logJacobian = Operations.Sum(rests[..^1] + logPart + logOther);
        return Operations.Exp(rests + Operations.Pad(logPart, 0, 0, 1));
    }

    /// <summary>log z and log(1 - z) of the logistic function z of an argument.</summary>
    private static void Break(double argument, out double logPart, out double logOther)
    {
        double rest = SpecialFunctions.LogOnePlus(Math.Exp(-Math.Abs(argument)));
        logPart = Math.Min(argument, 0) - rest;
        logOther = Math.Min(-argument, 0) - rest;
    }
}
