using OptiCore.Persistence;

namespace OptiCore.Samplers.Tests;

/// <summary>
/// The stationary averages of BAOAB on an anharmonic target, free of noise: the kernel's own steps at the nodes of a quadrature, with the momenta of the nodes, make the matrix of its chain, whose stationary
/// weights follow from iterating it. The target is -x^2 / 2 + 0.6 sin(x + 0.4).
/// </summary>
public class LangevinOrderTests
{
    private const double Range = 7;

    /// <summary>Trapezoidal nodes of a standard normal: their error is exp(-2 pi^2 / 0.5^2), below rounding.</summary>
    private static readonly double[] Normals = [.. Enumerable.Range(-14, 29).Select(k => 0.5 * k)];

    private static readonly IDifferentiableFunction<double> Anharmonic = Function.WithGradient<double>(1, static (x, g) =>
    {
        g[0] = (0.6 * Math.Cos(x[0] + 0.4)) - x[0];
        return (0.6 * Math.Sin(x[0] + 0.4)) - (0.5 * x[0] * x[0]);
    });

    private static readonly Func<double, double>[] Observables = [static x => x, static x => x * x, static x => Math.Cos(2 * x)];

    private static double[] Exact { get; } = [.. Observables.Select(static f =>
    {
        double mass = 0, sum = 0;
        for (double x = -12; x <= 12; x += 0.02)
        {
            double weight = Math.Exp(Anharmonic.Value([x]));
            mass += weight;
            sum += weight * f(x);
        }

        return sum / mass;
    })];

