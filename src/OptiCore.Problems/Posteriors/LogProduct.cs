namespace OptiCore.Problems;

/// <summary>The sum of logarithms of many positive numbers by their product: a logarithm only where the product nears the ends of the range.</summary>
internal struct LogProduct
{
    private const double Largest = 1e150, Smallest = 1e-150;

    private double _product;
    private double _sum;

    /// <summary>Of no numbers.</summary>
    public LogProduct() => _product = 1;

    /// <summary>The sum of logarithms; NaN if a number wasn't positive or was NaN.</summary>
    public readonly double Value => _sum + Math.Log(_product);

    /// <summary>Takes a number.</summary>
    public void Add(double x)
    {
        double product = _product * x;
        if (product is > Smallest and < Largest)
        {
            _product = product;
            return;
        }

        _sum += Math.Log(_product) + Math.Log(x);
        _product = 1;
    }
}
