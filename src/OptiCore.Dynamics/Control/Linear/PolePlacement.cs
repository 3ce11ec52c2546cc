using System.Numerics;
using OptiCore.LinearAlgebra;

namespace OptiCore.Dynamics;

/// <summary>Feedback u = -K x that gives the closed loop A - B K the poles that are asked for.</summary>
/// <remarks>
/// <para>With one independent control the gain is unique: Ackermann's formula, for plants of small order. With more there is freedom, which goes into eigenvectors that are as independent as can be, so that poles are as little
/// sensitive as can be: each vector in turn moves, within the subspace that belongs to its pole, away from the span of the others (method 0 of Kautsky, Nichols and Van Dooren), and a complex pair moves its plane so that |det V|
/// grows most, as Tits and Yang do. A pole may then be repeated as often as there are independent controls.</para>
/// <para>J. Kautsky, N. K. Nichols, P. Van Dooren (1985), Robust pole assignment in linear state feedback; A. L. Tits, Y. Yang (1996), Globally convergent algorithms for robust pole assignment by state feedback; J. Ackermann (1972),
/// Der Entwurf linearer Regelungssysteme im Zustandsraum.</para>
/// </remarks>
[Algorithm("Pole placement", "Linear control", "Kautsky, Nichols, Van Dooren (1985), Robust pole assignment in linear state feedback", Capabilities = "single and multiple controls, complex pairs")]
public static class PolePlacement
{
    private const int MaxSweeps = 30;
    private const double SweepTolerance = 1e-3;

    /// <summary>Places poles.</summary>
    /// <param name="plant">The plant.</param>
    /// <param name="poles">The poles, n of them; complex ones in conjugate pairs.</param>
    /// <returns>The design, without a cost; not solved where the plant isn't controllable, or where a pole is repeated more often than there are independent controls. Its poles are those of the computed loop.</returns>
    /// <exception cref="ArgumentException">There aren't n poles, one isn't finite, or a complex one has no conjugate.</exception>
    public static RegulatorDesign Place(LinearPlant plant, ReadOnlySpan<Complex> poles)
    {
        ArgumentNullException.ThrowIfNull(plant);
        int n = plant.StateCount, m = plant.ControlCount;
        Complex[] ordered = Paired(poles, n);
        if (!plant.IsControllable())
            return RegulatorDesign.Failed(plant, DesignReason.NotStabilizable, "The plant isn't controllable: some pole can't be moved.");

        var svd = new Svd<double>(n, m, SingularVectors.Full);
        svd.Factor(plant.B);
        int rank = 0;
        while (rank < Math.Min(n, m) && svd.Values[rank] > 10 * Math.Max(n, m) * 2.220446049250313e-16 * svd.Values[0])
            rank++;
        double[] gain = new double[m * n];
        bool solved = rank == 1 ? Ackermann(plant, ordered, svd, gain) : Robust(plant, ordered, svd, rank, gain);
        if (!solved || !Matrices.AllFinite(gain))
            return RegulatorDesign.Failed(plant, DesignReason.NoStabilizingSolution, "No feedback has these poles: one is repeated more often than there are independent controls.");
        double[] loop = plant.A.ToArray(), cost = new double[n * n];
        Blas.Gemm(false, false, n, n, m, -1.0, plant.B, m, gain, n, 1.0, loop, n);
        cost.AsSpan().Fill(double.NaN);
        return new RegulatorDesign(plant, gain, cost, LinearPlant.PolesOf(loop, n));
    }

    /// <summary>Places real poles.</summary>
    /// <inheritdoc cref="Place(LinearPlant, ReadOnlySpan{Complex})"/>
    public static RegulatorDesign Place(LinearPlant plant, params ReadOnlySpan<double> poles)
    {
        var complex = new Complex[poles.Length];
        for (int i = 0; i < poles.Length; i++)
            complex[i] = poles[i];
        return Place(plant, complex);
    }

