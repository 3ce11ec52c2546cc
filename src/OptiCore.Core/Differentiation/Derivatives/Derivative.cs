namespace OptiCore.Differentiation;

/// <summary>
/// Derivatives of expressions, as expressions: of any order, to be combined with anything else. For <c>using static OptiCore.Differentiation.Derivative</c>.
/// </summary>
/// <remarks>
/// <para>All come from one rule of each operation, its vector-Jacobian product, written in operations. A Jacobian-vector product is the derivative of the vector-Jacobian product by the
/// vector, in which it is linear: B. Christianson (1992), "Automatic Hessians by reverse accumulation"; R. Frostig et al. (2021), "Decomposing reverse-mode automatic differentiation".</para>
/// <para>Where a derivative doesn't exist (|x| at 0, the larger of two equal numbers), one of the subgradients is taken, as the operation says.</para>
/// </remarks>
public static class Derivative
{
    /// <summary>The gradient of a scalar, of the argument's shape: about twice to three times the scalar's own cost.</summary>
    /// <param name="y">A scalar.</param>
    /// <param name="x">The variable to differentiate by; where y doesn't depend on it, the gradient is 0.</param>
    /// <exception cref="ArgumentException">y isn't a scalar.</exception>
    public static Variable Gradient(Variable y, Variable x) => Gradients(y, x)[0];

    /// <summary>The gradients of a scalar by several variables, in one sweep.</summary>
    /// <param name="y">A scalar.</param>
    /// <param name="x">The variables to differentiate by.</param>
    /// <exception cref="ArgumentException">y isn't a scalar.</exception>
    public static Variable[] Gradients(Variable y, params ReadOnlySpan<Variable> x) => y.Shape.ElementCount == 1
        ? VectorJacobian([y], x, [Operations.BroadcastTo(1, y.Shape)])
        : throw new ArgumentException($"gradient of {y.Shape}: only a scalar has a gradient; sum it, or ask for a Jacobian.", nameof(y));

    /// <summary>The vector-Jacobian product v dy/dx, of the shape of x, for about twice the cost of y.</summary>
    /// <param name="y">The result.</param>
    /// <param name="x">The variable to differentiate by.</param>
    /// <param name="v">The vector, of the shape of y.</param>
    /// <exception cref="ArgumentException">v hasn't the shape of y.</exception>
    public static Variable VectorJacobian(Variable y, Variable x, Variable v) => VectorJacobian([y], [x], [v])[0];

    /// <summary>The vector-Jacobian products sum_j v_j dy_j/dx_i.</summary>
    /// <param name="y">The results.</param>
    /// <param name="x">The variables to differentiate by.</param>
    /// <param name="v">One vector for each result, of its shape.</param>
    /// <exception cref="ArgumentException">The vectors don't fit the results.</exception>
    public static Variable[] VectorJacobian(ReadOnlySpan<Variable> y, ReadOnlySpan<Variable> x, ReadOnlySpan<Variable> v)
    {
        var cotangents = new Variable?[y.Length];
        Fit(y, v, nameof(v)).CopyTo(cotangents, 0);
        return Filled(Pullback.Of(y, cotangents, x), x);
    }

    /// <summary>The Jacobian-vector product (dy/dx) v, of the shape of y: the derivative of y along v, for about twice the cost of y.</summary>
    /// <param name="y">The result.</param>
    /// <param name="x">The variable to differentiate by.</param>
    /// <param name="v">The direction, of the shape of x.</param>
    /// <exception cref="ArgumentException">v hasn't the shape of x.</exception>
    public static Variable JacobianVector(Variable y, Variable x, Variable v) => JacobianVector([y], [x], [v])[0];

    /// <summary>The Jacobian-vector products sum_i (dy_j/dx_i) v_i.</summary>
    /// <param name="y">The results.</param>
    /// <param name="x">The variables to differentiate by.</param>
    /// <param name="v">One direction for each variable, of its shape.</param>
    /// <exception cref="ArgumentException">The directions don't fit the variables.</exception>
    public static Variable[] JacobianVector(ReadOnlySpan<Variable> y, ReadOnlySpan<Variable> x, ReadOnlySpan<Variable> v)
    {
        Variable?[] directions = Fit(x, v, nameof(v));
        var vectors = new Variable[y.Length];
        var cotangents = new Variable?[y.Length];
        for (int i = 0; i < y.Length; i++)
            cotangents[i] = vectors[i] = Variable.Input("cotangent", y[i].Shape);
        Variable?[] products = Pullback.Of(y, cotangents, x);

        // The products are linear in the vectors: what is left of their derivative doesn't depend on them.
        var results = new List<Variable>();
        var along = new List<Variable?>();
        for (int i = 0; i < products.Length; i++)
        {
            if (products[i] is not { } product)
                continue;
            results.Add(product);
            along.Add(directions[i]);
        }

        return Filled(Pullback.Of([.. results], [.. along], vectors), y);
    }

