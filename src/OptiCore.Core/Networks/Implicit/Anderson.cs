using OptiCore.Differentiation;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Networks;

/// <summary>A fixed point within an expression, and how it was found.</summary>
/// <param name="Solution">The iterate z with the smallest residual, for each state. No derivative passes through it: see <see cref="Operations.ImplicitFixedPoint"/>.</param>
/// <param name="Iterations">The number of evaluations of the map, a scalar.</param>
/// <param name="Residual">The largest of the states' residuals |f(z) - z| / |f(z)|, a scalar.</param>
/// <param name="RandomIterate">One of the iterates, each with the same probability; the solution itself if no key was given.</param>
public sealed record FixedPoint(Variable Solution, Variable Iterations, Variable Residual, Variable RandomIterate);

/// <summary>
/// Anderson acceleration of the iteration z = f(z), for many states side by side: the next iterate is (1 - beta) sum_i alpha_i z_i + beta sum_i alpha_i f(z_i) over the last m iterates, where
/// alpha minimizes |sum_i alpha_i (f(z_i) - z_i)| under sum_i alpha_i = 1.
/// </summary>
/// <remarks>
/// <para>D. G. Anderson (1965), "Iterative procedures for nonlinear integral equations"; H. F. Walker, P. Ni (2011), "Anderson acceleration for fixed-point iterations". Each state has weights of
/// its own, from a Gram matrix of m x m residuals of unit length plus <see cref="Regularization"/> on its diagonal, so that neither the states' scales nor nearly parallel residuals matter.</para>
/// <para>One evaluation of the map and O(m^2 n) operations a step; memory for 2 m states, whatever the number of steps. All states go on until the last of them is done. Where the map gives NaN,
/// the iteration stops and the residual is NaN.</para>
/// </remarks>
[Algorithm("Anderson acceleration", "Fixed points", "Walker and Ni (2011), Anderson acceleration for fixed-point iterations")]
public sealed record Anderson
{
    // Smaller than any residual that matters, and a number of both element types.
    private const double Tiny = 1e-30;

    /// <summary>The relative residual |f(z) - z| / |f(z)| at which every state is done.</summary>
    public double Tolerance { get; init => field = Require.Positive(value); } = 1e-4;

    /// <summary>The largest number of evaluations of the map.</summary>
    public int MaxIterations { get; init => field = Require.Positive(value); } = 50;

    /// <summary>The number m of iterates that are combined; 1 for the damped fixed-point iteration.</summary>
    public int History { get; init => field = Require.Positive(value); } = 5;

    /// <summary>The part beta of f(z) in the next iterate, against z.</summary>
    public double Mixing { get; init => field = Require.InOpenClosed(value, 0, 1); } = 1;

    /// <summary>What is added to the diagonal of the Gram matrix of residuals of unit length. For doubles, 1e-10 converges faster.</summary>
    public double Regularization { get; init => field = Require.Positive(value); } = 1e-5;

    /// <summary>How many of the last axes make one state; the axes before are states side by side.</summary>
    public int StateAxes { get; init => field = Require.Positive(value); } = 1;

    /// <summary>Writes the iteration.</summary>
    /// <param name="map">Computes f(z), of the shape of z.</param>
    /// <param name="start">The first iterate.</param>
    /// <param name="key">The key by which <see cref="FixedPoint.RandomIterate"/> is chosen; null for none.</param>
    /// <exception cref="ArgumentException">The map's result has another shape than its argument, or the start has too few axes.</exception>
    public FixedPoint Solve(Func<Variable, Variable> map, Variable start, KeyVariable? key = null)
    {
        ArgumentNullException.ThrowIfNull(map);
        if (start.Rank < StateAxes)
            throw new ArgumentException($"A state has {StateAxes} axes; the start has the shape {start.Shape}.", nameof(start));
        int n = start.Shape.Trailing(StateAxes).ElementCount, states = start.Shape.Leading(start.Rank - StateAxes).ElementCount, m = History;
        Variable flat = Reshape(StopGradient(start), [states, 1, n]);
        Variable histories = BroadcastTo(0, [states, m, n]);
        Variable unknown = BroadcastTo(double.PositiveInfinity, [states, 1, 1]);

        // Carried: iterate, earlier iterates, their residuals, count, largest residual, best iterate, its residual, random iterate.
        (Variable[] last, _) = While(
            carry => carry[4] > Tolerance,
            carry =>
            {
                (Variable z, Variable count) = (carry[0], carry[3]);
                Variable image = map(Reshape(z, start.Shape));
                if (image.Shape != start.Shape)
                    throw new ArgumentException($"The map takes {start.Shape} to {image.Shape}.", nameof(map));
                Variable f = Reshape(image, [states, 1, n]), g = f - z;
                Variable relative = Norm(g, -1, keepAxis: true) / (Norm(f, -1, keepAxis: true) + Tiny);
                Variable isBetter = 1 - (relative >= carry[6]);
                Variable iterates = Shifted(carry[1], z, m), residuals = Shifted(carry[2], g, m);
                Variable alpha = Weights(residuals, count + 1, m);
                Variable next = Sum(alpha * (iterates + (Mixing * residuals)), -2, keepAxis: true);
                Variable random = key is null ? carry[7] : Select(RandomUniform(key.Derive(count), []) * (count + 1) < 1, z, carry[7]);
                Variable best = Select(isBetter, relative, carry[6]);
                return [next, iterates, residuals, count + 1, Max(best), Select(isBetter, z, carry[5]), best, random];
            },
            [flat, histories, histories, 0, double.PositiveInfinity, flat, unknown, flat],
            MaxIterations);
        Variable solution = Reshape(last[5], start.Shape);
        return new FixedPoint(StopGradient(solution), last[3], last[4], key is null ? StopGradient(solution) : StopGradient(Reshape(last[7], start.Shape)));
    }

    private static Variable Shifted(Variable history, Variable newest, int m) => m == 1 ? newest : Concatenate(-2, Slice(history, -2, 1, m - 1), newest);

    /// <summary>The weights [states, m, 1] of the last iterates.</summary>
    private Variable Weights(Variable residuals, Variable count, int m)
    {
        if (m == 1)
            return 1;
        double[] ages = new double[m];
        for (int i = 0; i < m; i++)
            ages[i] = m - i;
        Variable isThere = Variable.Constant<double>(ages, [m, 1]) <= count;

        // With g_i = d_i u_i, the weights are proportional to D^-1 (U U' + mu I)^-1 D^-1 1; their sum is positive.
        Variable lengths = Max(Norm(residuals, -1, keepAxis: true), Tiny);
        Variable units = residuals / lengths;
        Variable inverse = isThere * Min(Select(isThere, lengths, double.PositiveInfinity), -2, keepAxis: true) / lengths;
        Variable gram = MatMul(units, Transpose(units)) + (Regularization * Identity(m)) + DiagonalMatrix(1 - Reshape(isThere, [m]));
        Variable weights = inverse * Operations.Solve(gram, inverse, isPositiveDefinite: true);
        return weights / Sum(weights, -2, keepAxis: true);
    }
}
