using OptiCore.Solving;

namespace OptiCore.Optimizers.Tests.FirstOrder.Published;

/// <summary>Jahani et al. (2022): a diagonal from products with the Hessian and a step size from the path need no tuning on badly scaled problems.</summary>
public class OasisTests
{
    [Fact]
    public void OnBadlyScaledLogisticRegressionItNeedsFewerEvaluationsThanTheOthers()
    {
        var problem = new Logistic(200, 12, 1e3);
        double minimum = Minimize.Run(new Lbfgs { Stopping = new() { GradientTolerance = 1e-13 } }, problem, new double[12], new RunOptions { MaxIterations = 5000 }).Value;
        const int Limit = 40_000;
        var options = new RunOptions { MaxIterations = Limit, TargetValue = minimum + 1e-8 };
        SolverResult<double> oasis = Minimize.Run(new Oasis { Truncation = 1e-9, Stopping = StoppingRules.Never }, problem, new double[12], options);
        Assert.Equal(StopReason.TargetReached, oasis.Reason);

        // A product with the Hessian is one pass over the data, like a gradient, and counts as one; those of the start count too.
        long own = oasis.Evaluations.Points;
        long adaptive = AdaptiveGradientDescent(problem, minimum + 1e-8, Limit);
        long descent = Best(rate => new Sgd { LearningRate = rate }, 1, 10, 100, 1000);
        long adam = Best(rate => new Adam { LearningRate = rate }, 0.01, 0.1, 1, 10);
        Assert.True(own < adaptive && own < descent && own < adam, $"OASIS {own}, AdGD {adaptive}, gradient descent {descent}, Adam {adam}.");

        long Best(Func<double, IUpdateRule> rule, params double[] rates) => rates.Min(rate =>
        {
            SolverResult<double> result = Minimize.Run(new OptiCore.Optimizers.FirstOrder(rule(rate)) { Stopping = StoppingRules.Never }, problem, new double[12], options);
            return result.Reason == StopReason.TargetReached ? result.Evaluations.Gradients : long.MaxValue;
        });
    }

    [Fact]
    public void OnANetworkItIsInTheRangeOfTunedAdaHessian()
    {
        double[] x = SmallNetwork.Normal(64 * 2, 4), y = [.. Enumerable.Range(0, 64).Select(i => Math.Tanh(2 * x[2 * i]) - (0.5 * x[(2 * i) + 1]))];
        var network = new Networks.Network(new Networks.Mlp { Hidden = [8], Outputs = 1 }, [64, 2]);
        double[] start = new double[network.ParameterCount];
        network.Initialize<double>(RandomKey.FromSeed(1), start);
        ITwiceDifferentiableFunction<double> loss = Function.Trace(start.Length, p => Networks.Losses.MeanSquaredError(
            network.Apply(p, Differentiation.Variable.Constant<double>(x, [64, 2])), Differentiation.Variable.Constant<double>(y, [64, 1])));
        double first = loss.Value(start);
        double own = Minimize.Run(new Oasis { Truncation = 1e-2, Stopping = StoppingRules.Never }, loss, start, new RunOptions { MaxIterations = 300 }).Value;
        double tuned = new[] { 0.01, 0.03, 0.1, 0.3 }.Min(rate => AdaHessian(loss, start, rate, 300));
        Assert.True(own <= 2 * tuned && own < first / 50, $"OASIS {own}, tuned AdaHessian {tuned}, at the start {first}.");
    }