    /// <summary>The product of a scalar's Hessian and a vector, for about twice the gradient's cost.</summary>
    /// <param name="y">A scalar.</param>
    /// <param name="x">The variable to differentiate by.</param>
    /// <param name="v">The vector, of the shape of x.</param>
    /// <exception cref="ArgumentException">y isn't a scalar, or v hasn't the shape of x.</exception>
    public static Variable HessianVector(Variable y, Variable x, Variable v) => JacobianVector(Gradient(y, x), x, v);

    /// <summary>The Jacobian dy/dx, of the shape of y followed by that of x: as many products as the smaller of the two has elements, in one batch.</summary>
    /// <param name="y">The result.</param>
    /// <param name="x">The variable to differentiate by.</param>
    public static Variable Jacobian(Variable y, Variable x)
    {
        int m = y.Shape.ElementCount, n = x.Shape.ElementCount;
        Shape shape = x.Shape.After(y.Shape.Lengths);
        if (m <= n)
        {
            Variable v = Variable.Input("cotangent", y.Shape);
            Variable rows = Batching.Map([VectorJacobian(y, x, v)], [v], [Operations.Reshape(Operations.Identity(m), y.Shape.After([m]))], m)[0];
            return Operations.Reshape(rows, shape);
        }

        Variable direction = Variable.Input("direction", x.Shape);
        Variable columns = Batching.Map([JacobianVector(y, x, direction)], [direction], [Operations.Reshape(Operations.Identity(n), x.Shape.After([n]))], n)[0];
        return Operations.Reshape(Operations.Transpose(Operations.Reshape(columns, [n, m])), shape);
    }

    /// <summary>The Hessian of a scalar, of the shape of x twice: as many Hessian-vector products as x has elements, in one batch.</summary>
    /// <param name="y">A scalar.</param>
    /// <param name="x">The variable to differentiate by.</param>
    /// <exception cref="ArgumentException">y isn't a scalar.</exception>
    public static Variable Hessian(Variable y, Variable x) => Jacobian(Gradient(y, x), x);

    /// <summary>A function of one element of a batch, applied to all: written for x[i], computed for the whole of x at once. Gradients inside are per element.</summary>
    /// <param name="function">The function of one element; it may use other variables, the same for all.</param>
    /// <param name="x">The batch; its first axis is mapped over.</param>
    /// <returns>The results along a first axis.</returns>
    /// <exception cref="ArgumentException">x is a scalar.</exception>
    public static Variable Batch(Func<Variable, Variable> function, Variable x) => Batch(arguments => [function(arguments[0])], x)[0];

    /// <summary>A function of one element each of two batches, applied to all.</summary>
    /// <param name="function">The function.</param>
    /// <param name="x">A batch.</param>
    /// <param name="y">A batch of the same length.</param>
    /// <exception cref="ArgumentException">The first axes differ or are missing.</exception>
    public static Variable Batch(Func<Variable, Variable, Variable> function, Variable x, Variable y) => Batch(arguments => [function(arguments[0], arguments[1])], x, y)[0];

    /// <summary>A function of one element of each of several batches, applied to all.</summary>
    /// <param name="function">The function; it gets one element of each batch.</param>
    /// <param name="batches">The batches, of the same length.</param>
    /// <returns>The results, each along a first axis.</returns>
    /// <exception cref="ArgumentException">There is no batch, or their first axes differ or are missing.</exception>
    public static Variable[] Batch(Func<Variable[], Variable[]> function, params ReadOnlySpan<Variable> batches)
    {
        ArgumentNullException.ThrowIfNull(function);
        if (batches.IsEmpty)
            throw new ArgumentException("batch: no batch was given.", nameof(batches));
        var elements = new Variable[batches.Length];
        for (int i = 0; i < elements.Length; i++)
        {
            Shape shape = batches[i].Shape;
            if (shape.Rank == 0 || shape[0] != batches[0].Shape[0])
                throw new ArgumentException($"batch of {batches[0].Shape} and {shape}: the first axes must be equal.", nameof(batches));
            elements[i] = Variable.Input("element", shape.Without(0, 1));
        }

        return Batching.Map(function(elements), elements, batches, batches[0].Shape[0]);
    }

    private static Variable?[] Fit(ReadOnlySpan<Variable> variables, ReadOnlySpan<Variable> vectors, string name)
    {
        if (variables.Length != vectors.Length)
            throw new ArgumentException($"{vectors.Length} vectors for {variables.Length} variables.", name);
        var fitted = new Variable?[vectors.Length];
        for (int i = 0; i < fitted.Length; i++)
        {
            fitted[i] = vectors[i].Shape == variables[i].Shape
                ? vectors[i]
                : throw new ArgumentException($"A vector of shape {vectors[i].Shape} for a variable of shape {variables[i].Shape}.", name);
        }

        return fitted;
    }

    private static Variable[] Filled(Variable?[] results, ReadOnlySpan<Variable> like)
    {
        var all = new Variable[results.Length];
        for (int i = 0; i < all.Length; i++)
            all[i] = results[i] ?? Operations.BroadcastTo(0, like[i].Shape);
        return all;
    }
}