    /// <summary>The poles with each complex one followed by its conjugate.</summary>
    private static Complex[] Paired(ReadOnlySpan<Complex> poles, int n)
    {
        Require.Length(poles.Length, n, nameof(poles));
        var ordered = new Complex[n];
        bool[] isUsed = new bool[n];
        int count = 0;
        for (int i = 0; i < n; i++)
        {
            if (!Complex.IsFinite(poles[i]))
                throw new ArgumentException(FormattableString.Invariant($"poles[{i}] is {poles[i]}; every pole must be finite."), nameof(poles));
            if (isUsed[i])
                continue;
            isUsed[i] = true;
            if (poles[i].Imaginary == 0)
            {
                ordered[count++] = poles[i];
                continue;
            }

            int partner = -1;
            for (int j = i + 1; j < n && partner < 0; j++)
                partner = !isUsed[j] && Complex.Abs(poles[j] - Complex.Conjugate(poles[i])) <= 1e-12 * Complex.Abs(poles[i]) ? j : -1;
            if (partner < 0)
                throw new ArgumentException(FormattableString.Invariant($"poles[{i}] is {poles[i]} and has no conjugate among the poles: the feedback would not be real."), nameof(poles));
            isUsed[partner] = true;
            (ordered[count], ordered[count + 1]) = (new Complex(poles[i].Real, Math.Abs(poles[i].Imaginary)), new Complex(poles[i].Real, -Math.Abs(poles[i].Imaginary)));
            count += 2;
        }

        return ordered;
    }

    /// <summary>k' = e' C^-1 p(A) for the one independent control b = B v, with the controllability matrix C and the wanted polynomial p; K = v k'.</summary>
    private static bool Ackermann(LinearPlant plant, ReadOnlySpan<Complex> poles, Svd<double> svd, Span<double> gain)
    {
        int n = plant.StateCount, m = plant.ControlCount;
        double[] v = svd.RightRows[..m].ToArray(), b = Matrices.Product(plant.B, v, n, m, 1), controllability = new double[n * n], row = new double[n], next = new double[n];

        // Rows are b', (A b)', ...: their system with e at the end gives the row of C^-1.
        for (int i = 0; i < n; i++)
        {
            b.CopyTo(controllability, i * n);
            b = Matrices.Product(plant.A, b, n, n, 1);
        }

        double[] unit = new double[n];
        unit[n - 1] = 1;
        if (!LinearSystem.TrySolve<double>(controllability, unit, row, refine: true))
            return false;
        for (int i = 0; i < n; i++)
        {
            // A pair at once: A^2 - 2 Re A + |p|^2.
            Blas.Gemv(true, n, n, 1.0, plant.A, n, row, 0.0, next);
            if (poles[i].Imaginary == 0)
            {
                for (int j = 0; j < n; j++)
                    row[j] = next[j] - (poles[i].Real * row[j]);
                continue;
            }

            double[] twice = new double[n];
            Blas.Gemv(true, n, n, 1.0, plant.A, n, next, 0.0, twice);
            double square = (poles[i].Real * poles[i].Real) + (poles[i].Imaginary * poles[i].Imaginary);
            for (int j = 0; j < n; j++)
                row[j] = twice[j] - (2 * poles[i].Real * next[j]) + (square * row[j]);
            i++;
        }

        for (int j = 0; j < m; j++)
        {
            for (int i = 0; i < n; i++)
                gain[(j * n) + i] = v[j] * row[i];
        }

        return true;
    }

    private static bool Robust(LinearPlant plant, Complex[] poles, Svd<double> svd, int rank, Span<double> gain)
    {
        int n = plant.StateCount, m = plant.ControlCount;

        // Bases of the subspaces {v : (A - s I) v in range B}: complex vectors as real and imaginary rows.
        var bases = new double[n][];
        double[] vectors = new double[n * n];
        RandomStream stream = RandomKey.FromSeed(0).Stream();
        for (int j = 0; j < n; j++)
        {
            if (poles[j].Imaginary < 0)
                continue;
            bases[j] = Basis(plant, poles[j], svd, rank);
            bool isPair = poles[j].Imaginary != 0;
            int dimension = bases[j].Length / (2 * n);

            // A generic first choice: the vectors are independent if any choice is.
            for (int k = 0; k < dimension; k++)
            {
                double re = stream.NextNormal(), im = isPair ? stream.NextNormal() : 0;
                for (int i = 0; i < n; i++)
                {
                    double p = bases[j][(2 * k * n) + i], q = bases[j][(((2 * k) + 1) * n) + i];
                    vectors[(j * n) + i] += (re * p) - (im * q);
                    if (isPair)
                        vectors[((j + 1) * n) + i] += (re * q) + (im * p);
                }
            }
        }

        double previous = double.NegativeInfinity;
        for (int sweep = 0; sweep < MaxSweeps && rank < n; sweep++)
        {
            for (int j = 0; j < n; j += poles[j].Imaginary != 0 ? 2 : 1)
                Improve(vectors, j, poles[j].Imaginary != 0 ? 2 : 1, bases[j], n);
            double size = LogVolume(vectors, n);
            if (!(size > previous + SweepTolerance))
                break;
            previous = size;
        }

        // V diag V^-1 in real form, from the transposed rows: M V = V T.
        double[] images = new double[n * n], target = new double[n * n];
        for (int j = 0; j < n; j++)
        {
            bool isFirst = poles[j].Imaginary > 0, isSecond = poles[j].Imaginary < 0;
            for (int i = 0; i < n; i++)
            {
                double other = isFirst ? -poles[j].Imaginary * vectors[((j + 1) * n) + i] : isSecond ? -poles[j].Imaginary * vectors[((j - 1) * n) + i] : 0;
                images[(j * n) + i] = (poles[j].Real * vectors[(j * n) + i]) + other;
            }
        }

        int[] permutation = new int[n];
        double[] factor = [.. vectors];
        if (!Lu.TryFactor<double>(factor, n, n, permutation) || ConditionEstimate.Lu<double>(factor, n, n, permutation, MatrixNorm.One<double>(vectors, n, n, n)) < 1e-14)
            return false;

        // Rows: V' M' = (M V)', column by column of M'.
        double[] column = new double[n], solution = new double[n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                column[j] = images[(j * n) + i];
            Lu.Solve<double>(factor, n, n, permutation, column, solution);
            solution.CopyTo(target, i * n);
        }

        // K = B^+ (A - M) with the pseudo-inverse from the singular values.
        for (int k = 0; k < rank; k++)
        {
            for (int i = 0; i < n; i++)
            {
                double sum = 0;
                for (int l = 0; l < n; l++)
                    sum += svd.LeftRows[(k * n) + l] * (plant.A[(l * n) + i] - target[(l * n) + i]);
                for (int j = 0; j < m; j++)
                    gain[(j * n) + i] += svd.RightRows[(k * m) + j] * sum / svd.Values[k];
            }
        }

        return true;
    }

