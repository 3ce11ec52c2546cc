using System.Reflection;

namespace OptiCore.Dynamics.Tests;

public class ButcherTableauTests
{
    public static TheoryData<string> All => Tableaux.All;

    public static TheoryData<string> Adaptive => Tableaux.Adaptive;

    [Fact]
    public void EveryPublishedTableauOfThePackageHasARow()
    {
        Type[] marked = [.. typeof(Ode).Assembly.GetTypes().Where(t => t.GetCustomAttribute<AlgorithmAttribute>() is not null && t.GetProperty("Tableau")?.PropertyType == typeof(ButcherTableau)
            && t.GetProperty("Tableau")!.GetMethod!.IsStatic)];
        Assert.NotEmpty(marked);
        Assert.Equal(marked.Select(t => t.Name).Order(), Tableaux.Types.Select(t => t.Name).Order());
        foreach (Type type in marked)
            Assert.Equal(Tableaux.Of(type.Name).Name, type.GetCustomAttribute<AlgorithmAttribute>()!.Name);
    }

    [Fact]
    public void ThereAreAsManyRootedTreesAsCayleyCounted() =>
        Assert.Equal([1, 1, 2, 4, 9, 20], Enumerable.Range(1, 6).Select(order => Tree.OfOrder(order).Count));

    [Theory, MemberData(nameof(All))]
    public void TheSolutionMeetsTheConditionsOfItsOrderAndNoMore(string name)
    {
        ButcherTableau tableau = Tableaux.Of(name);
        Extended extended = new(tableau);
        Assert.True(extended.Residual(extended.B, tableau.Order) < 1e-13);
        Assert.True(extended.ResidualOfOrder(extended.B, tableau.Order + 1) > 1e-5, "The order is higher than stated.");
    }

    [Theory, MemberData(nameof(Adaptive))]
    public void TheEmbeddedSolutionMeetsTheConditionsOfItsOrderAndNoMore(string name)
    {
        ButcherTableau tableau = Tableaux.Of(name);
        Extended extended = new(tableau);
        double[] embedded = [.. extended.B];
        for (int i = 0; i < tableau.StageCount; i++)
            embedded[i] -= tableau.ErrorWeights.Span[i];
        Assert.True(extended.Residual(embedded, tableau.EmbeddedOrder) < 1e-13);
        Assert.True(extended.ResidualOfOrder(embedded, tableau.EmbeddedOrder + 1) > 1e-5, "The order is higher than stated.");
    }

    [Theory, MemberData(nameof(All))]
    public void TheDenseOutputMeetsTheContinuousConditionsOfItsOrder(string name)
    {
        ButcherTableau tableau = Tableaux.Of(name);
        Extended extended = new(tableau);
        for (double theta = 0; theta <= 1; theta += 0.0625)
            Assert.True(extended.Residual(extended.DenseWeights(tableau, theta), tableau.DenseOrder, theta) < 1e-13, $"At theta = {theta}.");
    }

    [Fact]
    public void TheLastStageIsKnownToBeTheNextFirst() => Assert.Equal(
        [nameof(BogackiShampine), nameof(DormandPrince), nameof(Tsitouras)],
        Tableaux.Types.Where(t => Tableaux.Of(t.Name).IsFirstSameAsLast).Select(t => t.Name).Order());