    /// <summary>Yao, Gholami, Shen, Mustafa, Keutzer, Mahoney (2021), AdaHessian, without spatial averages: the best value of a run.</summary>
    private static double AdaHessian(ITwiceDifferentiableFunction<double> f, double[] start, double rate, int steps)
    {
        double[] x = [.. start], g = new double[x.Length], z = new double[x.Length], product = new double[x.Length], m = new double[x.Length], v = new double[x.Length];
        double best = double.PositiveInfinity;
        for (int t = 1; t <= steps; t++)
        {
            best = Math.Min(best, f.ValueAndGradient(x, g));
            CurvatureEstimate.Rademacher<double>(RandomKey.FromSeed(8).Fold(t), z);
            f.HessianProduct(x, z, product);
            for (int i = 0; i < x.Length; i++)
            {
                double d = z[i] * product[i];
                m[i] = (0.9 * m[i]) + (0.1 * g[i]);
                v[i] = (0.999 * v[i]) + (0.001 * d * d);
                x[i] -= rate * m[i] / (1 - Math.Pow(0.9, t)) / (Math.Sqrt(v[i] / (1 - Math.Pow(0.999, t))) + 1e-4);
            }
        }

        return best;
    }

    /// <summary>Malitsky, Mishchenko (2020), Adaptive gradient descent without descent: the gradients until a value is reached.</summary>
    private static long AdaptiveGradientDescent(IDifferentiableFunction<double> f, double target, int limit)
    {
        double[] x = new double[f.Dimension], g = new double[x.Length], before = new double[x.Length], old = new double[x.Length];
        double step = 1e-6, growth = double.PositiveInfinity;
        for (int k = 1; k <= limit; k++)
        {
            if (f.ValueAndGradient(x, g) <= target)
                return k;
            if (k > 1)
            {
                double moved = Math.Sqrt(x.Zip(before, (a, b) => (a - b) * (a - b)).Sum()), turned = Math.Sqrt(g.Zip(old, (a, b) => (a - b) * (a - b)).Sum());
                double next = Math.Min(Math.Sqrt(1 + growth) * step, moved / (2 * turned));
                growth = next / step;
                step = next;
            }

            x.CopyTo(before, 0);
            g.CopyTo(old, 0);
            for (int i = 0; i < x.Length; i++)
                x[i] -= step * g[i];
        }

        return long.MaxValue;
    }

    /// <summary>Logistic regression whose features have scales from 1 to 1/spread, so that the Hessian's condition is of the order of spread squared.</summary>
    private sealed class Logistic : ITwiceDifferentiableFunction<double>
    {
        private readonly double[] _data;
        private readonly int _samples;

        public Logistic(int samples, int dimension, double spread)
        {
            (_samples, Dimension) = (samples, dimension);
            _data = SmallNetwork.Normal(samples * dimension, 12);
            double[] noise = SmallNetwork.Normal(samples, 13);
            for (int i = 0; i < samples; i++)
            {
                Span<double> row = _data.AsSpan(i * dimension, dimension);
                double margin = noise[i];
                foreach (double v in row)
                    margin += v / Math.Sqrt(dimension);
                for (int j = 0; j < dimension; j++)
                    row[j] *= Math.Sign(margin) * Math.Pow(spread, -j / (dimension - 1.0));
            }
        }

        public int Dimension { get; }

        public double Value(ReadOnlySpan<double> x) => ValueAndGradient(x, new double[Dimension]);

        public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
        {
            double f = 0;
            gradient.Clear();
            for (int i = 0; i < _samples; i++)
            {
                double margin = Margin(i, x), e = Math.Exp(-Math.Abs(margin));
                f += (Math.Max(-margin, 0) + Math.Log(1 + e)) / _samples;
                Add(i, -(margin > 0 ? e : 1) / (1 + e) / _samples, gradient);
            }

            return f;
        }

        public void HessianProduct(ReadOnlySpan<double> x, ReadOnlySpan<double> v, Span<double> product)
        {
            product.Clear();
            for (int i = 0; i < _samples; i++)
            {
                double e = Math.Exp(-Math.Abs(Margin(i, x)));
                Add(i, e / ((1 + e) * (1 + e)) * Margin(i, v) / _samples, product);
            }
        }

        private double Margin(int i, ReadOnlySpan<double> x)
        {
            double sum = 0;
            for (int j = 0; j < Dimension; j++)
                sum += _data[(i * Dimension) + j] * x[j];
            return sum;
        }

        private void Add(int i, double factor, Span<double> to)
        {
            for (int j = 0; j < Dimension; j++)
                to[j] += factor * _data[(i * Dimension) + j];
        }
    }
}
