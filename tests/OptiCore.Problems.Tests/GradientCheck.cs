namespace OptiCore.Problems.Tests;

/// <summary>Compares derivatives with central differences, whose step balances truncation against rounding.</summary>
internal static class GradientCheck
{
    public static void Gradient(IDifferentiableFunction<double> f, ReadOnlySpan<double> at, double tolerance, string what)
    {
        int n = f.Dimension;
        double[] x = at.ToArray(), gradient = new double[n], differences = new double[n];
        gradient.AsSpan().Fill(double.NaN);
        double value = f.ValueAndGradient(x, gradient);
        double plain = f.Value(x);
        Assert.True(Math.Abs(value - plain) <= 1e-14 * Math.Max(1, Math.Abs(value)), $"{what}: the value is {plain:r} alone and {value:r} with the gradient.");
        double scale = 0;
        for (int j = 0; j < n; j++)
        {
            differences[j] = Central(x, j, p => f.Value(p));
            scale = Math.Max(scale, Math.Abs(differences[j]));
        }

        for (int j = 0; j < n; j++)
            Assert.True(Math.Abs(gradient[j] - differences[j]) <= tolerance * Math.Max(1, scale), $"{what}: gradient[{j}] is {gradient[j]:r}, differences say {differences[j]:r}.");
    }

    public static void Jacobian(IDifferentiableResidualFunction<double> f, ReadOnlySpan<double> at, double tolerance, string what)
    {
        int n = f.Dimension, m = f.ResidualCount;
        double[] x = at.ToArray(), r = new double[m], again = new double[m], jacobian = new double[m * n];
        jacobian.AsSpan().Fill(double.NaN);
        f.ResidualsAndJacobian(x, r, jacobian);
        f.Residuals(x, again);
        Assert.Equal(r, again);
        for (int j = 0; j < n; j++)
        {
            double keep = x[j], h = 6e-6 * (keep == 0 ? 1e-3 : Math.Abs(keep));
            double[] plus = new double[m], minus = new double[m];
            x[j] = keep + h;
            double right = x[j];
            f.Residuals(x, plus);
            x[j] = keep - h;
            double width = right - x[j];
            f.Residuals(x, minus);
            x[j] = keep;
            double scale = 0, size = 0;
            for (int i = 0; i < m; i++)
            {
                scale = Math.Max(scale, Math.Abs(jacobian[(i * n) + j]));
                size = Math.Max(size, Math.Abs(plus[i]));
            }

            // Differences lose the digits of the residuals' size over the step's.
            double rounding = 1e-15 * size / h;
            for (int i = 0; i < m; i++)
            {
                double difference = (plus[i] - minus[i]) / width, error = Math.Abs(jacobian[(i * n) + j] - difference);
                Assert.True(error <= (tolerance * Math.Max(1e-10, scale)) + rounding, $"{what}: jacobian[{i}, {j}] is {jacobian[(i * n) + j]:r}, differences say {difference:r}.");
            }
        }
    }

    public static void HessianProduct(ITwiceDifferentiableFunction<double> f, ReadOnlySpan<double> at, ReadOnlySpan<double> v, double tolerance, string what)
    {
        int n = f.Dimension;
        double[] product = new double[n], plus = new double[n], minus = new double[n], x = new double[n];
        product.AsSpan().Fill(double.NaN);
        f.HessianProduct(at, v, product);
        const double H = 1e-5;
        for (int i = 0; i < n; i++)
            x[i] = at[i] + (H * v[i]);
        f.ValueAndGradient(x, plus);
        for (int i = 0; i < n; i++)
            x[i] = at[i] - (H * v[i]);
        f.ValueAndGradient(x, minus);
        double scale = 1;
        foreach (double p in product)
            scale = Math.Max(scale, Math.Abs(p));
        for (int i = 0; i < n; i++)
        {
            double difference = (plus[i] - minus[i]) / (2 * H);
            Assert.True(Math.Abs(product[i] - difference) <= tolerance * scale, $"{what}: product[{i}] is {product[i]:r}, differences say {difference:r}.");
        }
    }

    private static double Central(double[] x, int j, Func<double[], double> f)
    {
        double keep = x[j], h = 6e-6 * Math.Max(1, Math.Abs(keep));
        x[j] = keep + h;
        double right = x[j], plus = f(x);
        x[j] = keep - h;
        double left = x[j], minus = f(x);
        x[j] = keep;
        return (plus - minus) / (right - left);
    }
}
