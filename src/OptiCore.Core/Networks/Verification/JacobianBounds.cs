namespace OptiCore.Networks;

/// <summary>
/// Bounds the sum of absolute values of a row of the Clarke Jacobian W_L D ... D W_1, D diagonal with elements 1, 0 or, for unstable rectifiers, of [0, 1]: from the output to the inputs by
/// y_0 = W_L[:, o], z_t = delta_t y_t, y_(t+1) = W z_t, with linear bounds of each product delta y.
/// </summary>
internal sealed class JacobianBounds
{
    private readonly ReluNetwork _network;
    private readonly PreActivationBounds _states;
    private readonly double[][] _least, _most, _gap;
    private readonly double[] _coefficients, _scratch;

    public JacobianBounds(ReluNetwork network, PreActivationBounds states)
    {
        _network = network;
        _states = states;
        int count = network.Layers.Count, widest = network.Width;
        _least = new double[count][];
        _most = new double[count][];
        for (int t = 0; t < count; t++)
        {
            _least[t] = new double[network.Layers[count - 1 - t].Inputs];
            _most[t] = new double[network.Layers[count - 1 - t].Inputs];
        }

        _gap = new double[count - 1][];
        for (int k = 0; k < count - 1; k++)
            _gap[k] = new double[network.Layers[k].Outputs];
        _coefficients = new double[widest];
        _scratch = new double[widest];
    }

    /// <summary>For each rectifier how far apart its linear bounds lie, times its weight in the last bound.</summary>
    public double[][] Gap => _gap;

    /// <summary>Bounds a row.</summary>
    /// <param name="output">The output.</param>
    /// <param name="isLinear">True for linear bounds, false for intervals alone.</param>
    public double Row(int output, bool isLinear)
    {
        int count = _network.Layers.Count;
        AffineLayer last = _network.Layers[^1];
        for (int i = 0; i < last.Inputs; i++)
            _least[0][i] = _most[0][i] = last.Weight[(i * last.Outputs) + output];
        for (int t = 1; t < count; t++)
        {
            AffineLayer layer = _network.Layers[count - 1 - t];
            for (int g = 0; g < layer.Inputs; g++)
            {
                (double least, double most) = Interval(layer, t - 1, g);
                if (isLinear)
                {
                    most = Math.Min(most, Upper(t, g, 1));
                    least = Math.Max(least, -Upper(t, g, -1));
                }

                _least[t][g] = least;
                _most[t][g] = Math.Max(least, most);
            }
        }

        // |y| lies below the line from (l, -l) to (u, u).
        double sum = 0, constant = 0;
        double[] c = _coefficients;
        for (int g = 0; g < _network.Inputs; g++)
        {
            double l = _least[^1][g], u = _most[^1][g];
            sum += Math.Max(Math.Abs(l), Math.Abs(u));
            c[g] = l >= 0 ? 1 : u <= 0 ? -1 : (u + l) / (u - l);
            constant += l < 0 && u > 0 ? -2 * u * l / (u - l) : 0;
        }

        return isLinear ? Math.Min(sum, constant + Upper(count - 1, recordsGap: true)) : sum;
    }

    private (double Least, double Most) Interval(AffineLayer layer, int t, int g)
    {
        double least = 0, most = 0;
        int hidden = _network.Layers.Count - 2 - t;
        for (int h = 0; h < layer.Outputs; h++)
        {
            double w = layer.Weight[(g * layer.Outputs) + h], low = _least[t][h], high = _most[t][h];
            if (_states.IsUnstable(hidden, h))
                (low, high) = (Math.Min(low, 0), Math.Max(high, 0));
            else if (_states.Upper[hidden][h] <= 0)
                (low, high) = (0, 0);
            least += w * (w >= 0 ? low : high);
            most += w * (w >= 0 ? high : low);
        }

        return (least, most);
    }

    private double Upper(int t, int element, double sign)
    {
        _coefficients.AsSpan(0, _least[t].Length).Clear();
        _coefficients[element] = sign;
        return Upper(t, recordsGap: false);
    }

    /// <summary>An upper bound of the linear function of y_t whose coefficients are given.</summary>
    private double Upper(int t, bool recordsGap)
    {
        double[] c = _coefficients, next = _scratch;
        double bound = 0;
        for (int s = t - 1; s >= 0; s--)
        {
            int hidden = _network.Layers.Count - 2 - s;
            AffineLayer layer = _network.Layers[hidden];
            layer.Forward(c.AsSpan(0, layer.Inputs), next);
            (c, next) = (next, c);
            for (int h = 0; h < layer.Outputs; h++)
            {
                double l = _least[s][h], u = _most[s][h];
                if (recordsGap)
                    _gap[hidden][h] = 0;
                if (!_states.IsUnstable(hidden, h))
                {
                    if (_states.Upper[hidden][h] <= 0)
                        c[h] = 0;
                    continue;
                }

                if (recordsGap)
                    _gap[hidden][h] = Math.Abs(c[h]) * Math.Max(Math.Abs(l), Math.Abs(u));
                bool takesUpper = c[h] >= 0;
                if (l >= 0)
                    c[h] = takesUpper ? c[h] : 0;
                else if (u <= 0)
                    c[h] = takesUpper ? 0 : c[h];
                else if (takesUpper)
                {
                    bound -= c[h] * u * l / (u - l);
                    c[h] *= u / (u - l);
                }
                else
                {
                    bound += c[h] * u * l / (u - l);
                    c[h] *= -l / (u - l);
                }
            }
        }

        for (int i = 0; i < _least[0].Length; i++)
            bound += c[i] * _least[0][i];
        return bound;
    }
}
