using System.Reflection;

namespace OptiCore.Dynamics.Tests;

public class ButcherTableauTests
{
    // Coefficients are rounded, and so are the sums of products that are nested as deep as the order.
    private const double Rounding = 1e-14;

    public static TheoryData<string> All => Tableaux.All;

    public static TheoryData<string> Adaptive => Tableaux.Adaptive;

    [Fact]
    public void EveryPublishedTableauOfThePackageHasARow()
    {
        Type[] published = [.. OdeMethods.Published];
        Assert.NotEmpty(published);
        Assert.Equal(published.Select(t => t.Name).Order(), OdeMethods.Names.Order());
        foreach (Type type in Tableaux.Types)
            Assert.Equal(Tableaux.Of(type.Name).Name, type.GetCustomAttribute<AlgorithmAttribute>()!.Name);
    }

    [Fact]
    public void ThereAreAsManyRootedTreesAsCayleyCounted() =>
        Assert.Equal([1, 1, 2, 4, 9, 20, 48, 115, 286, 719], Enumerable.Range(1, 10).Select(order => Tree.OfOrder(order).Count));

    [Theory, MemberData(nameof(All))]
    public void TheSolutionMeetsTheConditionsOfItsOrderAndNoMore(string name)
    {
        ButcherTableau tableau = Tableaux.Of(name);
        Extended extended = new(tableau);
        Assert.True(extended.Residual(extended.B, tableau.Order) < Rounding);
        Assert.True(extended.ResidualOfOrder(extended.B, tableau.Order + 1) > 1e3 * Rounding, "The order is higher than stated.");
    }

    [Theory, MemberData(nameof(Adaptive))]
    public void TheEmbeddedSolutionMeetsTheConditionsOfItsOrderAndNoMore(string name)
    {
        ButcherTableau tableau = Tableaux.Of(name);
        Extended extended = new(tableau);
        double[] embedded = [.. extended.B];
        for (int i = 0; i < tableau.StageCount; i++)
            embedded[i] -= tableau.ErrorWeights.Span[i];
        Assert.True(extended.Residual(embedded, tableau.EmbeddedOrder) < Rounding);
        Assert.True(extended.ResidualOfOrder(embedded, tableau.EmbeddedOrder + 1) > 1e3 * Rounding, "The order is higher than stated.");
    }

    [Fact]
    public void TheSecondEstimateOfTheMethodOfOrderEightIsOfOrderThree()
    {
        Extended extended = new(DormandPrince8.Tableau);
        double[] embedded = [.. extended.B];
        for (int i = 0; i < DormandPrince8.Tableau.StageCount; i++)
            embedded[i] -= DormandPrince8.Tableau.SecondErrorWeights.Span[i];
        Assert.True(extended.Residual(embedded, 3) < Rounding);
        Assert.True(extended.ResidualOfOrder(embedded, 4) > 1e3 * Rounding);
    }

    [Theory, MemberData(nameof(All))]
    public void TheDenseOutputMeetsTheContinuousConditionsOfItsOrder(string name)
    {
        ButcherTableau tableau = Tableaux.Of(name);
        Extended extended = new(tableau);
        for (double theta = 0; theta <= 1; theta += 0.0625)
        {
            double[] weights = extended.DenseWeights(tableau, theta);
            double residual = extended.Residual(weights, tableau.DenseOrder - 1, theta), last = extended.ResidualOfOrder(weights, tableau.DenseOrder, theta);
            Assert.True(residual < Rounding, $"{residual:g3} at theta = {theta}.");

            // Verner published one free parameter of the interpolant of order 7 with nine digits, so that its last condition holds to these.
            Assert.True(last < (name == nameof(Verner7) ? 1e-8 : Rounding), $"{last:g3} at theta = {theta}.");
        }
    }

    [Fact]
    public void TheLastStageIsKnownToBeTheNextFirst() => Assert.Equal(
        [nameof(BogackiShampine), nameof(DormandPrince), nameof(Tsitouras), nameof(Verner6)],
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
        Refused("DenseWeights", "sum of DenseWeights is 1", () => new ButcherTableau([[]], [1], [0]) { Name = "x", Order = 1, DenseWeights = [[1.0]] });
        Refused("DenseWeights", "Row 0 of DenseWeights has 3 elements, but there are 2", () => new ButcherTableau([[]], [1], [0]) { Name = "x", Order = 1, DenseWeights = [[1.0, 0, -1]] });
        Refused("DenseStages", "has 1 elements, expected 2", () => new ButcherTableau([[]], [1], [0]) { Name = "x", Order = 1, DenseStages = [[1.0]] });

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

    /// <summary>The tableau with the derivative at the step's end and the stages of the dense output as further stages.</summary>
    private sealed class Extended
    {
        private readonly double[][] _a;
        private readonly int _end;

        public Extended(ButcherTableau tableau)
        {
            int s = tableau.StageCount;
            _end = tableau.IsFirstSameAsLast ? s - 1 : s;
            List<double[]> rows = [.. Enumerable.Range(0, s).Select(i => tableau.Row(i).ToArray())];
            if (!tableau.IsFirstSameAsLast)
                rows.Add(tableau.Weights.ToArray());
            rows.AddRange(tableau.DenseStages);
            _a = [.. rows];
            B = new double[_a.Length];
            tableau.Weights.CopyTo(B);
        }

        public double[] B { get; }

        public double[] DenseWeights(ButcherTableau tableau, double theta)
        {
            double rest = 1 - theta, factor = theta * theta * rest * rest;
            double[] weights = [.. B.Select(b => theta * theta * (3 - (2 * theta)) * b)];
            weights[0] += theta * rest * rest;
            weights[_end] -= theta * theta * rest;
            for (int j = 0; j < tableau.DenseWeights.Count; j++)
            {
                for (int i = 0; i < weights.Length; i++)
                    weights[i] += factor * tableau.DenseWeights[j][i];
                factor *= j % 2 == 0 ? theta : rest;
            }

            return weights;
        }

        /// <summary>The largest violation of the conditions of all orders up to one.</summary>
        public double Residual(double[] weights, int order, double theta = 1) =>
            Enumerable.Range(1, order).Select(o => ResidualOfOrder(weights, o, theta)).Append(0).Max();

        /// <summary>Relative to the size of the terms, as they cancel.</summary>
        public double ResidualOfOrder(double[] weights, int order, double theta = 1) => Tree.OfOrder(order).Max(tree =>
        {
            (double[] phi, double[] size) = Phi(tree);
            double sum = 0, terms = 1;
            for (int i = 0; i < weights.Length; i++)
            {
                sum += weights[i] * phi[i];
                terms += Math.Abs(weights[i]) * size[i];
            }

            return Math.Abs(sum - (Math.Pow(theta, order) / tree.Gamma)) / terms;
        });

        private (double[] Phi, double[] Size) Phi(Tree tree)
        {
            double[] product = [.. Enumerable.Repeat(1.0, _a.Length)], size = [.. product];
            foreach (Tree child in tree.Children)
            {
                (double[] below, double[] sizeBelow) = Phi(child);
                for (int i = 0; i < product.Length; i++)
                {
                    double sum = 0, terms = 0;
                    for (int j = 0; j < _a[i].Length; j++)
                    {
                        sum += _a[i][j] * below[j];
                        terms += Math.Abs(_a[i][j]) * sizeBelow[j];
                    }

                    product[i] *= sum;
                    size[i] *= terms;
                }
            }

            return (product, size);
        }
    }
}
