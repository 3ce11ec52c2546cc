namespace OptiCore.Dynamics;

/// <summary>
/// Functions psi_1, ..., psi_N of a state, as a value: candidate terms of an equation, observables of a Koopman operator, features of a regression. Libraries are added:
/// <code>FeatureLibrary library = new MonomialFeatures { Degree = 2 } + new FourierFeatures { Harmonics = 1 };</code>
/// </summary>
/// <remarks>A library holds no state and serves any number of threads. A new one is a record with three methods.</remarks>
public abstract record FeatureLibrary
{
    // Above this many numbers a scratch array lives on the heap.
    internal const int StackLimit = 512;

    /// <summary>The number N of functions for states of a dimension.</summary>
    /// <param name="dimension">The number n of variables, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The library isn't one of that many variables.</exception>
    public abstract int Count(int dimension);

    /// <summary>Writes all functions at a point.</summary>
    /// <param name="x">The point, n elements.</param>
    /// <param name="features">Receives N values.</param>
    public abstract void Evaluate(ReadOnlySpan<double> x, Span<double> features);

    /// <summary>A function in words, for printed equations. The constant function's name is "1".</summary>
    /// <param name="feature">Its number, from 0 to N - 1.</param>
    /// <param name="variables">The names of the variables, n elements.</param>
    public abstract string Name(int feature, ReadOnlySpan<string> variables);

    /// <summary>The functions of both libraries, those of the left one first.</summary>
    /// <param name="left">A library.</param>
    /// <param name="right">Another one.</param>
    public static FeatureLibrary operator +(FeatureLibrary left, FeatureLibrary right) => Add(left, right);

    /// <summary>The functions of both libraries, those of the left one first.</summary>
    /// <param name="left">A library.</param>
    /// <param name="right">Another one.</param>
    public static FeatureLibrary Add(FeatureLibrary left, FeatureLibrary right) => new JoinedFeatures(left, right);

    /// <summary>All functions at all points: the matrix Psi, m x N, row-major.</summary>
    /// <param name="points">The points, m x n, row-major.</param>
    /// <param name="dimension">The number n of variables.</param>
    /// <exception cref="ArgumentException">The length isn't a multiple of n.</exception>
    public double[] Matrix(ReadOnlySpan<double> points, int dimension)
    {
        Require.Positive(dimension, nameof(dimension));
        int m = points.Length / dimension, count = Count(dimension);
        Require.Length(points.Length, m * dimension, nameof(points));
        var matrix = new double[checked(m * count)];
        for (int i = 0; i < m; i++)
            Evaluate(points.Slice(i * dimension, dimension), matrix.AsSpan(i * count, count));
        return matrix;
    }

    /// <summary>The names of all functions.</summary>
    /// <param name="variables">The names of the variables, n elements.</param>
    public string[] Names(ReadOnlySpan<string> variables)
    {
        var names = new string[Count(variables.Length)];
        for (int i = 0; i < names.Length; i++)
            names[i] = Name(i, variables);
        return names;
    }
}

/// <summary>The functions of two libraries, one after the other; made by +.</summary>
/// <param name="Left">The first library.</param>
/// <param name="Right">The second one.</param>
public sealed record JoinedFeatures(FeatureLibrary Left, FeatureLibrary Right) : FeatureLibrary
{
    /// <summary>The first library.</summary>
    public FeatureLibrary Left { get; init => field = Require.NotNull(value); } = Require.NotNull(Left);

    /// <summary>The second library.</summary>
    public FeatureLibrary Right { get; init => field = Require.NotNull(value); } = Require.NotNull(Right);

    /// <inheritdoc/>
    public override int Count(int dimension) => Left.Count(dimension) + Right.Count(dimension);

    /// <inheritdoc/>
    public override void Evaluate(ReadOnlySpan<double> x, Span<double> features)
    {
        int first = Left.Count(x.Length);
        Left.Evaluate(x, features[..first]);
        Right.Evaluate(x, features[first..]);
    }

