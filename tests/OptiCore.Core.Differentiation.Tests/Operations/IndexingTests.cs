using FsCheck;
using FsCheck.Fluent;
using OptiCore.Core.Tests.Differentiation.Tracing;
using OptiCore.Differentiation;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Derivative;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Core.Tests.Differentiation.Operators;

/// <summary>Gathering, scattering, sorting and triangles: one row each under the laws, and what is special to them.</summary>
public sealed class IndexingTests
{
    private static readonly Variable Indices = Variable.Constant<double>([2, 0, 1, 1, 1, 3], [2, 3]);

    private static readonly Dictionary<string, (Func<Variable[], Variable> Function, Shape[] Shapes)> Rows = new()
    {
        ["gather"] = (x => Square(Gather(x[0], Indices, 1)), [[2, 4]]),
        ["gather, broadcast indices"] = (x => Square(Gather(x[0], Variable.Constant<double>([1, 0], [1, 2, 1]), 1)), [[2, 3, 4]]),
        ["gather by ranks"] = (x => Exp(Gather(x[0], ArgSort(x[1], 0), 0)), [[4, 3], [4, 3]]),
        ["scatter-add"] = (x => Square(ScatterAdd(x[0], Indices, -1, 5)), [[2, 3]]),
        ["scatter-add by ranks"] = (x => Square(ScatterAdd(x[0], Floor(ArgSort(x[1], 0) * 0.5), 0, 3)), [[4, 2], [4, 2]]),
        ["take rows"] = (x => Square(Take(x[0], Indices)), [[4, 2]]),
        ["take columns"] = (x => Square(Take(x[0], Indices, -1)), [[2, 4]]),
        ["take by ranks"] = (x => Square(Take(x[0], ArgSort(x[1]))), [[4, 2], [4]]),
        ["take by ranks in the middle"] = (x => Square(Take(x[0], ArgSort(x[1]), 1)), [[2, 4, 2], [4]]),
        ["take in batches"] = (x => Batch((table, order) => Exp(Take(table, ArgSort(order))), x[0], x[1]), [[2, 4, 2], [2, 4]]),
        ["take from one table in batches"] = (x => Batch(order => Exp(Take(x[0], ArgSort(order))), x[1]), [[4, 2], [2, 4]]),
        ["segment-sum"] = (x => Square(SegmentSum(x[0], Variable.Constant<double>([3, 0, 3, 1], [4]), 5)), [[4, 2]]),
        ["segment-sum of columns"] = (x => Square(SegmentSum(x[0], Indices, 4, 1)), [[2, 2, 3, 2]]),
        ["segment-sum by ranks"] = (x => Square(SegmentSum(x[0], ArgSort(x[1]), 4)), [[4, 2], [4]]),
        ["one-hot"] = (x => x[0] * OneHot(ArgSort(x[1]), 4), [[4, 4], [4]]),
        ["cumulative-sum"] = (x => Square(CumulativeSum(x[0])), [[3, 4]]),
        ["cumulative-sum of rows, reverse"] = (x => Square(CumulativeSum(x[0], 0, reverse: true)), [[3, 4]]),
        ["cumulative-sum, reverse"] = (x => Square(CumulativeSum(x[0], 1, reverse: true)), [[2, 3]]),
        ["cumulative-sum of rows"] = (x => Square(CumulativeSum(x[0], -2)), [[2, 3, 2]]),
        ["sort"] = (x => Exp(Sort(x[0])) * x[1], [[2, 5], [5]]),
        ["sort of rows, descending"] = (x => Exp(Sort(x[0], 0, descending: true)) * x[1], [[4, 3], [3]]),
        ["top-k"] = (x => Exp(TopK(x[0], 2).Values), [[3, 5]]),
        ["top-k of rows, smallest"] = (x => Square(TopK(x[0], 2, 0, smallest: true).Values), [[5, 3]]),
        ["flip"] = (x => Flip(x[0], -1) * x[0], [[2, 3]]),
        ["flip of rows"] = (x => Flip(x[0], 0) * x[0], [[3, 2, 2]]),
        ["tile"] = (x => Square(Tile(x[0], 2, 3)), [[2, 3]]),
        ["repeat"] = (x => Square(Repeat(x[0], 3, 0)) * Exp(Repeat(x[0], 3, 0)), [[2, 3]]),
        ["diagonal"] = (x => Exp(Diagonal(x[0])), [[2, 3, 3]]),
        ["diagonal matrix"] = (x => Exp(DiagonalMatrix(x[0])), [[2, 3]]),
        ["triangles"] = (x => Exp(LowerTriangle(x[0], -1)) + Square(UpperTriangle(x[0], 1)) + LowerTriangle(x[0], 1), [[2, 3, 4]]),
    };

