using OptiCore.Differentiation;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Networks;

public abstract partial record FDivergence
{
    /// <summary>Kullback and Leibler's, f(x) = x log x - x + 1: E_mu[log(d mu / d nu)].</summary>
    public static FDivergence KullbackLeibler { get; } = new KullbackLeiblerKind();

    /// <summary>That of Kullback and Leibler with the distributions exchanged, f(x) = x - 1 - log x.</summary>
    public static FDivergence ReverseKullbackLeibler { get; } = new ReverseKullbackLeiblerKind();

    /// <summary>Pearson's chi squared, f(x) = (x - 1)^2.</summary>
    public static FDivergence ChiSquared { get; } = new ChiSquaredKind();

    /// <summary>Neyman's chi squared, with the distributions exchanged, f(x) = (x - 1)^2 / x.</summary>
    public static FDivergence ReverseChiSquared { get; } = new ReverseChiSquaredKind();

    /// <summary>Hellinger's squared distance, f(x) = (sqrt(x) - 1)^2, at most 2.</summary>
    public static FDivergence SquaredHellinger { get; } = new SquaredHellingerKind();

    /// <summary>Jensen and Shannon's, f(x) = (x log x - (x + 1) log((x + 1) / 2)) / 2: half the divergences of Kullback and Leibler to the mean of both, at most log 2.</summary>
    public static FDivergence JensenShannon { get; } = new JensenShannonKind();

    /// <summary>Jeffreys', f(x) = (x - 1) log x: the sum of both divergences of Kullback and Leibler.</summary>
    public static FDivergence Jeffreys { get; } = new JeffreysKind();

    /// <summary>Triangular discrimination (Vincze and Le Cam), f(x) = (x - 1)^2 / (x + 1), at most 2.</summary>
    public static FDivergence TriangularDiscrimination { get; } = new TriangularDiscriminationKind();

    /// <summary>Total variation, f(x) = |x - 1| / 2, at most 1.</summary>
    public static FDivergence TotalVariation { get; } = new TotalVariationKind();

    private sealed record KullbackLeiblerKind : FDivergence
    {
        public override double RecessionSlope => double.PositiveInfinity;

        public override double Generator(double x) => x == 0 ? 1 : (x * Math.Log(x)) - x + 1;

        public override double GeneratorSlope(double x) => Math.Log(x);

        public override double Conjugate(double y) => Math.Exp(y) - 1;

        public override Variable Conjugate(Variable y) => Expm1(y);

        public override double ConjugateSlope(double y) => Math.Exp(y);

        public override double ConjugateCurvature(double y) => Math.Exp(y);
    }

    private sealed record ReverseKullbackLeiblerKind : FDivergence
    {
        public override double RecessionSlope => 1;

        public override double Generator(double x) => x - 1 - Math.Log(x);

        public override double GeneratorSlope(double x) => 1 - (1 / x);

        public override double Conjugate(double y) => -Math.Log(1 - y);

        public override Variable Conjugate(Variable y) => -Log(1 - y);

        public override double ConjugateSlope(double y) => 1 / (1 - y);

        public override double ConjugateCurvature(double y) => 1 / ((1 - y) * (1 - y));
    }

    private sealed record ChiSquaredKind : FDivergence
    {
        public override double RecessionSlope => double.PositiveInfinity;

        public override double Generator(double x) => (x - 1) * (x - 1);

        public override double GeneratorSlope(double x) => 2 * (x - 1);

        public override double Conjugate(double y) => y > -2 ? y + (0.25 * y * y) : -1;

        public override Variable Conjugate(Variable y) => Select(y > -2, y + (0.25 * Square(y)), -1);

        public override double ConjugateSlope(double y) => y > -2 ? 1 + (0.5 * y) : 0;

        public override double ConjugateCurvature(double y) => y > -2 ? 0.5 : 0;
    }

    private sealed record ReverseChiSquaredKind : FDivergence
    {
        public override double RecessionSlope => 1;

        public override double Generator(double x) => (x - 1) * (x - 1) / x;

        public override double GeneratorSlope(double x) => 1 - (1 / (x * x));

        public override double Conjugate(double y) => 2 - (2 * Math.Sqrt(1 - y));

        public override Variable Conjugate(Variable y) => 2 - (2 * Sqrt(1 - y));

        public override double ConjugateSlope(double y) => 1 / Math.Sqrt(1 - y);

        public override double ConjugateCurvature(double y) => 0.5 / ((1 - y) * Math.Sqrt(1 - y));
    }

    private sealed record SquaredHellingerKind : FDivergence
    {
        public override double RecessionSlope => 1;

        public override double Generator(double x) => (Math.Sqrt(x) - 1) * (Math.Sqrt(x) - 1);

        public override double GeneratorSlope(double x) => 1 - (1 / Math.Sqrt(x));

        public override double Conjugate(double y) => y / (1 - y);

        public override Variable Conjugate(Variable y) => y / (1 - y);

        public override double ConjugateSlope(double y) => 1 / ((1 - y) * (1 - y));