    /// <summary>An orthonormal basis of the null space of U1'(A - s I), with U1 the complement of the range of B: for each vector a row of real and a row of imaginary parts.</summary>
    private static double[] Basis(LinearPlant plant, Complex s, Svd<double> svd, int rank)
    {
        int n = plant.StateCount, rest = n - rank, width = 2 * n;
        if (rest == 0)
        {
            double[] all = new double[2 * n * n];
            for (int i = 0; i < n; i++)
                all[(2 * i * n) + i] = 1;
            return all;
        }

        // The complex equation as a real one of (p, q): [G, b U1'; -b U1', G] with G = U1'(A - a I).
        double[] block = new double[2 * rest * width];
        for (int k = 0; k < rest; k++)
        {
            ReadOnlySpan<double> u = svd.LeftRows.Slice((rank + k) * n, n);
            for (int i = 0; i < n; i++)
            {
                double g = -s.Real * u[i];
                for (int l = 0; l < n; l++)
                    g += u[l] * plant.A[(l * n) + i];
                block[(k * width) + i] = block[((rest + k) * width) + n + i] = g;
                block[(k * width) + n + i] = s.Imaginary * u[i];
                block[((rest + k) * width) + i] = -s.Imaginary * u[i];
            }
        }

        var nullSpace = new Svd<double>(2 * rest, width, SingularVectors.Full);
        nullSpace.Factor(block);
        bool isReal = s.Imaginary == 0;
        double[] basis = new double[2 * rank * n];
        int count = 0;

        // The null space is closed under multiplication by i: complex Gram-Schmidt picks one vector of each such plane.
        for (int row = 2 * rest; row < width && count < rank; row++)
        {
            double[] p = nullSpace.RightRows.Slice(row * width, n).ToArray(), q = nullSpace.RightRows.Slice((row * width) + n, n).ToArray();
            if (isReal)
            {
                // Real and imaginary part are each a solution; the larger one is enough.
                if (Matrices.Dot(p, p) < Matrices.Dot(q, q))
                    p = q;
                q = new double[n];
            }

            for (int pass = 0; pass < 2; pass++)
            {
                for (int k = 0; k < count; k++)
                {
                    ReadOnlySpan<double> bp = basis.AsSpan(2 * k * n, n), bq = basis.AsSpan(((2 * k) + 1) * n, n);
                    double re = Matrices.Dot(bp, p) + Matrices.Dot(bq, q), im = Matrices.Dot(bp, q) - Matrices.Dot(bq, p);
                    for (int i = 0; i < n; i++)
                    {
                        p[i] -= (re * bp[i]) - (im * bq[i]);
                        q[i] -= (re * bq[i]) + (im * bp[i]);
                    }
                }
            }

            double norm = Math.Sqrt(Matrices.Dot(p, p) + Matrices.Dot(q, q));
            if (norm < 1e-6)
                continue;
            for (int i = 0; i < n; i++)
            {
                basis[(2 * count * n) + i] = p[i] / norm;
                basis[(((2 * count) + 1) * n) + i] = q[i] / norm;
            }

            count++;
        }

        return basis.AsSpan(0, 2 * count * n).ToArray();
    }