    /// <inheritdoc/>
    public override string Name(int feature, ReadOnlySpan<string> variables)
    {
        int first = Left.Count(variables.Length);
        return feature < first ? Left.Name(feature, variables) : Right.Name(feature - first, variables);
    }
}

/// <summary>All products of a function of one library and one of another: number i N2 + j is psi_i chi_j.</summary>
/// <param name="Left">The library of psi.</param>
/// <param name="Right">The library of chi.</param>
public sealed record ProductFeatures(FeatureLibrary Left, FeatureLibrary Right) : FeatureLibrary
{
    /// <summary>The library of psi.</summary>
    public FeatureLibrary Left { get; init => field = Require.NotNull(value); } = Require.NotNull(Left);

    /// <summary>The library of chi.</summary>
    public FeatureLibrary Right { get; init => field = Require.NotNull(value); } = Require.NotNull(Right);

    /// <inheritdoc/>
    public override int Count(int dimension) => checked(Left.Count(dimension) * Right.Count(dimension));

    /// <inheritdoc/>
    public override void Evaluate(ReadOnlySpan<double> x, Span<double> features)
    {
        int rows = Left.Count(x.Length), columns = Right.Count(x.Length);
        Span<double> scratch = rows + columns <= StackLimit ? stackalloc double[StackLimit] : new double[rows + columns];
        Span<double> left = scratch[..rows], right = scratch.Slice(rows, columns);
        Left.Evaluate(x, left);
        Right.Evaluate(x, right);
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
                features[(i * columns) + j] = left[i] * right[j];
        }
    }

    /// <inheritdoc/>
    public override string Name(int feature, ReadOnlySpan<string> variables)
    {
        int columns = Right.Count(variables.Length);
        string left = Left.Name(feature / columns, variables), right = Right.Name(feature % columns, variables);
        return left == "1" ? right : right == "1" ? left : left + " " + right;
    }
}

/// <summary>A library of some of the variables, in the order given: <c>new RestrictedFeatures(new FourierFeatures(), 0)</c> is one of the first variable alone.</summary>
public sealed record RestrictedFeatures : FeatureLibrary
{
    private readonly int[] _variables;

    /// <summary>Restricts a library.</summary>
    /// <param name="library">The library.</param>
    /// <param name="variables">The numbers of the variables that it sees, from 0.</param>
    /// <exception cref="ArgumentException">There is no variable, or a number is negative.</exception>
    public RestrictedFeatures(FeatureLibrary library, params ReadOnlySpan<int> variables)
    {
        Library = Require.NotNull(library);
        if (variables.IsEmpty)
            throw new ArgumentException("A restricted library needs at least one variable.", nameof(variables));
        foreach (int variable in variables)
            Require.NonNegative(variable, nameof(variables));
        _variables = variables.ToArray();
    }

    /// <summary>The library.</summary>
    public FeatureLibrary Library { get; }

    /// <summary>The numbers of the variables that it sees.</summary>
    public ReadOnlySpan<int> Variables => _variables;

    /// <inheritdoc/>
    public override int Count(int dimension)
    {
        foreach (int variable in _variables)
        {
            if (variable >= dimension)
                throw new ArgumentOutOfRangeException(nameof(dimension), dimension, $"The library sees variable {variable}: there must be more variables than that.");
        }

        return Library.Count(_variables.Length);
    }

    /// <inheritdoc/>
    public override void Evaluate(ReadOnlySpan<double> x, Span<double> features)
    {
        Span<double> part = _variables.Length <= StackLimit ? stackalloc double[_variables.Length] : new double[_variables.Length];
        for (int i = 0; i < part.Length; i++)
            part[i] = x[_variables[i]];
        Library.Evaluate(part, features);
    }

    /// <inheritdoc/>
    public override string Name(int feature, ReadOnlySpan<string> variables)
    {
        var part = new string[_variables.Length];
        for (int i = 0; i < part.Length; i++)
            part[i] = variables[_variables[i]];
        return Library.Name(feature, part);
    }
}
