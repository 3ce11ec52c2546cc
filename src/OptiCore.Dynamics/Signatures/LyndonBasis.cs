namespace OptiCore.Dynamics;

/// <summary>
/// The Lyndon basis of the free Lie algebra over d letters up to a depth: words smaller than all their proper suffixes, each with its standard bracketing [u][v] - [v][u], where w = uv and v is the
/// longest proper suffix that is a Lyndon word. Sorted by length, then alphabetically.
/// </summary>
/// <remarks>
/// A bracket [w] is w plus larger words of the same letters, so that the coordinates of a Lie element follow from its numbers at the Lyndon words by one substitution. M. Lothaire (1983), Combinatorics on
/// words, chapter 5; J. Reizenstein, B. Graham (2020), The iisignature library: efficient calculation of iterated-integral signatures and log signatures.
/// </remarks>
internal sealed class LyndonBasis
{
    private readonly Dictionary<(int Length, int Code), int> _index = [];

    public LyndonBasis(int dimension, int depth)
    {
        var words = new List<int[]>();
        Generate(dimension, depth, words);
        words.Sort(Compare);
        Words = [.. words];
        Codes = new int[Words.Length];
        Left = new int[Words.Length];
        Right = new int[Words.Length];
        Brackets = new (int[], double[])[Words.Length];
        Corrections = new (int[], double[])[Words.Length];
        for (int w = 0; w < Words.Length; w++)
        {
            Codes[w] = Code(Words[w], dimension);
            _index.Add((Words[w].Length, Codes[w]), w);
            (Left[w], Right[w]) = Words[w].Length == 1 ? (-1, -1) : Factor(Words[w], dimension);
            Brackets[w] = Expand(w, dimension);
        }

        var rows = new List<(int Word, double Value)>[Words.Length];
        for (int w = 0; w < Words.Length; w++)
            rows[w] = [];
        for (int w = 0; w < Words.Length; w++)
        {
            (int[] codes, double[] values) = Brackets[w];
            for (int i = 0; i < codes.Length; i++)
            {
                if (_index.TryGetValue((Words[w].Length, codes[i]), out int u) && u != w)
                    rows[u].Add((w, values[i]));
            }
        }

        for (int w = 0; w < Words.Length; w++)
        {
            var others = new int[rows[w].Count];
            var values = new double[others.Length];
            for (int i = 0; i < others.Length; i++)
                (others[i], values[i]) = rows[w][i];
            Corrections[w] = (others, values);
        }
    }

    /// <summary>The letters of each word, from 0.</summary>
    public int[][] Words { get; }

    /// <summary>The place of each word within its level.</summary>
    public int[] Codes { get; }

    /// <summary>The two factors of each word, as numbers of words; -1 for letters.</summary>
    public int[] Left { get; }

    public int[] Right { get; }

    /// <summary>Each bracket as a sum of words of its level.</summary>
    public (int[] Codes, double[] Values)[] Brackets { get; }

    /// <summary>For each word, which brackets of smaller words contain it, and how often.</summary>
    public (int[] Words, double[] Values)[] Corrections { get; }

    private static int Compare(int[] a, int[] b) => a.Length != b.Length ? a.Length.CompareTo(b.Length) : a.AsSpan().SequenceCompareTo(b);

    /// <summary>All Lyndon words, by the algorithm of J.-P. Duval (1988), Génération d'une section des classes de conjugaison et arbre des mots de Lyndon de longueur bornée.</summary>
    private static void Generate(int dimension, int depth, List<int[]> words)
    {
        var word = new List<int> { -1 };
        while (word.Count > 0)
        {
            word[^1]++;
            words.Add([.. word]);
            int period = word.Count;
            while (word.Count < depth)
                word.Add(word[word.Count - period]);
            while (word.Count > 0 && word[^1] == dimension - 1)
                word.RemoveAt(word.Count - 1);
        }
    }

    private static int Code(ReadOnlySpan<int> word, int dimension)
    {
        int code = 0;
        foreach (int letter in word)
            code = (code * dimension) + letter;
        return code;
    }

    private (int Left, int Right) Factor(int[] word, int dimension)
    {
        for (int cut = 1; cut < word.Length; cut++)
        {
            if (_index.TryGetValue((word.Length - cut, Code(word.AsSpan(cut), dimension)), out int right))
                return (_index[(cut, Code(word.AsSpan(0, cut), dimension))], right);
        }

        throw new InvalidOperationException("A Lyndon word of two or more letters ends in a Lyndon word.");
    }

    private (int[] Codes, double[] Values) Expand(int w, int dimension)
    {
        if (Left[w] < 0)
            return ([Codes[w]], [1]);
        (int[] leftCodes, double[] leftValues) = Brackets[Left[w]];
        (int[] rightCodes, double[] rightValues) = Brackets[Right[w]];
        int leftSize = Power(dimension, Words[Left[w]].Length), rightSize = Power(dimension, Words[Right[w]].Length);
        var sum = new SortedDictionary<int, double>();
        for (int i = 0; i < leftCodes.Length; i++)
        {
            for (int j = 0; j < rightCodes.Length; j++)
            {
                double product = leftValues[i] * rightValues[j];
                int one = (leftCodes[i] * rightSize) + rightCodes[j], other = (rightCodes[j] * leftSize) + leftCodes[i];
                sum[one] = sum.GetValueOrDefault(one) + product;
                sum[other] = sum.GetValueOrDefault(other) - product;
            }
        }

        var codes = new List<int>();
        var values = new List<double>();
        foreach ((int code, double value) in sum)
        {
            if (value == 0)
                continue;
            codes.Add(code);
            values.Add(value);
        }

        return ([.. codes], [.. values]);
    }

    private static int Power(int b, int exponent)
    {
        int power = 1;
        for (int i = 0; i < exponent; i++)
            power *= b;
        return power;
    }
}
