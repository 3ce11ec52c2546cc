using FsCheck;
using FsCheck.Fluent;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;

namespace OptiCore.Problems.Tests.Posteriors;

/// <summary>The inner loops that several posteriors share.</summary>
public sealed class KernelTests
{
    [Fact]
    public void Logistic_residuals_are_right_for_any_length_and_size() => Forall.Check(Prop.ForAll(
        Gen.Choose(-8000, 8000).Select(k => k / 10.0).ArrayOf().ToArbitrary(), logits =>
        {
            double[] labels = [.. logits.Select((_, i) => (double)(i % 3 == 0 ? 1 : 0))], residuals = [.. logits];
            double expected = 0;
            for (int i = 0; i < logits.Length; i++)
                expected += labels[i] == 1 ? SpecialFunctions.LogExpit(logits[i]) : SpecialFunctions.LogExpit(-logits[i]);
            Promises.Close(expected, LogisticKernel.Residuals(residuals, labels), 1e-13, 1e-12, "log likelihood");
            for (int i = 0; i < logits.Length; i++)
                Promises.Close(labels[i] - SpecialFunctions.Expit(logits[i]), residuals[i], 1e-14, 1e-15, $"residual {i}");
        }));

    [Fact]
    public void A_full_block_of_zeros_is_as_many_logarithms_of_two()
    {
        double[] logits = new double[LogisticKernel.Block], labels = new double[LogisticKernel.Block];
        Promises.Close(-LogisticKernel.Block * Math.Log(2), LogisticKernel.Residuals(logits, labels), 1e-14, 0, "log likelihood");
    }

    [Fact]
    public void A_product_of_any_sizes_has_the_sum_of_logarithms() => Forall.Check(Prop.ForAll(
        Gen.Choose(-300, 300).ArrayOf().ToArbitrary(), exponents =>
        {
            var product = new LogProduct();
            double expected = 0;
            foreach (int e in exponents)
            {
                double x = 1.7 * Math.Pow(10, e);
                product.Add(x);
                expected += Math.Log(x);
            }

            Promises.Close(expected, product.Value, 1e-13, 1e-12 * (1 + exponents.Length), "sum");
        }));

    [Fact]
    public void The_reverse_of_the_Cholesky_factor_is_its_derivative() => Forall.Check(Prop.ForAll(
        Gen.Choose(1, 7).ToArbitrary(), n =>
        {
            // f(A) = sum of weights times L(A); A = B B' + n I, moved in one element below the diagonal and its mirror image.
            double[] a = new double[n * n], weights = [.. Enumerable.Range(0, n * n).Select(i => Math.Cos(1.3 * i))];
            for (int i = 0; i < n * n; i++)
            {
                for (int k = 0; k < n; k++)
                    a[i] += Math.Sin(1 + ((i / n) * 2.1) + k) * Math.Sin(1 + ((i % n) * 2.1) + k);
                a[i] += i / n == i % n ? n : 0;
            }

            double[] factor = [.. a], gradient = [.. weights];
            Assert.True(Cholesky.TryFactor<double>(factor, n));
            SquaredExponential.FactorPullback(n, factor, gradient);
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j <= i; j++)
                    Promises.Close((At(i, j, 1e-5) - At(i, j, -1e-5)) / 2e-5, gradient[(i * n) + j], 1e-7, 1e-8, $"n = {n}, element [{i},{j}]");
            }

            double At(int i, int j, double h)
            {
                double[] moved = [.. a];
                moved[(i * n) + j] += h;
                Assert.True(Cholesky.TryFactor<double>(moved, n));
                double sum = 0;
                for (int r = 0; r < n; r++)
                {
                    for (int c = 0; c <= r; c++)
                        sum += weights[(r * n) + c] * moved[(r * n) + c];
                }

                return sum;
            }
        }));
}
