namespace OptiCore.Networks;

/// <summary>
/// Bounds of what enters each rectifier, over a box of inputs: linear bounds propagated backwards, and intervals where those are tighter.
/// </summary>
/// <remarks>
/// H. Zhang et al. (2018), "Efficient neural network robustness certification with general activation functions" (CROWN): a rectifier of l &lt; 0 &lt; u lies below the line from (l, 0) to (u, u) and
/// above 0 or z, whichever leaves the smaller area. A rectifier may be assumed active or inactive; what follows holds where the assumption does.
/// </remarks>
internal sealed class PreActivationBounds
{
    private readonly ReluNetwork _network;
    private readonly double[] _coefficients, _scratch;

    public PreActivationBounds(ReluNetwork network)
    {
        _network = network;
        int hidden = network.Layers.Count - 1, widest = network.Width;
        Lower = new double[hidden][];
        Upper = new double[hidden][];
        for (int k = 0; k < hidden; k++)
        {
            Lower[k] = new double[network.Layers[k].Outputs];
            Upper[k] = new double[network.Layers[k].Outputs];
        }

        _coefficients = new double[widest];
        _scratch = new double[widest];
    }

    public double[][] Lower { get; }

    public double[][] Upper { get; }

    /// <summary>Whether a rectifier may be active and inactive within the box.</summary>
    public bool IsUnstable(int layer, int neuron) => Lower[layer][neuron] < 0 && Upper[layer][neuron] > 0;

    /// <summary>Computes the bounds.</summary>
    /// <param name="lower">The least inputs.</param>
    /// <param name="upper">The largest inputs.</param>
    /// <param name="phases">For each rectifier 1 if it is assumed to be active, -1 inactive, 0 neither.</param>
    /// <returns>False if no input meets the assumptions.</returns>
    public bool Compute(ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, sbyte[][] phases)
    {
        for (int k = 0; k < Lower.Length; k++)
        {
            for (int j = 0; j < Lower[k].Length; j++)
            {
                (double least, double most) = Interval(k, j, lower, upper);
                least = Math.Max(least, Bound(k, j, isUpper: false, lower, upper));
                most = Math.Min(most, Bound(k, j, isUpper: true, lower, upper));
                if ((phases[k][j] > 0 && most < 0) || (phases[k][j] < 0 && least > 0))
                    return false;

                // Rounding may cross bounds that are equal.
                most = Math.Max(most, least);
                Lower[k][j] = phases[k][j] > 0 ? Math.Max(least, 0) : phases[k][j] < 0 ? Math.Min(least, 0) : least;
                Upper[k][j] = phases[k][j] < 0 ? Math.Min(most, 0) : phases[k][j] > 0 ? Math.Max(most, 0) : most;
            }
        }

        return true;
    }

    private (double Least, double Most) Interval(int k, int j, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper)
    {
        AffineLayer layer = _network.Layers[k];
        double least = layer.Bias[j], most = least;
        for (int i = 0; i < layer.Inputs; i++)
        {
            double w = layer.Weight[(i * layer.Outputs) + j];
            double low = k == 0 ? lower[i] : Math.Max(Lower[k - 1][i], 0), high = k == 0 ? upper[i] : Math.Max(Upper[k - 1][i], 0);
            least += w * (w >= 0 ? low : high);
            most += w * (w >= 0 ? high : low);
        }

        return (least, most);
    }

    private double Bound(int k, int j, bool isUpper, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper)
    {
        AffineLayer layer = _network.Layers[k];
        double[] c = _coefficients, next = _scratch;
        double bound = layer.Bias[j];
        for (int i = 0; i < layer.Inputs; i++)
            c[i] = layer.Weight[(i * layer.Outputs) + j];
        for (int m = k - 1; m >= 0; m--)
        {
            AffineLayer before = _network.Layers[m];
            for (int i = 0; i < before.Outputs; i++)
            {
                double l = Lower[m][i], u = Upper[m][i];
                if (l >= 0)
                {
                    // Active: the coefficient stays.
                }
                else if (u <= 0)
                    c[i] = 0;
                else if ((c[i] >= 0) == isUpper)
                {
                    bound -= c[i] * u * l / (u - l);
                    c[i] *= u / (u - l);
                }
                else if (u <= -l)
                    c[i] = 0;
                bound += c[i] * before.Bias[i];
            }

            before.Back(c.AsSpan(0, before.Outputs), next);
            (c, next) = (next, c);
        }

        for (int i = 0; i < lower.Length; i++)
            bound += c[i] * ((c[i] >= 0) == isUpper ? upper[i] : lower[i]);
        return bound;
    }
}
