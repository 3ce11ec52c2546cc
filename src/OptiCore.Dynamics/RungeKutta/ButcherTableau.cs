namespace OptiCore.Dynamics;

/// <summary>
/// The coefficients of an explicit Runge-Kutta method: stages k(i) = f(t + c(i) h, y + h sum a(i,j) k(j)), solution y + h sum b(i) k(i), error estimate
/// h sum e(i) k(i), and dense output.
/// </summary>
/// <remarks>
/// Between t and t + h, with theta from 0 to 1, the solution is the cubic Hermite interpolant through both ends (order 3), plus
/// h theta^2 (1 - theta)^2 (D0 + theta (D1 + (1 - theta) (D2 + theta (D3 + ...)))) with D(j) = sum d(j,i) k(i) where the method has such weights d: each row
/// raises the order by one. Some methods need further stages for them, at points inside the step, which are computed only for steps that are interpolated.
/// All of it is continuously differentiable over steps.
/// </remarks>
public sealed class ButcherTableau
{
    // Published decimals have 15 or more digits; rows of up to a dozen terms of size about 10 add up to this.
    private const double Rounding = 1e-13;

    private readonly double[][] _a;
    private readonly double[] _b;
    private readonly double[] _c;

    /// <summary>Creates a method.</summary>
    /// <param name="a">The strictly lower triangle, s rows; row i (from 0) has i elements.</param>
    /// <param name="b">The weights of the solution, s elements, with sum 1.</param>
    /// <param name="c">The nodes, s elements; each is the sum of its row of <paramref name="a"/>.</param>
    /// <exception cref="ArgumentException">Sizes or sums don't agree; the message says where.</exception>
    public ButcherTableau(double[][] a, double[] b, double[] c)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        ArgumentNullException.ThrowIfNull(c);
        Require.Positive(b.Length, nameof(b));
        Require.Length(a.Length, b.Length, nameof(a));
        Require.Length(c.Length, b.Length, nameof(c));
        for (int i = 0; i < a.Length; i++)
        {
            ArgumentNullException.ThrowIfNull(a[i], nameof(a));
            if (a[i].Length != i)
                throw new ArgumentException(FormattableString.Invariant($"Row {i} of a has {a[i].Length} elements, expected {i}: an explicit stage uses the stages before it."), nameof(a));
            CheckSum(a[i], c[i], "row " + i.ToString(System.Globalization.CultureInfo.InvariantCulture) + " of a", nameof(a));
        }