    /// <summary>Leimkuhler, Matthews (2013): averages over positions are of second order in the step at any friction; half the step, a quarter of the error.</summary>
    [Theory]
    [InlineData(0.5)]
    [InlineData(2.0)]
    public void Averages_over_positions_are_of_second_order(double friction)
    {
        double[] coarse = ErrorsOfPhaseSpace(0.2, friction), fine = ErrorsOfPhaseSpace(0.1, friction);
        for (int i = 0; i < coarse.Length; i++)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{coarse[i]:g4} {fine[i]:g4} {coarse[i] / fine[i]:f3}");
            Assert.True(Math.Abs((coarse[i] / fine[i]) - 4) < 0.25, $"observable {i}: errors {coarse[i]:g4} and {fine[i]:g4}, ratio {coarse[i] / fine[i]:f3}.");
        }
    }

    /// <summary>The same paper: in the limit of high friction, where each step forgets its momentum, they are of fourth order; half the step, a sixteenth of the error.</summary>
    [Fact]
    public void In_the_limit_of_high_friction_averages_over_positions_are_of_fourth_order()
    {
        double[] coarse = ErrorsAtHighFriction(0.2), fine = ErrorsAtHighFriction(0.1);
        for (int i = 0; i < coarse.Length; i++)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{coarse[i]:g4} {fine[i]:g4} {coarse[i] / fine[i]:f3}");
            Assert.True(Math.Abs((coarse[i] / fine[i]) - 16) < 1, $"observable {i}: errors {coarse[i]:g4} and {fine[i]:g4}, ratio {coarse[i] / fine[i]:f3}.");
        }
    }

    /// <summary>The chain of (q, p).</summary>
    private static double[] ErrorsOfPhaseSpace(double stepSize, double friction)
    {
        const int Nodes = 36;
        var grid = new Chebyshev(Nodes, Range);
        int size = Nodes * Nodes;
        double[] matrix = new double[size * size], ofPosition = new double[Nodes], ofMomentum = new double[Nodes];
        for (int i = 0; i < size; i++)
        {
            foreach (double normal in Normals)
            {
                (double q, double p) = Step(stepSize, friction, grid.Points[i / Nodes], grid.Points[i % Nodes], normal);
                grid.Weights(q, ofPosition);
                grid.Weights(p, ofMomentum);
                double weight = Density(normal);
                for (int j = 0; j < Nodes; j++)
                {
                    double w = weight * ofPosition[j];
                    for (int k = 0; w != 0 && k < Nodes; k++)
                        matrix[(i * size) + (j * Nodes) + k] += w * ofMomentum[k];
                }
            }
        }

        double[] stationary = Stationary(matrix, size);
        return [.. Observables.Select((f, o) => Enumerable.Range(0, size).Sum(i => stationary[i] * f(grid.Points[i / Nodes])) - Exact[o])];
    }

    /// <summary>
    /// Where momenta are forgotten, positions between a step's noise and the next one, y, are a chain of their own: from q = y + h z / 2 with the momentum z + h g(q) / 2 that noise z leaves at the step's end, a step
    /// without noise ends at the next y.
    /// </summary>
    private static double[] ErrorsAtHighFriction(double stepSize)
    {
        const int Nodes = 60;
        var grid = new Chebyshev(Nodes, Range);
        double[] matrix = new double[Nodes * Nodes], weights = new double[Nodes], gradient = new double[1];
        double[][] averages = [.. Observables.Select(_ => new double[Nodes])];
        for (int i = 0; i < Nodes; i++)
        {
            foreach (double z in Normals)
            {
                double q = grid.Points[i] + (0.5 * stepSize * z);
                Anharmonic.ValueAndGradient([q], gradient);
                (double y, _) = Step(stepSize, 1e6, q, z + (0.5 * stepSize * gradient[0]), 0);
                grid.Weights(y, weights);
                for (int j = 0; j < Nodes; j++)
                    matrix[(i * Nodes) + j] += Density(z) * weights[j];
                for (int o = 0; o < Observables.Length; o++)
                    averages[o][i] += Density(z) * Observables[o](q);
            }
        }

        double[] stationary = Stationary(matrix, Nodes);
        return [.. averages.Select((a, o) => a.Zip(stationary, static (v, w) => v * w).Sum() - Exact[o])];
    }

    private static double Density(double normal) => 0.5 * Math.Exp(-0.5 * normal * normal) / Math.Sqrt(2 * Math.PI);

    /// <summary>One step of the kernel from a position and a momentum with given noise.</summary>
    private static (double Position, double Momentum) Step(double stepSize, double friction, double position, double momentum, double noise)
    {
        var metric = new GivenMomenta(momentum, noise);
        SamplerState state = new UnderdampedLangevin { StepSize = stepSize, Friction = friction, Metric = metric }.Start(Anharmonic);
        Assert.True(state.MoveTo([position]));
        state.Draw(RandomKey.FromSeed(0));
        Assert.Equal(2, metric.Draws);
        return (state.Position[0], metric.Momentum);
    }

    /// <summary>The left eigenvector of a stochastic matrix to the eigenvalue 1, by iteration.</summary>
    private static double[] Stationary(double[] matrix, int size)
    {
        double[] weights = new double[size], next = new double[size];
        weights.AsSpan().Fill(1.0 / size);
        double change = double.PositiveInfinity;
        for (int i = 0; i < 20_000 && change > 1e-13; i++)
        {
            next.AsSpan().Clear();
            for (int from = 0; from < size; from++)
                System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(matrix.AsSpan(from * size, size), weights[from], next, next);
            double sum = next.Sum();
            change = 0;
            for (int j = 0; j < size; j++)
            {
                next[j] /= sum;
                change += Math.Abs(next[j] - weights[j]);
            }

            (weights, next) = (next, weights);
        }

        Assert.True(change <= 1e-13, $"The weights still change by {change:g3}.");
        return weights;
    }

    /// <summary>Interpolation in Chebyshev points on (-range, range), by the barycentric formula; beyond the ends, where the target has a mass of 1e-10, the value at the end.</summary>
    private sealed class Chebyshev
    {
        private readonly double _range;

        public Chebyshev(int count, double range)
        {
            _range = range;
            Points = [.. Enumerable.Range(0, count).Select(i => range * Math.Cos(Math.PI * (i + 0.5) / count))];
        }

        public double[] Points { get; }

        public void Weights(double at, double[] weights)
        {
            double x = Math.Clamp(at, -_range, _range), sum = 0;
            int node = Array.IndexOf(Points, x);
            for (int i = 0; i < weights.Length; i++)
            {
                weights[i] = node >= 0 ? (i == node ? 1 : 0) : (i % 2 == 0 ? 1 : -1) * Math.Sin(Math.PI * (i + 0.5) / weights.Length) / (x - Points[i]);
                sum += weights[i];
            }

            for (int i = 0; i < weights.Length; i++)
                weights[i] /= sum;
        }
    }

    /// <summary>A unit metric whose random momenta are given, and which sees the last one.</summary>
    private sealed class GivenMomenta(double momentum, double noise) : MetricState, IMetric
    {
        public int Draws { get; private set; }

        public double Momentum { get; private set; }

        public override ReadOnlySpan<double> Inverse => [1];

        public MetricState Start(int dimension) => this;

        public override void Velocity(ReadOnlySpan<double> momentum, Span<double> velocity)
        {
            Momentum = momentum[0];
            momentum.CopyTo(velocity);
        }

        public override void DrawMomentum(RandomKey key, Span<double> values) => values[0] = Draws++ == 0 ? momentum : noise;

        public override void Scale(ReadOnlySpan<double> z, Span<double> x) => z.CopyTo(x);

        public override void ScaleTransposed(ReadOnlySpan<double> gradient, Span<double> scaled) => gradient.CopyTo(scaled);

        public override MetricEstimator? StartEstimator() => null;

        public override void SetInverse(ReadOnlySpan<double> inverse) => throw new NotSupportedException();

        public override void Persist(StateArchive archive)
        {
        }
    }
}
