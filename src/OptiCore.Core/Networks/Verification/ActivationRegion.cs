using OptiCore.LinearAlgebra;

namespace OptiCore.Networks;

/// <summary>
/// The points of a box where rectifiers are active or inactive as decided. As far as the layers before it are decided, what enters a rectifier is affine in the inputs, and each decision a linear
/// inequality.
/// </summary>
/// <remarks>
/// The inequalities G t >= h are examined by least distance programming, C. L. Lawson, R. J. Hanson (1974), "Solving least squares problems", chapter 23: min |[G, h]^T u - e| over u >= 0 is 0
/// if there is no solution, and then u combines the inequalities to a contradiction, which is checked by itself: nothing is called empty because of an iteration's tolerance.
/// </remarks>
internal sealed class ActivationRegion
{
    private readonly ReluNetwork _network;
    private readonly double[] _center, _radius;

    public ActivationRegion(ReluNetwork network, double[] lower, double[] upper)
    {
        _network = network;
        _center = new double[lower.Length];
        _radius = new double[lower.Length];
        for (int i = 0; i < lower.Length; i++)
        {
            _center[i] = 0.5 * (lower[i] + upper[i]);
            _radius[i] = 0.5 * (upper[i] - lower[i]);
        }
    }

    /// <summary>Whether it is certain that no point of the box meets the decisions.</summary>
    public bool IsEmpty(sbyte[][] phases, PreActivationBounds states)
    {
        int n = _center.Length;
        List<double[]> rows = Inequalities(phases, states);
        if (rows.Count == 0)
            return false;

        // Columns of the least-squares problem: the decisions, then -1 <= t <= 1.
        int decisions = rows.Count, columns = decisions + (2 * n);
        var a = new double[(n + 1) * columns];
        for (int r = 0; r < decisions; r++)
        {
            for (int i = 0; i <= n; i++)
                a[(i * columns) + r] = rows[r][i];
        }

        for (int i = 0; i < n; i++)
        {
            a[(i * columns) + decisions + (2 * i)] = 1;
            a[(i * columns) + decisions + (2 * i) + 1] = -1;
            a[(n * columns) + decisions + (2 * i)] = a[(n * columns) + decisions + (2 * i) + 1] = -1;
        }

        var right = new double[n + 1];
        right[n] = 1;
        var u = new double[columns];
        new NonnegativeLeastSquares<double>(n + 1, columns).TrySolve(a, right, u, out _);

        // sum_r u_r (G_r t - h_r) is at least 0 wherever the decisions are met; its largest value in the box is sum_i |sum_r u_r G_ri| - sum_r u_r h_r.
        double most = 0, size = 0;
        for (int i = 0; i <= n; i++)
        {
            double sum = 0;
            for (int r = 0; r < decisions; r++)
            {
                sum += u[r] * rows[r][i];
                size += Math.Abs(u[r] * rows[r][i]);
            }

            most += i < n ? Math.Abs(sum) : -sum;
        }

        return most < -1e-12 * size;
    }

    /// <summary>The inequalities of decided rectifiers whose inputs are affine, each [G, h] of norm 1 in t = (x - center) / radius.</summary>
    private List<double[]> Inequalities(sbyte[][] phases, PreActivationBounds states)
    {
        int n = _center.Length;
        var rows = new List<double[]>();

        // Each column of the map is the affine function of t, its constant last, that a neuron has.
        double[][] functions = new double[n][];
        for (int i = 0; i < n; i++)
        {
            functions[i] = new double[n + 1];
            functions[i][i] = _radius[i];
            functions[i][n] = _center[i];
        }

        for (int k = 0; k < phases.Length; k++)
        {
            AffineLayer layer = _network.Layers[k];
            var next = new double[layer.Outputs][];
            bool isDecided = true;
            for (int j = 0; j < layer.Outputs; j++)
            {
                var function = new double[n + 1];
                function[n] = layer.Bias[j];
                for (int i = 0; i < layer.Inputs; i++)
                {
                    for (int m = 0; m <= n; m++)
                        function[m] += layer.Weight[(i * layer.Outputs) + j] * functions[i][m];
                }

                if (phases[k][j] != 0)
                    AddRow(rows, function, phases[k][j]);
                isDecided &= !states.IsUnstable(k, j);
                next[j] = states.Upper[k][j] <= 0 ? new double[n + 1] : function;
            }

            if (!isDecided)
                break;
            functions = next;
        }

        return rows;
    }

    private static void AddRow(List<double[]> rows, double[] function, int phase)
    {
        double norm = 0;
        foreach (double element in function)
            norm += element * element;
        if (norm == 0)
            return;

        // phase (G t + b) >= 0, so that h = -phase b.
        var row = new double[function.Length];
        for (int i = 0; i < row.Length; i++)
            row[i] = (i < row.Length - 1 ? phase : -phase) * function[i] / Math.Sqrt(norm);
        rows.Add(row);
    }
}
