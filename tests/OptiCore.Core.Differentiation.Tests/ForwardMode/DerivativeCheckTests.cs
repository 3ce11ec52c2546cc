using OptiCore.Differentiation;
using static OptiCore.Elementary;

namespace OptiCore.Core.Tests.Differentiation;

public class DerivativeCheckTests
{
    private static readonly double[] Point = [-1.2, 1.0, 0.7];

    private static IDifferentiableFunction<double> Smooth(double fault = 0, int component = 1) => Function.WithGradient<double>(3, (x, g) =>
    {
        g[0] = (-400 * x[0] * (x[1] - (x[0] * x[0]))) - (2 * (1 - x[0]));
        g[1] = 200 * (x[1] - (x[0] * x[0]));
        g[2] = Math.Cos(x[2]);
        g[component] *= 1 + fault;
        return (100 * Sq(x[1] - (x[0] * x[0]))) + Sq(1 - x[0]) + Math.Sin(x[2]);
    });

    [Fact]
    public void RightGradientsPass()
    {
        DerivativeReport report = DerivativeCheck.Gradient(Smooth(), Point);
        Assert.True(report.IsCorrect, report.ToString());
        Assert.Equal(6, report.Count);
        Assert.Same(report, report.EnsureCorrect());
        Assert.True(report.Error < 1e-9, report.ToString());
    }

    [Theory]
    [InlineData(0, 1e-3)]
    [InlineData(1, -2)]
    [InlineData(2, 1e-4)]
    public void AWrongComponentIsNamed(int component, double fault)
    {
        DerivativeReport report = DerivativeCheck.Gradient(Smooth(fault, component), Point);
        Assert.False(report.IsCorrect);
        Assert.Equal($"gradient[{component}]", report.Component);
        string message = Assert.Throws<DerivativeException>(report.EnsureCorrect).Message;
        Assert.Contains($"gradient[{component}]", message, StringComparison.Ordinal);
    }

    [Fact]
    public void GradientsThatAreNotNumbersFail()
    {
        IDifferentiableFunction<double> function = Function.WithGradient<double>(1, (x, g) =>
        {
            g[0] = double.NaN;
            return x[0];
        });
        Assert.Throws<DerivativeException>(() => DerivativeCheck.Gradient(function, [1]).EnsureCorrect());
    }

    [Fact]
    public void DomainsWithAnEdgeNearbyAreChecked()
    {
        IDifferentiableFunction<double> function = Function.WithGradient<double>(1, (x, g) =>
        {
            g[0] = 1 / x[0];
            return Math.Log(x[0]);
        });
        DerivativeCheck.Gradient(function, [0.01]).EnsureCorrect();
    }

    [Fact]
    public void JacobiansAreChecked()
    {
        DerivativeCheck.Jacobian(Residuals(0), [0.3, -0.8]).EnsureCorrect();
        DerivativeReport wrong = DerivativeCheck.Jacobian(Residuals(0.01), [0.3, -0.8]);
        Assert.False(wrong.IsCorrect);
        Assert.Equal("jacobian[2][1]", wrong.Component);

        static IDifferentiableResidualFunction<double> Residuals(double fault) => Function.WithJacobian(
            2,
            3,
            (x, r) => Write(x, r),
            (x, r, j) =>
            {
                Write(x, r);
                ((double[])[Math.Exp(x[0]), 0, x[1], x[0], 0, 3 * x[1] * x[1] * (1 + fault)]).CopyTo(j);
            });

        static void Write(ReadOnlySpan<double> x, Span<double> r) => ((double[])[Math.Exp(x[0]), x[0] * x[1], x[1] * x[1] * x[1]]).CopyTo(r);
    }

    [Fact]
    public void HessianProductsAreChecked()
    {
        DerivativeCheck.HessianProduct(new Quadratic(0), [0.4, -2]).EnsureCorrect();
        DerivativeReport wrong = DerivativeCheck.HessianProduct(new Quadratic(0.1), [0.4, -2]);
        Assert.False(wrong.IsCorrect);
        Assert.Equal("hessian[0][1]", wrong.Component);
    }

    /// <summary>f = x^2 + 3 x y + 5 y^2, whose stated product may be wrong in one element.</summary>
    private sealed class Quadratic(double fault) : ITwiceDifferentiableFunction<double>
    {
        public int Dimension => 2;

        public double Value(ReadOnlySpan<double> x) => (x[0] * x[0]) + (3 * x[0] * x[1]) + (5 * x[1] * x[1]);

        public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
        {
            gradient[0] = (2 * x[0]) + (3 * x[1]);
            gradient[1] = (3 * x[0]) + (10 * x[1]);
            return Value(x);
        }

        public void HessianProduct(ReadOnlySpan<double> x, ReadOnlySpan<double> v, Span<double> product)
        {
            product[0] = (2 * v[0]) + ((3 + fault) * v[1]);
            product[1] = (3 * v[0]) + (10 * v[1]);
        }
    }
}