        CheckSum(b, 1, "b", nameof(b));
        _a = new double[a.Length][];
        for (int i = 0; i < a.Length; i++)
            _a[i] = [.. a[i]];
        _b = [.. b];
        _c = [.. c];
        IsFirstSameAsLast = b.Length > 1 && b[^1] == 0 && c[^1] == 1 && a[^1].AsSpan().SequenceEqual(b.AsSpan(0, b.Length - 1));
        StageTerms = new StageTerms[a.Length];
        for (int i = 0; i < a.Length; i++)
            StageTerms[i] = new StageTerms(_a[i]);
        SolutionTerms = new StageTerms(_b);
        ErrorTerms = new StageTerms([]);
    }

    /// <summary>The field's name of the method.</summary>
    public required string Name { get; init => field = Require.NotNull(value, nameof(Name)); }

    /// <summary>The order p: the error of a step is O(h^(p+1)).</summary>
    public required int Order { get; init => field = Require.Positive(value); }

    /// <summary>The order of the embedded solution with weights b - e; 0 where there is none.</summary>
    public int EmbeddedOrder { get; init => field = Require.NonNegative(value); }

    /// <summary>The weights e of the error estimate, s elements with sum 0; empty where there is none.</summary>
    /// <exception cref="ArgumentException">The length isn't s or the sum isn't 0.</exception>
    public ReadOnlyMemory<double> ErrorWeights
    {
        get;
        init
        {
            Require.Length(value.Length, _b.Length, nameof(ErrorWeights));
            CheckSum(value.Span, 0, nameof(ErrorWeights), nameof(ErrorWeights));
            field = value.ToArray();
            ErrorTerms = new StageTerms(value.Span);
        }
    }

    /// <summary>
    /// The weights of a second, cruder error estimate, s elements with sum 0, or empty. With it the error of a step is |h| a^2 / sqrt(a^2 + b^2 / 100), where a and b are
    /// the norms of both estimates: the form of the code DOP853.
    /// </summary>
    /// <exception cref="ArgumentException">The length isn't s or the sum isn't 0.</exception>
    public ReadOnlyMemory<double> SecondErrorWeights
    {
        get;
        init
        {
            Require.Length(value.Length, _b.Length, nameof(SecondErrorWeights));
            CheckSum(value.Span, 0, nameof(SecondErrorWeights), nameof(SecondErrorWeights));
            field = value.ToArray();
            SecondErrorTerms = new StageTerms(value.Span);
        }
    }

    /// <summary>The power of the step size that the error is taken to be proportional to, for step control. Default: one more than the lower of the pair's orders.</summary>
    public int ErrorOrder { get => field > 0 ? field : Math.Min(Order, EmbeddedOrder) + 1; init => field = Require.Positive(value); }

    /// <summary>
    /// The rows of the stages that only the dense output needs; row i has e + i elements, where e counts the stages and, if the last stage isn't it, the derivative at the
    /// step's end behind them. A row's sum is its node. Default: none.
    /// </summary>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public IReadOnlyList<double[]> DenseStages
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(DenseStages));
            DenseStageTerms = new StageTerms[value.Count];
            double[][] copy = new double[value.Count][];
            for (int i = 0; i < copy.Length; i++)
            {
                Require.Length(value[i].Length, EndStage + 1 + i, nameof(DenseStages));
                copy[i] = [.. value[i]];
                DenseStageTerms[i] = new StageTerms(copy[i]);
            }

            field = copy;
        }
    } = [];

    /// <summary>The rows d(j) of the dense output beyond the cubic, each with as many elements as there are stages with those of <see cref="DenseStages"/>, or fewer, and sum 0. Default: none.</summary>
    /// <exception cref="ArgumentException">A length or a sum is wrong.</exception>
    public IReadOnlyList<double[]> DenseWeights
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(DenseWeights));
            int stages = EndStage + 1 + DenseStages.Count;
            double[][] copy = new double[value.Count][];
            for (int i = 0; i < copy.Length; i++)
            {
                if (value[i].Length > stages)
                    throw new ArgumentException(FormattableString.Invariant($"Row {i} of {nameof(DenseWeights)} has {value[i].Length} elements, but there are {stages} stages."), nameof(DenseWeights));
                CheckSum(value[i], 0, nameof(DenseWeights), nameof(DenseWeights));
                copy[i] = [.. value[i]];
                Array.Resize(ref copy[i], stages);
            }

            field = copy;
        }
    } = [];

    /// <summary>The order of the dense output: its error within a step is O(h^(q+1)).</summary>
    public int DenseOrder => Math.Min(Order, 3 + DenseWeights.Count);

    /// <summary>The number s of stages.</summary>
    public int StageCount => _b.Length;

    /// <summary>True when the last stage is the derivative at the new point, so that it serves as the next step's first.</summary>
    public bool IsFirstSameAsLast { get; }

    /// <summary>The weights b of the solution, s elements.</summary>
    public ReadOnlySpan<double> Weights => _b;

    /// <summary>The nodes c, s elements.</summary>
    public ReadOnlySpan<double> Nodes => _c;

    internal StageTerms[] StageTerms { get; }

    internal StageTerms SolutionTerms { get; }

    internal StageTerms ErrorTerms { get; private init; }

    internal StageTerms SecondErrorTerms { get; private init; }

    internal StageTerms[] DenseStageTerms { get; private init; } = [];

    /// <summary>The number of the stage that is the derivative at the step's end.</summary>
    internal int EndStage => IsFirstSameAsLast ? _b.Length - 1 : _b.Length;

    /// <summary>A row of a.</summary>
    /// <param name="stage">The number i of the stage, from 0; the row has i elements.</param>
    public ReadOnlySpan<double> Row(int stage) => _a[stage];

    /// <summary>Writes what each stage counts, divided by h, in the solution at the part theta of a step; with or without the rows beyond the cubic interpolant.</summary>
    internal void DenseCoefficients(double theta, Span<double> coefficients, bool withRows)
    {
        double rest = 1 - theta;
        coefficients.Clear();
        for (int i = 0; i < _b.Length; i++)
            coefficients[i] = theta * theta * (3 - (2 * theta)) * _b[i];
        coefficients[0] += theta * rest * rest;
        coefficients[EndStage] -= theta * theta * rest;
        if (!withRows)
            return;
        double factor = theta * theta * rest * rest;
        for (int j = 0; j < DenseWeights.Count; j++)
        {
            double[] row = DenseWeights[j];
            for (int i = 0; i < row.Length; i++)
                coefficients[i] += factor * row[i];
            factor *= j % 2 == 0 ? theta : rest;
        }
    }

    /// <summary>The name and the orders.</summary>
    public override string ToString() => Name;

    /// <summary>Where |R(-x)| first exceeds 1, to two digits, with the stability function R(z) of y' = lambda y, z = h lambda.</summary>
    internal double StabilityLimit()
    {
        const double Spacing = 0.01, Largest = 100;
        double[] stages = new double[_b.Length];
        for (double x = Spacing; x < Largest; x += Spacing)
        {
            double end = 1;
            for (int i = 0; i < stages.Length; i++)
            {
                double stage = 1;
                for (int j = 0; j < i; j++)
                    stage -= x * _a[i][j] * stages[j];
                stages[i] = stage;
                end -= x * _b[i] * stage;
            }

            if (Math.Abs(end) > 1)
                return x;
        }

        return Largest;
    }


    private static void CheckSum(ReadOnlySpan<double> values, double expected, string what, string name)
    {
        double sum = 0, size = 1;
        foreach (double value in values)
        {
            sum += value;
            size += Math.Abs(value);
        }

        if (!(Math.Abs(sum - expected) <= Rounding * size))
            throw new ArgumentException(FormattableString.Invariant($"The sum of {what} is {sum}, expected {expected}."), name);
    }
}

/// <summary>The terms of a linear combination of stages whose coefficients aren't zero.</summary>
internal readonly struct StageTerms
{
    public StageTerms(ReadOnlySpan<double> coefficients)
    {
        int count = 0;
        foreach (double coefficient in coefficients)
            count += coefficient != 0 ? 1 : 0;
        Stages = new int[count];
        Coefficients = new double[count];
        count = 0;
        for (int i = 0; i < coefficients.Length; i++)
        {
            if (coefficients[i] == 0)
                continue;
            Stages[count] = i;
            Coefficients[count++] = coefficients[i];
            Sum += coefficients[i];
        }
    }

    public int[] Stages { get; }

    public double Sum { get; }

    public double[] Coefficients { get; }
}
