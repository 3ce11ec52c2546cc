using System.Globalization;
using System.Numerics;
using OptiCore.Differentiation;

namespace OptiCore.Problems;

/// <summary>The right-hand side of a flow or a map, written once for all kinds of numbers: plain ones for values, dual ones for the Jacobian.</summary>
internal interface IVectorFormula
{
    /// <summary>Writes F(u).</summary>
    /// <typeparam name="T">The kind of numbers.</typeparam>
    /// <param name="p">The parameters in the order of the system's row.</param>
    /// <param name="u">The state.</param>
    /// <param name="f">Receives F(u); not the same memory.</param>
    static abstract void Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        where T : IRootFunctions<T>, IExponentialFunctions<T>, ILogarithmicFunctions<T>, IPowerFunctions<T>,
            ITrigonometricFunctions<T>, IHyperbolicFunctions<T>, IComparisonOperators<T, T, bool>;
}

/// <summary>A formula with its parameters' values. Immutable, so that threads may share it.</summary>
internal abstract class VectorFormula
{
    private protected VectorFormula(int dimension, (string Name, double Value)[] parameters)
    {
        Dimension = dimension;
        Names = new string[parameters.Length];
        Values = new double[parameters.Length];
        for (int i = 0; i < parameters.Length; i++)
            (Names[i], Values[i]) = parameters[i];
    }

    public int Dimension { get; }

    public string[] Names { get; }

    public double[] Values { get; }

    public static VectorFormula Of<TFormula>(int dimension, (string Name, double Value)[] parameters) where TFormula : struct, IVectorFormula =>
        new Typed<TFormula>(dimension, parameters);

    public abstract void Write(ReadOnlySpan<double> u, Span<double> f);

    public abstract void Jacobian(ReadOnlySpan<double> u, Span<double> jacobian);

    public abstract VectorFormula With((string Name, double Value)[] parameters);

    public double Value(string name) => Values[IndexOf(name)];

    /// <summary>The parameters with one of them changed.</summary>
    public VectorFormula With(string name, double value)
    {
        var parameters = new (string, double)[Values.Length];
        for (int i = 0; i < parameters.Length; i++)
            parameters[i] = (Names[i], Values[i]);
        parameters[IndexOf(name)] = (name, Require.Finite(value, nameof(value)));
        return With(parameters);
    }

    private int IndexOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        int index = Array.IndexOf(Names, name);
        return index >= 0
            ? index
            : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"There is no parameter '{name}'; there are: {string.Join(", ", Names)}."), nameof(name));
    }

    private sealed class Typed<TFormula>(int dimension, (string Name, double Value)[] parameters) : VectorFormula(dimension, parameters)
        where TFormula : struct, IVectorFormula
    {
        public override void Write(ReadOnlySpan<double> u, Span<double> f)
        {
            Require.Length(u.Length, Dimension, nameof(u));
            Require.Length(f.Length, Dimension, nameof(f));
            TFormula.Write<double>(Values, u, f);
        }

        public override void Jacobian(ReadOnlySpan<double> u, Span<double> jacobian)
        {
            int n = Dimension;
            Require.Length(u.Length, n, nameof(u));
            Require.Length(jacobian.Length, n * n, nameof(jacobian));
            Span<Dual4> p = stackalloc Dual4[Values.Length], x = stackalloc Dual4[n], f = stackalloc Dual4[n];
            for (int i = 0; i < p.Length; i++)
                p[i] = Values[i];
            for (int first = 0; first < n; first += 4)
            {
                int count = Math.Min(4, n - first);
                for (int i = 0; i < n; i++)
                    x[i] = i >= first && i < first + count ? Dual4.Variable(u[i], i - first) : u[i];
                TFormula.Write<Dual4>(p, x, f);
                for (int i = 0; i < n; i++)
                {
                    for (int j = 0; j < count; j++)
                        jacobian[(i * n) + first + j] = f[i].Derivatives[j];
                }
            }
        }

        public override VectorFormula With((string Name, double Value)[] parameters) => new Typed<TFormula>(Dimension, parameters);
    }
}