        public override double ConjugateCurvature(double y) => 2 / ((1 - y) * (1 - y) * (1 - y));
    }

    private sealed record JensenShannonKind : FDivergence
    {
        private const double Log2 = 0.69314718055994531;

        public override double RecessionSlope => 0.5 * Log2;

        public override double Generator(double x) => 0.5 * ((x == 0 ? 0 : x * Math.Log(x)) - ((x + 1) * Math.Log(0.5 * (x + 1))));

        public override double GeneratorSlope(double x) => 0.5 * Math.Log(2 * x / (x + 1));

        public override double Conjugate(double y) => -0.5 * Math.Log(2 - Math.Exp(2 * y));

        public override Variable Conjugate(Variable y) => -0.5 * Log(2 - Exp(2 * y));

        public override double ConjugateSlope(double y) => Math.Exp(2 * y) / (2 - Math.Exp(2 * y));

        public override double ConjugateCurvature(double y) => 4 * Math.Exp(2 * y) / ((2 - Math.Exp(2 * y)) * (2 - Math.Exp(2 * y)));
    }

    // f'(x) = log x + 1 - 1 / x: the density ratio of a critic y is 1 / u with u + log u = 1 - y.
    private sealed record JeffreysKind : FDivergence
    {
        public override double RecessionSlope => double.PositiveInfinity;

        public override double Generator(double x) => (x - 1) * Math.Log(x);

        public override double GeneratorSlope(double x) => Math.Log(x) + 1 - (1 / x);

        public override double Conjugate(double y)
        {
            double u = WrightOmega.Of(1 - y);
            return (1 / u) + u + y - 2;
        }

        public override Variable Conjugate(Variable y)
        {
            Variable u = new WrightOmega().Of(1 - y);
            return Reciprocal(u) + u + y - 2;
        }

        public override double ConjugateSlope(double y) => 1 / WrightOmega.Of(1 - y);

        public override double ConjugateCurvature(double y)
        {
            double u = WrightOmega.Of(1 - y);
            return 1 / (u * (1 + u));
        }
    }

    // f'(x) = 1 - 4 / (x + 1)^2, which is -3 at 0.
    private sealed record TriangularDiscriminationKind : FDivergence
    {
        public override double RecessionSlope => 1;

        public override double Generator(double x) => (x - 1) * (x - 1) / (x + 1);

        public override double GeneratorSlope(double x) => 1 - (4 / ((x + 1) * (x + 1)));

        public override double Conjugate(double y)
        {
            double s = Math.Sqrt(1 - Math.Max(y, -3));
            return (1 - s) * (3 - s);
        }

        public override Variable Conjugate(Variable y)
        {
            Variable s = Sqrt(1 - Select(y > -3, y, -3));
            return (1 - s) * (3 - s);
        }

        public override double ConjugateSlope(double y) => y > -3 ? (2 / Math.Sqrt(1 - y)) - 1 : 0;

        public override double ConjugateCurvature(double y) => y > -3 ? 1 / ((1 - y) * Math.Sqrt(1 - y)) : 0;
    }

    private sealed record TotalVariationKind : FDivergence
    {
        public override double RecessionSlope => 0.5;

        private protected override double SlopeAtEdge => 1;

        public override double Generator(double x) => 0.5 * Math.Abs(x - 1);

        public override double GeneratorSlope(double x) => 0.5 * Math.Sign(x - 1);

        public override double Conjugate(double y) => Math.Max(y, -0.5);

        public override Variable Conjugate(Variable y) => Max(y, -0.5);

        public override double ConjugateSlope(double y) => y > -0.5 ? 1 : 0;

        public override double ConjugateCurvature(double y) => 0;
    }

    /// <summary>Wright's omega function on the real line, the u with u + log u = z. R. M. Corless, D. J. Jeffrey (2002), "The Wright omega function".</summary>
    private sealed record WrightOmega : CustomOperation
    {
        public override string Name => "omega";

        public static double Of(double z)
        {
            // Below, u is exp(z) to the last bit.
            if (z < -40)
                return Math.Exp(z);
            double u = z > 1 ? z - Math.Log(z) : Math.Exp(z) / (1 + Math.Exp(z));
            for (int i = 0; i < 20; i++)
            {
                // Newton for log u + u = z in log u, on which the equation is convex and all but straight at both ends.
                double step = (z - u - Math.Log(u)) / (1 + u), next = u * Math.Exp(step);
                if (Math.Abs(next - u) <= 1e-16 * u)
                    break;
                u = next;
            }

            return u;
        }

        public override Shape ResultShape(IReadOnlyList<Shape> inputs) => inputs[0];

        public override void Compute<T>(CustomArguments<T> arguments)
        {
            for (int i = 0; i < arguments.Result.Length; i++)
                arguments.Result[i] = T.CreateTruncating(Of(double.CreateTruncating(arguments.Input(0)[i])));
        }

        public override Variable? Derivative(IReadOnlyList<Variable> inputs, Variable result, Variable cotangent, int input) => cotangent * (result / (1 + result));
    }
}
