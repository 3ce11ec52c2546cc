using System.Numerics;
using OptiCore.LinearAlgebra;
using OptiCore.Randomness;
using OptiCore.TestKit;
using static OptiCore.Core.Tests.LinearAlgebra.SpectralCheck;

namespace OptiCore.Core.Tests.LinearAlgebra;

/// <summary>Every kind of decomposition on all hardware: one size with blocks and remainders.</summary>
[Trait("Suite", "Kernels")]
public class SpectralBitsTests
{
    [Fact]
    public void Double() => All<double>("double");

    [Fact]
    public void Single() => All<float>("float");

    private static void All<T>(string type) where T : unmanaged, IFloatingPointIeee754<T>
    {
        const int N = 69, M = 83;
        double tolerance = 100 * Epsilon<T>();
        T[] a = TestMatrices.Random<T>(M, N, 1), square = a[..(N * N)];
        var symmetric = new SymmetricEigen<T>(N);
        var values = new SymmetricEigen<T>(N, vectors: false);
        var svd = new Svd<T>(M, N);
        var singular = new Svd<T>(M, N, SingularVectors.None);
        var tall = new Svd<T>(M, 20);
        var general = new GeneralEigen<T>(45, EigenvectorSides.Both);
        var jacobi = new JacobiSvd<T>(24, 20);
        var randomized = new RandomizedSvd<T>(M, N, 5);
        Assert.True(symmetric.Factor(square) && values.Factor(square) && svd.Factor(a) && singular.Factor(a) && tall.Factor(a.AsSpan(0, M * 20)));
        Assert.True(general.Factor(a.AsSpan(0, 45 * 45)) && jacobi.Factor(a.AsSpan(0, 480)) && randomized.Factor(a, RandomKey.FromSeed(1)));
        Assert.True(OrthogonalityOfRows(symmetric.VectorRows, N, N) < tolerance && OrthogonalityOfRows(svd.LeftRows, N, M) < tolerance);
        Assert.True(OrthogonalityOfRows(svd.RightRows, N, N) < tolerance && OrthogonalityOfRows(tall.LeftRows, 20, M) < tolerance);
        Assert.True(OrthogonalityOfRows(jacobi.RightRows, 20, 20) < tolerance && OrthogonalityOfRows(randomized.LeftRows, 5, M) < tolerance);
        Assert.True(MaxDifference(symmetric.Values, values.Values) < tolerance * 20 && MaxDifference(svd.Values, singular.Values) < tolerance * 20);
        T[] product = Product<T>(ScaleColumns<T>(Transposed(svd.LeftRows, N, M), svd.Values, M), svd.RightRows, M, N, N);
        Assert.True(MaxDifference<T>(a, product) < tolerance * 20);

        Hardware.SameBitsEverywhere(symmetric.Values, type + " eigenvalues");
        Hardware.SameBitsEverywhere(symmetric.VectorRows, type + " eigenvectors");
        Hardware.SameBitsEverywhere(values.Values, type + " eigenvalues alone");
        Hardware.SameBitsEverywhere(svd.Values, type + " singular values");
        Hardware.SameBitsEverywhere(svd.LeftRows, type + " left vectors");
        Hardware.SameBitsEverywhere(svd.RightRows, type + " right vectors");
        Hardware.SameBitsEverywhere(singular.Values, type + " singular values alone");
        Hardware.SameBitsEverywhere(tall.LeftRows, type + " left vectors of a tall matrix");
        Hardware.SameBitsEverywhere(general.RealParts, type + " general eigenvalues");
        Hardware.SameBitsEverywhere(general.RightRows, type + " general eigenvectors");
        Hardware.SameBitsEverywhere(general.LeftRows, type + " general left eigenvectors");
        Hardware.SameBitsEverywhere(jacobi.LeftRows, type + " Jacobi vectors");
        Hardware.SameBitsEverywhere(randomized.LeftRows, type + " randomized vectors");
    }

    [Fact]
    public void Functions()
    {
        const int N = 7;
        double[] a = TestMatrices.PositiveDefinite(N, 3), x = new double[N * N], back = new double[N * N], root = new double[N * N], e = new double[N * N], lyapunov = new double[N * N];
        Assert.True(new MatrixLogarithm<double>(N).TryCompute(a, x) && new MatrixSquareRoot<double>(N).TryCompute(a, root));
        new MatrixExponential<double>(N).Compute(x, back);
        Close(a, back, 1e-12, "e^log A");
        Close(a, Product(root, root, N), 1e-13, "root");
        new MatrixExponential<double>(N).Compute(TestMatrices.Random(N, N, 4), e);
        Assert.True(new SylvesterEquation<double>(N, N).TrySolveLyapunov(a, root, lyapunov));
        Hardware.SameBitsEverywhere<double>(root, "square root");
        Hardware.SameBitsEverywhere<double>(e, "exponential");
        Hardware.SameBitsEverywhere<double>(lyapunov, "Lyapunov");
    }
}
