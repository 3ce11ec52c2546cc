using OptiCore.Differentiation;

namespace OptiCore;

/// <summary>
/// The factor L of a correlation matrix L L' from n (n - 1) / 2 coordinates, row by row: with z = tanh u, L[i,j] = z[i,j] prod_{k &lt; j} sqrt(1 - z[i,k]^2), L[i,i] the product of all roots. The
/// products are kept as sums of log sqrt(1 - z^2) = -log cosh u, which neither cancel nor underflow.
/// </summary>
internal static class CorrelationFactor
{
    private const double LogTwo = 0.6931471805599453;

    /// <summary>Computes L and the log Jacobian of the elements below its diagonal; with <paramref name="ofProduct"/>, of those of L L'.</summary>
    public static double Constrain(int n, ReadOnlySpan<double> u, Span<double> l, bool ofProduct)
    {
        l.Clear();
        l[0] = 1;
        double sum = 0;
        int next = 0;
        for (int i = 1; i < n; i++)
        {
            double log = 0;
            for (int j = 0; j < i; j++)
            {
                double v = u[next++], root = LogRoot(v);
                l[(i * n) + j] = Math.Tanh(v) * Math.Exp(log);
                sum += log + (2 * root);
                log += root;
            }

            l[(i * n) + i] = Math.Exp(log);

            // d(L L')[k,i] / dL[k,i] = L[i,i] for the n - 1 - i rows k below.
            if (ofProduct)
                sum += (n - 1 - i) * log;
        }

        return sum;
    }

    /// <summary>The coordinates of a factor.</summary>
    public static void Unconstrain(int n, ReadOnlySpan<double> l, Span<double> u)
    {
        for (int i = 1; i < n; i++)
        {
            // z / sqrt(1 - z^2) = L[i,j] / |L[i,j+1..i]|, without a difference.
            double tail = l[(i * n) + i];
            for (int j = i - 1; j >= 0; j--)
            {
                u[(i * (i - 1) / 2) + j] = Math.Asinh(l[(i * n) + j] / tail);
                tail = double.Hypot(tail, l[(i * n) + j]);
            }
        }
    }

    /// <summary>The gradient by u of f(L) + log |J|, from that of f by L, of which the lower triangle is read.</summary>
    public static void Pullback(int n, ReadOnlySpan<double> u, ReadOnlySpan<double> l, ReadOnlySpan<double> gradientL, Span<double> gradientU, bool ofProduct)
    {
        for (int i = 1; i < n; i++)
        {
            int first = i * (i - 1) / 2;
            double log = 0;
            for (int j = 0; j < i; j++)
                log += LogRoot(u[first + j]);
            double byLog = (gradientL[(i * n) + i] * l[(i * n) + i]) + (ofProduct ? n - 1 - i : 0);
            for (int j = i - 1; j >= 0; j--)
            {
                double v = u[first + j], root = LogRoot(v), g = gradientL[(i * n) + j];
                log -= root;

                // dz/du = 1 - z^2 = e^(2 root), d root / du = -z.
                gradientU[first + j] = (g * Math.Exp(log + (2 * root))) - (Math.Tanh(v) * (2 + byLog));
                byLog += (g * l[(i * n) + j]) + 1;
            }
        }
    }

    /// <summary>The same in operations.</summary>
    public static Variable Constrain(int n, Variable u, bool ofProduct, out Variable logJacobian)
    {
        int count = n * (n - 1) / 2;
        var places = new double[count];
        double[] weights = new double[n * n];
        for (int i = 0, next = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
            {
                places[next++] = (i * n) + j;
                weights[(i * n) + j] = 1;
            }

            weights[(i * n) + i] = ofProduct ? n - 1 - i : 0;
        }

        Variable indices = Variable.Constant<double>(places, [count]);
        Variable roots = u + LogTwo - Operations.Softplus(2 * u);
        Variable rootMatrix = Square(roots, indices, n);

        // Of each row, the sums before each place.
        Variable logs = Operations.CumulativeSum(rootMatrix) - rootMatrix;
        logJacobian = (2 * Operations.Sum(roots)) + Operations.Sum(logs * Variable.Constant<double>(weights, [n, n]));
        return (Square(Operations.Tanh(u), indices, n) + Operations.Identity(n)) * Operations.Exp(logs);
    }

    /// <summary>The matrix with the given elements at the given places, else 0.</summary>
    public static Variable Square(Variable elements, Variable indices, int n) =>
        Operations.Reshape(Operations.ScatterAdd(elements, indices, 0, n * n), [n, n]);

    /// <summary>Checks that rows are those of a factor of a correlation matrix.</summary>
    public static bool IsUnitRow(ReadOnlySpan<double> row, double tolerance, out double norm)
    {
        double sum = 0;
        foreach (double value in row)
            sum += value * value;
        norm = Math.Sqrt(sum);
        return Math.Abs(norm - 1) <= tolerance;
    }

    /// <summary>log sqrt(1 - tanh(v)^2).</summary>
    private static double LogRoot(double v)
    {
        double size = Math.Abs(v);
        return LogTwo - size - SpecialFunctions.LogOnePlus(Math.Exp(-2 * size));
    }
}
