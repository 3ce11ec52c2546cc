using System.Globalization;

namespace OptiCore.Dynamics;

/// <summary>
/// A jump process as data: species and the reactions between them. Immutable.
/// <code>
/// ReactionNetwork network = ReactionNetwork.Parse("""
///     0 -> mRNA @ 2
///     mRNA -> mRNA + protein @ 5
///     mRNA -> 0 @ 0.1
///     2 protein -> dimer @ 0.001
///     """);
/// </code>
/// </summary>
public sealed class ReactionNetwork
{
    private readonly string[] _species;
    private readonly Reaction[] _reactions;

    /// <summary>Creates a network.</summary>
    /// <param name="species">The names of the species, all different.</param>
    /// <param name="reactions">The reactions, at least one.</param>
    /// <exception cref="ArgumentException">A name is empty or there twice, a reaction is null or names a species that isn't there.</exception>
    public ReactionNetwork(ReadOnlySpan<string> species, ReadOnlySpan<Reaction> reactions)
    {
        _species = species.ToArray();
        _reactions = reactions.ToArray();
        Require.Positive(_species.Length, nameof(species));
        Require.Positive(_reactions.Length, nameof(reactions));
        for (int i = 0; i < _species.Length; i++)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(_species[i], nameof(species));
            if (Array.IndexOf(_species, _species[i]) < i)
                throw new ArgumentException($"The species '{_species[i]}' is there twice.", nameof(species));
        }

        Changes = new (int, long)[_reactions.Length][];
        for (int j = 0; j < _reactions.Length; j++)
        {
            ArgumentNullException.ThrowIfNull(_reactions[j], nameof(reactions));
            int last = Math.Max(Last(_reactions[j].Reactants.Span), Last(_reactions[j].Products.Span));
            if (last >= _species.Length)
                throw new ArgumentException(FormattableString.Invariant($"Reaction {j} names species {last}; there are {_species.Length}, numbered from 0."), nameof(reactions));
            Changes[j] = ChangesOf(_reactions[j]);
        }

