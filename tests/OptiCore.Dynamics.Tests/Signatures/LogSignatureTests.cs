using FsCheck;
using FsCheck.Fluent;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Signatures;

public class LogSignatureTests
{
    [Theory]
    [InlineData(2, new[] { 2, 3, 5, 8, 14, 23, 41 })]
    [InlineData(3, new[] { 3, 6, 14, 32, 80, 196 })]
    [InlineData(5, new[] { 5, 15, 55, 205 })]
    [InlineData(1, new[] { 1, 1, 1 })]
    public void ThereAreAsManyWordsAsWittCounted(int dimension, int[] lengths)
    {
        for (int depth = 1; depth <= lengths.Length; depth++)
            Assert.Equal(lengths[depth - 1], new LogSignature(dimension, depth).Length);
    }

    [Fact]
    public void WordsAreBracketedInTheStandardWay()
    {
        var log = new LogSignature(2, 5);
        Assert.Equal(
            ["1", "2", "[1,2]", "[1,[1,2]]", "[[1,2],2]", "[1,[1,[1,2]]]", "[1,[[1,2],2]]", "[[[1,2],2],2]", "[1,[1,[1,[1,2]]]]"],
            Enumerable.Range(0, 9).Select(log.Bracket));
        Assert.Equal([0, 0, 1, 1], log.Word(6).ToArray());
    }

    [Fact]
    public void TwoLinesFollowBakerCampbellHausdorff()
    {
        // log(e^X e^Y) = X + Y + [X,Y]/2 + [X,[X,Y]]/12 - [Y,[X,Y]]/12 - [Y,[X,[X,Y]]]/24 + ..., where the last bracket is -[X,[[X,Y],Y]].
        var log = new LogSignature(2, 4);
        double[] coordinates = new double[log.Length];
        log.Compute([0, 0, 1, 0, 1, 1], coordinates);
        double[] expected = [1, 1, 0.5, 1.0 / 12, 1.0 / 12, 0, 1.0 / 24, 0];
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], coordinates[i], 1e-14);
    }

    [Fact]
    public void ALineHasItsIncrementOnly()
    {
        var log = new LogSignature(3, 6);
        double[] coordinates = new double[log.Length];
        log.Compute([1, 2, 3, 1.5, 1, 7], coordinates);
        double[] expected = [0.5, -1, 4];
        for (int i = 0; i < coordinates.Length; i++)
            Assert.Equal(i < 3 ? expected[i] : 0, coordinates[i], 1e-12);
    }

    [Theory]
    [InlineData(2, 7)]
    [InlineData(3, 5)]
    [InlineData(4, 4)]
    public void TheLogarithmIsALieElementAndComesBack(int dimension, int depth)
    {
        var log = new LogSignature(dimension, depth);
        var signature = new Signature(dimension, depth);
        double[] tensor = new double[signature.Length], again = new double[signature.Length], back = new double[signature.Length], coordinates = new double[log.Length];
        Forall.Check(Prop.ForAll(Arb.From(Gen.Choose(-1000, 1000).Select(i => 1e-3 * i).ArrayOf(dimension * 5)), path =>
        {
            signature.Compute(path);
            log.Algebra.Logarithm(signature.Value, tensor);
            log.Project(tensor, coordinates);
            log.Expand(coordinates, again);
            log.ToSignature(coordinates, back);
            for (int i = 0; i < tensor.Length; i++)
            {
                Assert.Equal(tensor[i], again[i], 1e-10);
                Assert.Equal(signature.Value[i], back[i], 1e-10);
            }
        }));
    }

    [Fact]
    public void AreasAreTheSecondLevel()
    {
        var log = new LogSignature(2, 2);
        double[] coordinates = new double[3];
        log.Compute([0, 0, 1, 0, 1, 1, 0, 1, 0, 0], coordinates);
        Assert.Equal([0.0, 0, 1], coordinates, (a, b) => Math.Abs(a - b) < 1e-14);
    }
}