    [Fact]
    public void WrongCoefficientsAreRefusedWithTheirPlace()
    {
        Refused("a", "Row 1 of a has 2 elements", () => new ButcherTableau([[], [1, 0]], [0.5, 0.5], [0, 1]) { Name = "x", Order = 1 });
        Refused("a", "row 1 of a is 1, expected 0.5", () => new ButcherTableau([[], [1]], [0.5, 0.5], [0, 0.5]) { Name = "x", Order = 1 });
        Refused("b", "b is 1.5", () => new ButcherTableau([[], [1]], [0.5, 1], [0, 1]) { Name = "x", Order = 1 });
        Refused("c", "c has 1 elements", () => new ButcherTableau([[], [1]], [0.5, 0.5], [0]) { Name = "x", Order = 1 });
        Refused("b", "b is NaN", () => new ButcherTableau([[]], [double.NaN], [0]) { Name = "x", Order = 1 });
        Refused("ErrorWeights", "expected 1", () => new ButcherTableau([[]], [1], [0]) { Name = "x", Order = 1, ErrorWeights = new double[2] });
        Refused("ErrorWeights", "sum of ErrorWeights is 1", () => new ButcherTableau([[]], [1], [0]) { Name = "x", Order = 1, ErrorWeights = new double[] { 1 } });
        Refused("DenseWeights", "sum of DenseWeights is 1", () => new ButcherTableau([[]], [1], [0]) { Name = "x", Order = 1, DenseWeights = new double[] { 1 } });

        static void Refused(string argument, string text, Func<ButcherTableau> create)
        {
            var exception = Assert.ThrowsAny<ArgumentException>(create);
            Assert.Equal(argument, exception.ParamName);
            Assert.Contains(text, exception.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>A rooted tree; its children are in a fixed order so that each tree is made once.</summary>
    private sealed record Tree(int Order, double Gamma, IReadOnlyList<Tree> Children)
    {
        private static readonly Dictionary<int, List<Tree>> Cache = [];

        public static List<Tree> OfOrder(int order)
        {
            lock (Cache)
            {
                if (!Cache.TryGetValue(order, out List<Tree>? trees))
                {
                    trees = [.. Forests(order - 1, order - 1, int.MaxValue).Select(f => new Tree(order, order * f.Aggregate(1.0, (p, t) => p * t.Gamma), f))];
                    Cache[order] = trees;
                }

                return trees;
            }
        }

        /// <summary>Multisets of trees with so many nodes in all, the largest first.</summary>
        private static IEnumerable<List<Tree>> Forests(int nodes, int largest, int lastIndex)
        {
            if (nodes == 0)
            {
                yield return [];
                yield break;
            }

            for (int order = Math.Min(nodes, largest); order >= 1; order--)
            {
                List<Tree> trees = OfOrder(order);
                int end = order == largest ? Math.Min(lastIndex, trees.Count - 1) : trees.Count - 1;
                for (int i = end; i >= 0; i--)
                {
                    foreach (List<Tree> rest in Forests(nodes - order, order, i))
                        yield return [trees[i], .. rest];
                }
            }
        }
    }

    /// <summary>The tableau with the derivative at the step's end as a further stage.</summary>
    private sealed class Extended
    {
        private readonly double[][] _a;

        public Extended(ButcherTableau tableau)
        {
            int s = tableau.StageCount;
            _a = new double[s + 1][];
            for (int i = 0; i < s; i++)
                _a[i] = tableau.Row(i).ToArray();
            _a[s] = tableau.Weights.ToArray();
            B = [.. tableau.Weights, 0];
        }

        public double[] B { get; }

        public double[] DenseWeights(ButcherTableau tableau, double theta)
        {
            double[] weights = new double[B.Length];
            for (int i = 0; i < tableau.StageCount; i++)
            {
                double quartic = tableau.DenseWeights.IsEmpty ? 0 : tableau.DenseWeights.Span[i];
                weights[i] = (theta * theta * (3 - (2 * theta)) * B[i]) + (theta * theta * (1 - theta) * (1 - theta) * quartic);
            }

            weights[0] += theta * (1 - theta) * (1 - theta);
            weights[^1] -= theta * theta * (1 - theta);
            return weights;
        }

        /// <summary>The largest violation of the conditions of all orders up to one.</summary>
        public double Residual(double[] weights, int order, double theta = 1) =>
            Enumerable.Range(1, order).Max(o => ResidualOfOrder(weights, o, theta));

        public double ResidualOfOrder(double[] weights, int order, double theta = 1) => Tree.OfOrder(order)
            .Max(tree => Math.Abs(weights.Zip(Phi(tree), (w, p) => w * p).Sum() - (Math.Pow(theta, order) / tree.Gamma)));

        private double[] Phi(Tree tree)
        {
            double[] product = [.. Enumerable.Repeat(1.0, _a.Length)];
            foreach (Tree child in tree.Children)
            {
                double[] below = Phi(child);
                for (int i = 0; i < product.Length; i++)
                    product[i] *= _a[i].Zip(below, (a, p) => a * p).Sum();
            }

            return product;
        }
    }
}