    public static TheoryData<string> Names => [.. Rows.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Derivatives_batches_and_floats_agree_with_values(string name)
    {
        (Func<Variable[], Variable> function, Shape[] shapes) = Rows[name];
        for (int seed = 0; seed < 2; seed++)
            DerivativeLaws.Check(name, function, shapes, x => x, seed);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(-1)]
    [InlineData(1.5)]
    [InlineData(double.NaN)]
    public void An_index_that_is_no_place_of_the_axis_is_named(double index)
    {
        Variable table = Variable.Input("table", [4, 2]), at = Variable.Input("at", [2]);
        foreach ((string name, Variable y) in new[]
        {
            ("take", Take(table, at)), ("one-hot", OneHot(at, 4)), ("gather", Gather(table, Reshape(at, [1, 2]), 0)), ("segment-sum", SegmentSum(table[..2], at, 4)),
            ("scatter-add", ScatterAdd(table[..2], Reshape(at, [2, 1]), 0, 4)),
        })
        {
            Replay<double> replay = Computation.Compile<double>([table, at], y).Start();
            replay.Input(1)[0] = 3;
            replay.Run();
            replay.Input(1)[1] = index;
            ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(replay.Run);
            Assert.StartsWith(name, error.Message, StringComparison.Ordinal);
            Assert.Equal(index, error.ActualValue);
        }
    }

    [Fact]
    public void Axes_with_more_places_than_floats_are_refused_for_floats_alone()
    {
        Variable x = Variable.Input("x", [(1 << 24) + 1]), at = Variable.Input("at", [1]), y = Take(x, at);
        Assert.Throws<NotSupportedException>(() => Computation.Compile<float>([x, at], y));
        Assert.Equal(1, Computation.Compile<double>([x, at], y).OutputShape(0).ElementCount);
    }

    [Fact]
    public void Order_is_that_of_a_stable_sort_with_NaN_as_the_largest() => Forall.Check(Prop.ForAll(
        Gen.Elements(-2.0, -0.0, 0.0, 1.5, 3.0, double.PositiveInfinity, double.NegativeInfinity, double.NaN).ArrayOf().Where(x => x.Length is > 0 and < 60).ToArbitrary(),
        Gen.Choose(0, 60).ToArbitrary(),
        (values, most) =>
        {
            int count = Math.Min(most, values.Length);
            Variable x = Variable.Input("x", [values.Length]);
            Replay<double> replay = Computation.Compile<double>([x], ArgSort(x), ArgSort(x, descending: true), TopK(x, count).Indices, TopK(x, count, smallest: true).Indices).Start();
            values.CopyTo(replay.Input(0));
            replay.Run();
            IEnumerable<int> places = Enumerable.Range(0, values.Length);
            var nanLargest = Comparer<int>.Create((i, j) => (double.IsNaN(values[i]), double.IsNaN(values[j])) switch
            {
                (true, true) => 0,
                (true, false) => 1,
                (false, true) => -1,
                _ => values[i] < values[j] ? -1 : values[i] > values[j] ? 1 : 0,
            });
            double[] ascending = [.. places.Order(nanLargest).Select(i => (double)i)], descending = [.. places.OrderDescending(nanLargest).Select(i => (double)i)];
            Assert.Equal(ascending, replay.Output(0).ToArray());
            Assert.Equal(descending, replay.Output(1).ToArray());
            Assert.Equal(descending[..count], replay.Output(2).ToArray());
            Assert.Equal(ascending[..count], replay.Output(3).ToArray());
        }));

    [Fact]
    public void The_largest_of_many_are_found_with_a_heap()
    {
        const int Length = 1000;
        Variable x = Variable.Input("x", [Length]);
        (Variable values, Variable indices) = TopK(x, 10);
        Replay<float> replay = Computation.Compile<float>([x], values, indices).Start();
        for (int i = 0; i < Length; i++)
            replay.Input(0)[i] = (i * 7919 % 211) - 100;
        float[] numbers = replay.Input(0).ToArray();
        replay.Run();
        int[] expected = [.. Enumerable.Range(0, Length).OrderByDescending(i => numbers[i]).Take(10)];
        Assert.Equal(expected.Select(i => (float)i), replay.Output(1).ToArray());
        Assert.Equal(expected.Select(i => numbers[i]), replay.Output(0).ToArray());
    }

    [Fact]
    public void Tiles_and_repeats_are_those_of_the_documentation()
    {
        Variable x = Variable.Input("x", [2]);
        Replay<double> replay = Computation.Compile<double>([x], Tile(x, 2), Repeat(x, 2, 0)).Start();
        (replay.Input(0)[0], replay.Input(0)[1]) = (5, 7);
        replay.Run();
        Assert.Equal([5, 7, 5, 7], replay.Output(0).ToArray());
        Assert.Equal([5, 5, 7, 7], replay.Output(1).ToArray());
    }

    [Fact]
    public void Wrong_shapes_are_named()
    {
        Variable x = Variable.Input("x", [4, 3]);
        Assert.Contains("[4 x 3] and [2]", Assert.Throws<ArgumentException>(() => Gather(x, Variable.Input("i", [2]), 0)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => SegmentSum(x, Variable.Input("i", [3]), 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => TopK(x, 4));
        Assert.Throws<ArgumentException>(() => Diagonal(x));
        Assert.Throws<ArgumentException>(() => LowerTriangle(x[0]));
        Assert.Throws<ArgumentException>(() => Tile(x, 2));
    }

    [Fact]
    public void Replays_allocate_nothing()
    {
        Variable x = Variable.Input("x", [20, 9]), table = Variable.Input("table", [20, 3]);
        (Variable values, Variable indices) = TopK(x, 2, 0);
        Variable y = Sum(Square(Sort(x))) + Sum(Take(table, indices)) + Sum(CumulativeSum(x) * Flip(x, 0)) + Sum(values) + Sum(Exp(Diagonal(x[..9])))
            + Sum(OneHot(indices, 20)) + Sum(Square(SegmentSum(table, ArgSort(Sum(x, 1)), 20)));
        Replay<double> replay = Computation.Compile<double>([x, table], y, Gradient(y, x), Gradient(y, table)).Start();
        for (int i = 0; i < replay.Input(0).Length; i++)
            replay.Input(0)[i] = Math.Sin(i);
        Promises.AllocatesNothing(replay.Run, "indexing");
    }
}
