using OptiCore.Differentiation;
using OptiCore.Randomness;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Networks;

/// <summary>
/// A layer of rectifiers in geometric parameters, y = relu(r (u(theta)' x - lambda)): the direction u of a unit's boundary in hyperspherical angles, its distance lambda from the origin, and the
/// slope r apart. Parameters: <c>angles</c> [inputs - 1, outputs], <c>offset</c> [outputs], <c>scale</c> [outputs].
/// </summary>
/// <param name="Outputs">The number of units.</param>
/// <remarks>
/// <para>W. Chen, H. Ge (2024), "ReLU characteristic activation analysis". Where the weights of a unit are small, a small step of w and b in relu(w'x + b) swings its boundary {x: w'x + b = 0} by
/// any angle; here the boundary turns by at most |step of theta|, since |du| &lt;= |dtheta|, and shifts by the step of lambda. Otherwise training is as ever.</para>
/// <para>What that was worth when functions of one and two variables were fitted by Adam in 200 steps: from weights of the length 0.4, a quarter to two thirds of the loss that weights and weight
/// normalization reach, at rates from 0.01 to 0.1; from the usual length sqrt(2) nothing beyond the spread of ten seeds. Rates of 0.3 and more it bears no better than weights do.</para>
/// <para>u = (cos t1, sin t1 cos t2, ..., sin t1 ... sin t(n-1)). At first u is uniform on the sphere, lambda = 0, and r = sqrt(2) keeps the mean square as normal weights of variance 2 / inputs do.
/// With one input u = 1, and r has a random sign. Inputs should be centred, and offsets spread over them where their range is known:
/// boundaries that all begin at the origin have to travel.</para>
/// </remarks>
[Algorithm("Geometric parameterization of rectifiers", "Network parameterizations", "Chen and Ge (2024), ReLU characteristic activation analysis")]
public sealed record GeometricRelu(int Outputs) : Module
{
    /// <summary>The number of units.</summary>
    public int Outputs { get; init => field = Require.Positive(value); } = Require.Positive(Outputs, nameof(Outputs));

    /// <summary>What the offsets lambda are at first.</summary>
    public Initializer Offsets { get; init => field = Require.NotNull(value); } = Initializer.Zeros;

    /// <summary>What the slopes r are at first; null for sqrt(2), with random signs where there is one input.</summary>
    public Initializer? Scales { get; init; }

    /// <summary>Unit vectors from hyperspherical angles: any angles give one, and for every unit vector there are some.</summary>
    /// <param name="angles">The angles [n - 1, count].</param>
    /// <returns>The vectors as columns [n, count].</returns>
    /// <exception cref="ArgumentException">There aren't two axes.</exception>
    public static Variable Directions(Variable angles)
    {
        if (angles.Rank != 2)
            throw new ArgumentException($"The angles have the shape {angles.Shape}; they have two axes.", nameof(angles));
        Variable one = BroadcastTo(1, [angles.Shape[1]]);
        if (angles.Shape[0] == 0)
            return ExpandAxis(one, 0);
        (Variable[] last, Variable[] elements) = Scan(
            step => ([step.Carry[0] * step.Elements[1]], [step.Carry[0] * step.Elements[0]]), [one], [Cos(angles), Sin(angles)], angles.Shape[0]);
        return Concatenate(0, elements[0], ExpandAxis(last[0], 0));
    }

    /// <inheritdoc/>
    public override Variable Apply(Scope scope, Variable x)
    {
        ArgumentNullException.ThrowIfNull(scope);
        int inputs = x.Rank > 0 && x.Shape[-1] > 0 ? x.Shape[-1] : throw new ArgumentException($"The input has the shape {x.Shape}; it needs a last axis.", nameof(x));
        Variable along = MatMul(x, Directions(scope.Parameter("angles", [inputs - 1, Outputs], UniformDirections.Instance)));
        Variable scale = scope.Parameter("scale", [Outputs], Scales ?? (inputs == 1 ? RandomSigns.Instance : Initializer.Value(Math.Sqrt(2))));
        return Relu(scale * (along - scope.Parameter("offset", [Outputs], Offsets)));
    }

    /// <summary>The angles of directions that are uniform on the sphere.</summary>
    private sealed record UniformDirections : Initializer
    {
        public static UniformDirections Instance { get; } = new();

        public override void Fill(RandomKey key, Shape shape, Span<double> values)
        {
            (int n, int count) = (shape[0] + 1, shape[1]);
            var normal = new double[n];
            for (int unit = 0; unit < count; unit++)
            {
                RandomFill.Normal(key.Fold(unit), normal);

                // From the end: each angle is that between an element and the length of all after it; the last has the sign.
                double rest = normal[^1];
                for (int k = n - 2; k >= 0; k--)
                {
                    values[(k * count) + unit] = Math.Atan2(rest, normal[k]);
                    rest = double.Hypot(rest, normal[k]);
                }
            }
        }
    }

    private sealed record RandomSigns : Initializer
    {
        public static RandomSigns Instance { get; } = new();

        public override void Fill(RandomKey key, Shape shape, Span<double> values)
        {
            RandomFill.Uniform(key, values);
            for (int i = 0; i < values.Length; i++)
                values[i] = values[i] < 0.5 ? -Math.Sqrt(2) : Math.Sqrt(2);
        }
    }
}
