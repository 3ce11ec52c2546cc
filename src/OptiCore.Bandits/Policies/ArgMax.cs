namespace OptiCore.Bandits;

/// <summary>The place of the largest of numbers that are offered one after the other: the first of equal ones, 0 if there is none above negative infinity. NaN is never the largest.</summary>
internal struct ArgMax()
{
    /// <summary>The place.</summary>
    public int Place { get; private set; }

    /// <summary>The number there.</summary>
    public double Value { get; private set; } = double.NegativeInfinity;

    /// <summary>Takes up a number.</summary>
    /// <param name="place">Its place.</param>
    /// <param name="value">The number.</param>
    public void Offer(int place, double value)
    {
        if (!(value > Value))
            return;
        Value = value;
        Place = place;
    }
}
