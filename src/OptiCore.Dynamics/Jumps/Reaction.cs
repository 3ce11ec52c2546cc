namespace OptiCore.Dynamics;

/// <summary>A species and how many of it.</summary>
/// <param name="Species">The number of the species, from 0.</param>
/// <param name="Count">How many, at least 1.</param>
public readonly record struct SpeciesCount(int Species, int Count);

/// <summary>Computes how likely a reaction is: the probability that it happens within dt is a(x) dt.</summary>
/// <param name="counts">The numbers of molecules, one for each species.</param>
public delegate double PropensityFunction(ReadOnlySpan<long> counts);

/// <summary>
/// One kind of event of a jump process: it removes its reactants and adds its products. With mass action its propensity is
/// c times the product over reactants of binomial(x_i, count_i), the number of ways to choose them.
/// </summary>
/// <remarks>
/// A species that only influences the propensity, like an enzyme, is named on both sides: a propensity is computed anew only when the number of one of its reactants has changed. For a
/// reaction of two different molecules c is the deterministic rate over the volume, for two of the same kind twice that. D. T. Gillespie (1976), A general method for numerically simulating the
/// stochastic time evolution of coupled chemical reactions.
/// </remarks>
public sealed record Reaction
{
    /// <summary>A reaction with mass action.</summary>
    /// <param name="rate">The rate c, at least 0.</param>
    /// <param name="reactants">What is used; empty for a source.</param>
    /// <param name="products">What is made; empty for a sink.</param>
    /// <exception cref="ArgumentException">The rate is negative or not finite, or a species is named twice on one side, or a number is wrong.</exception>
    public Reaction(double rate, ReadOnlySpan<SpeciesCount> reactants, ReadOnlySpan<SpeciesCount> products)
    {
        Rate = Require.NonNegative(rate, nameof(rate));
        Reactants = Checked(reactants, nameof(reactants));
        Products = Checked(products, nameof(products));
    }

    /// <summary>A reaction with a propensity of its own.</summary>
    /// <param name="propensity">Computes a(x), finite and at least 0, from the numbers of the reactants only; 0 where there are too few of them. Called from several threads in an ensemble.</param>
    /// <param name="reactants">What is used or has influence.</param>
    /// <param name="products">What is made or is there again.</param>
    /// <exception cref="ArgumentException">The function is null, or a species is named twice on one side, or a number is wrong.</exception>
    public Reaction(PropensityFunction propensity, ReadOnlySpan<SpeciesCount> reactants, ReadOnlySpan<SpeciesCount> products)
        : this(0, reactants, products) => Propensity = Require.NotNull(propensity);

    /// <summary>The rate c of mass action.</summary>
    public double Rate { get; }

    /// <summary>The propensity, or null for mass action.</summary>
    public PropensityFunction? Propensity { get; }

    /// <summary>What is used.</summary>
    public ReadOnlyMemory<SpeciesCount> Reactants { get; }

    /// <summary>What is made.</summary>
    public ReadOnlyMemory<SpeciesCount> Products { get; }

    /// <summary>The number of molecules that come together.</summary>
    internal int Order
    {
        get
        {
            int order = 0;
            foreach (SpeciesCount reactant in Reactants.Span)
                order += reactant.Count;
            return order;
        }
    }

    internal double At(ReadOnlySpan<long> counts)
    {
        if (Propensity is not null)
            return Propensity(counts);
        double a = Rate;
        foreach ((int species, int count) in Reactants.Span)
        {
            long x = counts[species];
            for (int k = 0; k < count; k++)
                a *= (double)(x - k) / (k + 1);
            if (x < count)
                return 0;
        }

        return a;
    }

    private static SpeciesCount[] Checked(ReadOnlySpan<SpeciesCount> items, string name)
    {
        for (int i = 0; i < items.Length; i++)
        {
            if (items[i].Species < 0 || items[i].Count < 1)
                throw new ArgumentException(FormattableString.Invariant($"{name}[{i}] is {items[i].Count} of species {items[i].Species}; the count must be at least 1 and the species at least 0."), name);
            for (int j = 0; j < i; j++)
            {
                if (items[j].Species == items[i].Species)
                    throw new ArgumentException(FormattableString.Invariant($"{name}[{i}] names species {items[i].Species} a second time; add the counts."), name);
            }
        }

        return items.ToArray();
    }
}
