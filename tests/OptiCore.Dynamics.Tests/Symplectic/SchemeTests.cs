using System.Reflection;

namespace OptiCore.Dynamics.Tests.Symplectic;

public class SchemeTests
{
    private const double Rounding = 2e-14;

    public static TheoryData<string> All => SchemeTable.All;

    [Fact]
    public void EveryPublishedSchemeHasARow()
    {
        Type[] marked = [.. typeof(Ode).Assembly.GetTypes().Where(t => t.GetCustomAttribute<AlgorithmAttribute>()?.Family == "Symplectic and splitting")];
        Assert.Equal(marked.Where(type => type != typeof(Splitting)).Select(t => t.Name).Order(), SchemeTable.Types.Select(t => t.Name).Order());
        Assert.Contains(typeof(Splitting), marked);
    }

    [Theory, MemberData(nameof(All))]
    public void ItsNameAndSymmetryAreAsPublished(string name)
    {
        SplittingScheme scheme = SchemeTable.Of(name);
        AlgorithmAttribute row = SchemeTable.TypeOf(name).GetCustomAttribute<AlgorithmAttribute>()!;
        Assert.Equal(row.Name, scheme.Name);
        Assert.Contains($"order {scheme.Order},", row.Capabilities, StringComparison.Ordinal);
        Assert.Equal(row.Capabilities.Contains("symmetric", StringComparison.Ordinal), scheme.IsSymmetric);
        Assert.Equal(row.Capabilities.Contains("linear velocity", StringComparison.Ordinal), scheme.NeedsLinearVelocity);
    }

    /// <summary>
    /// exp(a1 A) exp(b1 B) exp(a2 A) ... must agree with exp(A + B) in the free algebra: the coefficient of every word of k letters is 1/k!. For a linear velocity the words of
    /// [B, [B, [B, A]]] = BBBA - 3 BBAB + 3 BABB - ABBB may be there in that proportion.
    /// </summary>
    [Theory, MemberData(nameof(All))]
    public void TheConditionsOfItsOrderAreMetAndNoMore(string name)
    {
        SplittingScheme scheme = SchemeTable.Of(name);
        double[][] words = Words(scheme, scheme.Order + 1);
        double factorial = 1;
        for (int k = 1; k <= scheme.Order; k++)
        {
            factorial *= k;
            double[] residual = [.. words[k].Select(c => c - (1 / factorial))];
            if (scheme.NeedsLinearVelocity && k == 4)
            {
                double nested = residual[0b1110];
                Assert.True(Math.Abs(nested) > 1e-4, "It would hold for any velocity.");
                residual[0b1110] -= nested;
                residual[0b1101] += 3 * nested;
                residual[0b1011] -= 3 * nested;
                residual[0b0111] += nested;
            }

            Assert.True(residual.Max(Math.Abs) < Rounding, $"{name}: words of {k} letters are off by {residual.Max(Math.Abs):g3}.");
        }

        factorial *= scheme.Order + 1;
        Assert.True(words[scheme.Order + 1].Max(c => Math.Abs(c - (1 / factorial))) > 1e-6, "The order is higher than stated.");
    }

    [Fact]
    public void CoefficientsThatArentConsistentAreRefused()
    {
        Refused("drifts", [0.5, 0.4], [1, 0]);
        Refused("kicks", [0.5, 0.5], [1, 0.1]);
        Refused("kicks", [1], [1, 0]);
        Refused("drifts", [double.NaN], [1]);

        static void Refused(string argument, double[] drifts, double[] kicks) =>
            Assert.Equal(argument, Assert.ThrowsAny<ArgumentException>(() => new SplittingScheme(drifts, kicks) { Name = "x", Order = 1 }).ParamName);
    }

    /// <summary>Coefficients of all words up to a length; the letters of a word are the bits of its index, the first letter highest, B = 1.</summary>
    private static double[][] Words(SplittingScheme scheme, int length)
    {
        double[][] words = [.. Enumerable.Range(0, length + 1).Select(k => new double[1 << k])];
        words[0][0] = 1;
        for (int i = 0; i < scheme.Drifts.Length; i++)
        {
            Append(0, scheme.Drifts.Span[i]);
            Append(1, scheme.Kicks.Span[i]);
        }

        return words;

        void Append(int letter, double c)
        {
            for (int k = length; k > 0; k--)
            {
                for (int word = 0; word < 1 << k; word++)
                {
                    // The word's ending in this letter, one more at a time, over its factorial.
                    double term = 1;
                    for (int cut = 1; cut <= k && ((word >> (cut - 1)) & 1) == letter; cut++)
                    {
                        term *= c / cut;
                        words[k][word] += term * words[k - cut][word >> cut];
                    }
                }
            }
        }
    }
}
