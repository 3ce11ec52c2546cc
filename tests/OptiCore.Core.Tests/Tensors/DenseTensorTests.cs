namespace OptiCore.Core.Tests.Tensors;

public class DenseTensorTests
{
    [Fact]
    public void ElementsAreRowMajor()
    {
        var tensor = new DenseTensor<double>(2, 3, 4);
        tensor[1, 2, 3] = 5;
        Assert.Equal(5, tensor.Span[23]);
        Assert.Equal((3, 24), (tensor.Rank, tensor.Length));
        Assert.Equal([2, 3, 4], tensor.Shape.ToArray());
        Assert.Equal(5, tensor.AsTensorSpan()[1, 2, 3]);
        Assert.Equal("DenseTensor<Double>[2 x 3 x 4]", tensor.ToString());
    }

    [Fact]
    public void ViewsShareAndClonesDoNot()
    {
        double[] data = [1, 2, 3, 4, 5, 6];
        DenseTensor<double> matrix = DenseTensor<double>.Wrap(data, 2, 3);
        DenseTensor<double> turned = matrix.Reshape(3, 2), copy = matrix.Clone();
        matrix.Row(1)[0] = 40;
        Assert.Equal(40, data[3]);
        Assert.Equal(40, turned[1, 1]);
        Assert.Equal(4, copy[1, 0]);
    }

    [Fact]
    public void ScalarsAndEmptyAxesAreTensors()
    {
        var scalar = new DenseTensor<float>();
        scalar[[]] = 3;
        Assert.Equal(1, scalar.Length);
        Assert.Equal(3, scalar.Span[0]);
        Assert.Equal(0, new DenseTensor<float>(0, 5).Length);
    }

    [Fact]
    public void MistakesAreNamed()
    {
        var matrix = new DenseTensor<double>(2, 3);
        Assert.Throws<ArgumentOutOfRangeException>("shape", () => new DenseTensor<double>(2, -1));
        Assert.Contains("[2 x 4]", Assert.Throws<ArgumentException>("data", () => DenseTensor<double>.Wrap(new double[6], 2, 4)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("indices", () => matrix[1]);
        Assert.Contains("axis 1", Assert.Throws<ArgumentOutOfRangeException>("indices", () => matrix[0, 3]).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>("indices", () => matrix[-1, 0]);
        Assert.Throws<ArgumentOutOfRangeException>("index", () => matrix.Row(2)[0]);
        Assert.Throws<InvalidOperationException>(() => new DenseTensor<double>(3).Row(0)[0]);
        Assert.Throws<ArgumentException>("data", () => matrix.Reshape(4, 2));
    }
}