    /// <summary>Moves one vector, or the plane of a pair, to where |det V| is largest while the others stay.</summary>
    private static void Improve(double[] vectors, int j, int width, double[] basis, int n)
    {
        // The orthogonal complement of the other vectors, as many directions as there are vectors to move.
        double[] others = new double[(n - width) * n];
        vectors.AsSpan(0, j * n).CopyTo(others);
        vectors.AsSpan((j + width) * n).CopyTo(others.AsSpan(j * n));
        var svd = new Svd<double>(n - width, n, SingularVectors.Full);
        if (!svd.Factor(others))
            return;
        ReadOnlySpan<double> y = svd.RightRows.Slice((n - width) * n, width * n);
        int count = basis.Length / (2 * n);
        double[] coefficients = new double[2 * count];
        if (width == 1)
        {
            for (int k = 0; k < count; k++)
                coefficients[2 * k] = Matrices.Dot(basis.AsSpan(2 * k * n, n), y);
        }
        else if (!LargestArea(basis, y, n, count, coefficients))
        {
            return;
        }

        double norm = Math.Sqrt(Matrices.Dot(coefficients, coefficients));
        if (!(norm > 1e-12))
            return;
        vectors.AsSpan(j * n, width * n).Clear();
        for (int k = 0; k < count; k++)
        {
            double re = coefficients[2 * k] / norm, im = coefficients[(2 * k) + 1] / norm;
            for (int i = 0; i < n; i++)
            {
                double p = basis[(2 * k * n) + i], q = basis[(((2 * k) + 1) * n) + i];
                vectors[(j * n) + i] += (re * p) - (im * q);
                if (width == 2)
                    vectors[((j + 1) * n) + i] += (re * q) + (im * p);
            }
        }
    }

    /// <summary>
    /// The unit vector v of a complex subspace whose real and imaginary parts span the largest area in a plane with the orthonormal directions y1, y2: the area is a Hermitian form, v^H (i (y2 y1' - y1 y2') / 2) v, and its
    /// eigenvector of largest magnitude is sought.
    /// </summary>
    private static bool LargestArea(double[] basis, ReadOnlySpan<double> y, int n, int count, Span<double> coefficients)
    {
        // With z = (y1'v, y2'v): Re z1 Im z2 - Re z2 Im z1 = Im(conj(z1) z2). In a basis: the form of conj(c_k) c_l (conj(z1k) z2l - conj(z2k) z1l) / 2i.
        double[] real = new double[4 * count * count];
        int order = 2 * count;
        for (int k = 0; k < count; k++)
        {
            for (int l = 0; l < count; l++)
            {
                Complex form = ((Complex.Conjugate(Project(basis, y[..n], k, n)) * Project(basis, y[n..], l, n)) - (Complex.Conjugate(Project(basis, y[n..], k, n)) * Project(basis, y[..n], l, n))) / new Complex(0, 2);

                // The Hermitian form as a symmetric one of (re c, im c): [Re, -Im; Im, Re].
                real[(k * order) + l] = real[((count + k) * order) + count + l] = form.Real;
                real[(k * order) + count + l] = -form.Imaginary;
                real[((count + k) * order) + l] = form.Imaginary;
            }
        }

        Matrices.Symmetrize(real, order);
        var eigen = new SymmetricEigen<double>(order);
        if (!eigen.Factor(real))
            return false;
        int best = Math.Abs(eigen.Values[0]) > Math.Abs(eigen.Values[order - 1]) ? 0 : order - 1;
        for (int k = 0; k < count; k++)
            (coefficients[2 * k], coefficients[(2 * k) + 1]) = (eigen.Vector(best)[k], eigen.Vector(best)[count + k]);
        return true;
    }

    private static Complex Project(double[] basis, ReadOnlySpan<double> y, int k, int n) => new(Matrices.Dot(basis.AsSpan(2 * k * n, n), y), Matrices.Dot(basis.AsSpan(((2 * k) + 1) * n, n), y));

    private static double LogVolume(double[] vectors, int n)
    {
        double[] factor = [.. vectors];
        int[] permutation = new int[n];
        return Lu.TryFactor<double>(factor, n, n, permutation) ? Lu.LogDeterminant<double>(factor, n, n, permutation, out _) : double.NegativeInfinity;
    }
}
