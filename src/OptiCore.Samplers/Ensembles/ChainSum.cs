namespace OptiCore.Samplers;

/// <summary>
/// A sum over chains in an order that devices keep, too: chain c belongs to lane c mod 256, and lanes are added pairwise, j and j + 128, then 64, ..., 1.
/// </summary>
internal sealed class ChainSum
{
    private const int Lanes = 256;

    private readonly double[] _lanes = new double[Lanes];

    /// <summary>Adds the number of a chain. Numbers come in the order of the chains.</summary>
    public void Add(int chain, double value) => _lanes[chain % Lanes] += value;

    /// <summary>The sum, after which the next one begins.</summary>
    public double Take()
    {
        for (int half = Lanes / 2; half > 0; half /= 2)
        {
            for (int j = 0; j < half; j++)
                _lanes[j] += _lanes[j + half];
        }

        double sum = _lanes[0];
        Array.Clear(_lanes);
        return sum;
    }
}