        Dependents = new int[_reactions.Length][];
        for (int j = 0; j < _reactions.Length; j++)
            Dependents[j] = DependentsOf(j);
    }

    /// <summary>The names of the species.</summary>
    public ReadOnlySpan<string> Species => _species;

    /// <summary>The reactions.</summary>
    public ReadOnlySpan<Reaction> Reactions => _reactions;

    /// <summary>For each reaction, the species whose number changes, and by how much.</summary>
    internal (int Species, long By)[][] Changes { get; }

    /// <summary>For each reaction, the reactions whose propensity may change when it happens, itself included.</summary>
    internal int[][] Dependents { get; }

    /// <summary>Reads a network with mass action, one reaction a line: reactants, an arrow, products, and the rate behind an @. 0 stands for nothing; species are numbered in the order in which they appear.</summary>
    /// <param name="text">The lines; empty ones and what follows a # are skipped.</param>
    /// <exception cref="FormatException">A line can't be read; the message names it and what was expected.</exception>
    public static ReactionNetwork Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var species = new List<string>();
        var reactions = new List<Reaction>();
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Split('#')[0].Trim();
            if (line.Length == 0)
                continue;
            int arrow = line.IndexOf("->", StringComparison.Ordinal), at = line.LastIndexOf('@');
            if (arrow < 0 || at < arrow)
                throw Unreadable(i, line, "'reactants -> products @ rate'");
            if (!double.TryParse(line.AsSpan(at + 1).Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out double rate) || !(rate >= 0) || !double.IsFinite(rate))
                throw Unreadable(i, line, "a finite rate of at least 0 behind the @");
            SpeciesCount[] reactants = Side(line[..arrow], species, i, line), products = Side(line[(arrow + 2)..at], species, i, line);
            reactions.Add(new Reaction(rate, reactants, products));
        }

        return reactions.Count > 0 && species.Count > 0
            ? new ReactionNetwork([.. species], [.. reactions])
            : throw new FormatException("There is no reaction in the text.");
    }

    /// <summary>The number of a species.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">There is no such species.</exception>
    public int IndexOf(string name)
    {
        int index = Array.IndexOf(_species, name);
        return index >= 0 ? index : throw new ArgumentException($"There is no species '{name}'; the species are {string.Join(", ", _species)}.", nameof(name));
    }

    /// <summary>Writes the propensities of all reactions.</summary>
    /// <param name="counts">The numbers of molecules, one for each species.</param>
    /// <param name="propensities">Receives one number for each reaction.</param>
    /// <exception cref="ArgumentException">A length differs.</exception>
    public void Propensities(ReadOnlySpan<long> counts, Span<double> propensities)
    {
        Require.Length(counts.Length, _species.Length, nameof(counts));
        Require.Length(propensities.Length, _reactions.Length, nameof(propensities));
        for (int j = 0; j < _reactions.Length; j++)
            propensities[j] = _reactions[j].At(counts);
    }

    /// <summary>
    /// The rate equation dx/dt = sum over reactions of change times c times the product of x_i^count_i / count_i!: the limit of large numbers, and for reactions of order up to 1 the
    /// equation of the means.
    /// </summary>
    /// <exception cref="InvalidOperationException">A reaction has a propensity of its own, which isn't known between whole numbers.</exception>
    public IOdeSystem RateEquation()
    {
        foreach (Reaction reaction in _reactions)
        {
            if (reaction.Propensity is not null)
                throw new InvalidOperationException("A reaction has a propensity of its own, which is known for whole numbers only.");
        }

        return OdeSystem.From(_species.Length, Derivative);

        void Derivative(double t, ReadOnlySpan<double> x, Span<double> dx)
        {
            dx.Clear();
            for (int j = 0; j < _reactions.Length; j++)
            {
                double a = _reactions[j].Rate;
                foreach ((int species, int count) in _reactions[j].Reactants.Span)
                {
                    for (int k = 1; k <= count; k++)
                        a *= x[species] / k;
                }

                foreach ((int species, long by) in Changes[j])
                    dx[species] += by * a;
            }
        }
    }

    private (int Species, long By)[] ChangesOf(Reaction reaction)
    {
        long[] change = new long[_species.Length];
        Add(reaction.Reactants.Span, -1);
        Add(reaction.Products.Span, 1);
        var changes = new List<(int, long)>();
        for (int i = 0; i < change.Length; i++)
        {
            if (change[i] != 0)
                changes.Add((i, change[i]));
        }

        return [.. changes];

        void Add(ReadOnlySpan<SpeciesCount> side, int sign)
        {
            foreach ((int species, int count) in side)
                change[species] += sign * count;
        }
    }

    private static int Last(ReadOnlySpan<SpeciesCount> side)
    {
        int last = -1;
        foreach (SpeciesCount item in side)
            last = Math.Max(last, item.Species);
        return last;
    }

    private int[] DependentsOf(int reaction)
    {
        var dependents = new List<int>();
        for (int j = 0; j < _reactions.Length; j++)
        {
            bool depends = j == reaction;
            foreach ((int species, long _) in Changes[reaction])
            {
                foreach (SpeciesCount reactant in _reactions[j].Reactants.Span)
                    depends |= reactant.Species == species;
            }

            if (depends)
                dependents.Add(j);
        }

        return [.. dependents];
    }

    private static SpeciesCount[] Side(string side, List<string> species, int number, string line)
    {
        string trimmed = side.Trim();
        if (trimmed == "0")
            return [];
        var counts = new List<SpeciesCount>();
        foreach (string term in trimmed.Split('+'))
        {
            string[] parts = term.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            int count = 1;
            if (parts.Length is not (1 or 2) || (parts.Length == 2 && !(int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out count) && count > 0)) || char.IsAsciiDigit(parts[^1][0]))
                throw Unreadable(number, line, "terms like 'A' or '2 A' between plus signs");
            int index = species.IndexOf(parts[^1]);
            if (index < 0)
            {
                index = species.Count;
                species.Add(parts[^1]);
            }

            int known = counts.FindIndex(c => c.Species == index);
            if (known < 0)
                counts.Add(new SpeciesCount(index, count));
            else
                counts[known] = new SpeciesCount(index, counts[known].Count + count);
        }

        return [.. counts];
    }

    private static FormatException Unreadable(int number, string line, string expected) =>
        new(FormattableString.Invariant($"Line {number + 1}, '{line}', can't be read: expected {expected}."));
}
