using System.Numerics.Tensors;
using OptiCore.LinearAlgebra;

namespace OptiCore.Samplers;

/// <summary>
/// What one observation y = H x + N(0, R) says of x ~ N(f, Q) with known f: y ~ N(H f, S) with S = H Q H' + R, and x given y has mean f + K (y - H f) with K = Q H'S^-1 and covariance Q - K S K'.
/// </summary>
internal sealed class GaussianProposal
{
    private readonly double[] _gain;
    private readonly GaussianRoot _conditional;

    public GaussianProposal(ReadOnlySpan<double> q, ReadOnlySpan<double> h, ReadOnlySpan<double> r, int n, int p)
    {
        double[] hq = new double[p * n], s = r.ToArray(), covariance = q.ToArray();
        Blas.Gemm(false, false, p, n, n, 1.0, h, n, q, n, 0.0, hq, n);
        Blas.Gemm(false, true, p, p, n, 1.0, hq, n, h, n, 1.0, s, p);
        SmallMatrix.Symmetrize(s, p);
        Innovation = new GaussianRoot(s, p, "the covariance of the innovation");
        if (!Innovation.IsDefinite)
            throw new InvalidOperationException("The covariance of the innovation is singular: some combination of observations is known exactly.");

        // With V = L^-1 H Q, K = V'L^-1 and K S K' = V'V.
        double[] v = [.. hq];
        Blas.Trsm<double>(Side.Left, Triangle.Lower, false, Diagonal.Stored, p, n, 1, Innovation.Lower, p, v, n);
        Blas.Gemm(true, false, n, n, p, -1.0, v, n, v, n, 1.0, covariance, n);
        SmallMatrix.Symmetrize(covariance, n);
        _conditional = new GaussianRoot(covariance, n, "the covariance of the proposal");
        Blas.Trsm<double>(Side.Left, Triangle.Lower, true, Diagonal.Stored, p, n, 1, Innovation.Lower, p, v, n);
        _gain = new double[n * p];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < p; j++)
                _gain[(i * p) + j] = v[(j * n) + i];
        }
    }

    /// <summary>The law of the innovation y - H f.</summary>
    public GaussianRoot Innovation { get; }

    /// <summary>Adds K e and a draw of N(0, Q - K S K') to the means.</summary>
    public void Draw(RandomKey key, ReadOnlyParticleBlock innovations, ReadOnlyParticleBlock means, ParticleBlock states)
    {
        _conditional.Draw(key, states);
        int p = innovations.Dimension;
        for (int i = 0; i < states.Dimension; i++)
        {
            Span<double> row = states[i];
            TensorPrimitives.Add(row, means[i], row);
            for (int j = 0; j < p; j++)
                TensorPrimitives.MultiplyAdd(innovations[j], _gain[(i * p) + j], row, row);
        }
    }
}
