using System.Numerics;
using OptiCore.LinearAlgebra;

namespace OptiCore.Dynamics;

/// <summary>What a control can reach and an output can show: controllability and observability of a <see cref="LinearPlant"/>.</summary>
/// <remarks>
/// <para>Ranks are decided by the staircase form: orthogonal transformations split off, one block of rows after the other, what the controls reach; what is left is the uncontrollable part. It is backward stable, unlike powers
/// of A, and doesn't depend on computed eigenvalues, unlike the test of Popov, Belevitch and Hautus, which a defective pole deceives.</para>
/// <para>C. C. Paige (1981), Properties of numerical algorithms related to computing controllability; P. Van Dooren (1981), The generalized eigenstructure problem in linear system theory.</para>
/// </remarks>
public static class PlantStructure
{
    /// <summary>True when every state can be reached.</summary>
    /// <param name="plant">The plant.</param>
    public static bool IsControllable(this LinearPlant plant) => UncontrollablePoles(plant).Length == 0;

    /// <summary>True when every pole that can't be moved is stable: a stabilising feedback u = -K x exists.</summary>
    /// <param name="plant">The plant.</param>
    public static bool IsStabilizable(this LinearPlant plant)
    {
        foreach (Complex pole in UncontrollablePoles(plant))
        {
            if (!plant.IsStablePole(pole))
                return false;
        }

        return true;
    }

    /// <summary>True when the outputs of any stretch of time determine the state.</summary>
    /// <param name="plant">The plant.</param>
    public static bool IsObservable(this LinearPlant plant) => IsControllable(Require.NotNull(plant).Dual());

    /// <summary>True when every pole that the outputs don't show is stable: an observer whose error decays exists.</summary>
    /// <param name="plant">The plant.</param>
    public static bool IsDetectable(this LinearPlant plant) => IsStabilizable(Require.NotNull(plant).Dual());

    /// <summary>The poles that no feedback moves: the eigenvalues of the uncontrollable part.</summary>
    /// <param name="plant">The plant.</param>
    public static Complex[] UncontrollablePoles(this LinearPlant plant)
    {
        ArgumentNullException.ThrowIfNull(plant);
        int n = plant.StateCount, m = plant.ControlCount;
        double[] a = plant.A.ToArray(), b = plant.B.ToArray();
        double size = Math.Max(MatrixNorm.Frobenius<double>(a, n, n, n), MatrixNorm.Frobenius<double>(b, n, m, m)), tolerance = 10 * Math.Max(n, m) * 2.220446049250313e-16 * size;
        while (n > 0)
        {
            // The rows of B that its rank leaves at zero are reached through A only: their part of A is the next plant, what couples it to the reached part its B.
            var qr = new PivotedQr<double>(n, m);
            qr.Factor(b);
            int rank = 0;
            while (rank < qr.Steps && Math.Abs(qr.R(rank, rank)) > tolerance)
                rank++;
            if (rank == 0)
                return LinearPlant.PolesOf(a, n);
            double[] rotated = Matrices.Transpose(a, n, n);
            for (int i = 0; i < n; i++)
                qr.ApplyQTransposed(rotated.AsSpan(i * n, n));
            rotated = Matrices.Transpose(rotated, n, n);
            for (int i = 0; i < n; i++)
                qr.ApplyQTransposed(rotated.AsSpan(i * n, n));
            int rest = n - rank;
            (a, b) = (new double[rest * rest], new double[rest * rank]);
            for (int i = 0; i < rest; i++)
            {
                rotated.AsSpan(((rank + i) * n) + rank, rest).CopyTo(a.AsSpan(i * rest));
                rotated.AsSpan((rank + i) * n, rank).CopyTo(b.AsSpan(i * rank));
            }

            (n, m) = (rest, rank);
        }

        return [];
    }

    /// <summary>The measure of Popov, Belevitch and Hautus: the smallest singular value of [A - s I, B], which is zero where s is an uncontrollable pole.</summary>
    /// <param name="plant">The plant.</param>
    /// <param name="s">A complex number, usually a pole.</param>
    /// <remarks>M. L. J. Hautus (1969), Controllability and observability conditions of linear autonomous systems.</remarks>
    public static double HautusMeasure(this LinearPlant plant, Complex s)
    {
        ArgumentNullException.ThrowIfNull(plant);
        int n = plant.StateCount, m = plant.ControlCount, width = 2 * (n + m);

        // Real and imaginary parts as one real matrix [Re, -Im; Im, Re], whose singular values are those of the complex one, twice.
        double[] block = new double[2 * n * width];
        for (int half = 0; half < 2; half++)
        {
            for (int i = 0; i < n; i++)
            {
                int row = ((half * n) + i) * width, same = half * (n + m), other = (1 - half) * (n + m);
                plant.A.Slice(i * n, n).CopyTo(block.AsSpan(row + same));
                plant.B.Slice(i * m, m).CopyTo(block.AsSpan(row + same + n));
                block[row + same + i] -= s.Real;
                block[row + other + i] = half == 0 ? s.Imaginary : -s.Imaginary;
            }
        }

        var svd = new Svd<double>(2 * n, width, SingularVectors.None);
        svd.Factor(block);
        return svd.Values[^1];
    }

    /// <summary>
    /// The controllability Gramian of a stable plant, the integral of e^(A t) B B' e^(A' t) (the sum of A^k B B' A'^k): x' W^-1 x is the least energy of a control that reaches x from rest.
    /// </summary>
    /// <param name="plant">The plant.</param>
    /// <param name="gramian">Receives W, n x n.</param>
    /// <returns>False when the plant isn't stable: there is no such integral.</returns>
    public static bool TryControllabilityGramian(this LinearPlant plant, Span<double> gramian)
    {
        ArgumentNullException.ThrowIfNull(plant);
        int n = plant.StateCount, m = plant.ControlCount;
        Require.Length(gramian.Length, n * n, nameof(gramian));
        double[] w = Matrices.Product(plant.B, plant.B, n, m, n, transposeB: true);
        Matrices.Symmetrize(w, n);
        var equation = new SylvesterEquation<double>(n, n);
        if (!plant.IsStable())
            return false;
        if (plant.IsDiscrete)
            return equation.TrySolveStein(plant.A, w, gramian);
        for (int i = 0; i < w.Length; i++)
            w[i] = -w[i];
        return equation.TrySolveLyapunov(plant.A, w, gramian);
    }

    /// <summary>The observability Gramian of a stable plant, the integral of e^(A' t) C' C e^(A t): x' W x is the energy of the output from x.</summary>
    /// <param name="plant">The plant.</param>
    /// <param name="gramian">Receives W, n x n.</param>
    /// <returns>False when the plant isn't stable.</returns>
    public static bool TryObservabilityGramian(this LinearPlant plant, Span<double> gramian) => TryControllabilityGramian(Require.NotNull(plant).Dual(), gramian);
}
