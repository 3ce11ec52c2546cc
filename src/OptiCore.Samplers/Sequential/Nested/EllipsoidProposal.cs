using OptiCore.LinearAlgebra;
using OptiCore.Persistence;
using OptiCore.Randomness;

namespace OptiCore.Samplers;

/// <summary>
/// Draws by rejection from several ellipsoids that hold all live points: the points are split in two again and again where the parts' ellipsoids have much less volume than the whole's. For up to some ten dimensions, curved and separated regions.
/// </summary>
/// <remarks>
/// Ellipsoids have the covariance of their points, contain all of them, have at least their points' share of the remaining prior volume, and are enlarged. A point in several ellipsoids is accepted with probability one over their number. P. Mukherjee, D. Parkinson, A. R. Liddle (2006), A nested sampling algorithm for
/// cosmological model selection; F. Feroz, M. P. Hobson, M. Bridges (2009), MultiNest: an efficient and robust Bayesian inference tool for cosmology and particle physics.
/// </remarks>
public sealed record EllipsoidProposal : INestedProposal
{
    /// <summary>The factor of the ellipsoids' volumes, at least 1. Default: 1.5.</summary>
    public double Enlargement { get; init => field = value >= 1 ? Require.Positive(value) : throw new ArgumentOutOfRangeException(nameof(Enlargement), value, $"{nameof(Enlargement)} is {value} but must be at least 1."); } = 1.5;

    /// <summary>An ellipsoid is split where its parts together have less than this part of its volume. Default: 0.5.</summary>
    public double SplitVolume { get; init => field = Require.InOpen(value, 0, 1); } = 0.5;

    /// <summary>How many points are tried before the run gives up. Default: 1,000,000.</summary>
    public int MaxTries { get; init => field = Require.Positive(value); } = 1_000_000;

    /// <inheritdoc/>
    public NestedProposalState Start(int dimension) => new State(this, dimension);

    private sealed class Ellipsoid(int n)
    {
        public double[] Centre { get; } = new double[n];

        /// <summary>A root of the ellipsoid: centre + root times the unit ball.</summary>
        public double[] Root { get; } = new double[n * n];

        public double LogVolume { get; set; }
    }

    private sealed class State(EllipsoidProposal options, int n) : NestedProposalState
    {
        private readonly double[] _normal = new double[n], _offset = new double[n];
        private readonly double _logBall = (0.5 * n * Math.Log(Math.PI)) - SpecialFunctions.LogGamma((0.5 * n) + 1);
        private readonly List<Ellipsoid> _ellipsoids = [];
        private double[] _stored = [];
        private int _sinceBuilt;

        public override bool TryDraw(LivePoints live, NestedRegion region, RandomKey key, Span<double> point)
        {
            // With a fifth of the points replaced the region has shrunk by exp(-1/5).
            if (_ellipsoids.Count == 0 || _sinceBuilt >= live.Count / 5)
            {
                _ellipsoids.Clear();
                Build(live, CubeSpread.All(live.Count), null);
                _sinceBuilt = 0;
            }

            _sinceBuilt++;
            RandomStream stream = key.Stream();
            double largest = double.NegativeInfinity, total = 0;
            foreach (Ellipsoid e in _ellipsoids)
                largest = Math.Max(largest, e.LogVolume);
            foreach (Ellipsoid e in _ellipsoids)
                total += Math.Exp(e.LogVolume - largest);
            for (int k = 0; k < options.MaxTries; k++)
            {
                double u = stream.NextDouble() * total;
                int chosen = 0;
                while (chosen < _ellipsoids.Count - 1 && (u -= Math.Exp(_ellipsoids[chosen].LogVolume - largest)) >= 0)
                    chosen++;
                Ellipsoid ellipsoid = _ellipsoids[chosen];
                RandomFill.Normal(key.Fold(k), _normal);
                double radius = Math.Pow(stream.NextDouble(), 1.0 / n) / Math.Sqrt(Numerics.Reduce.SumOfSquares<double>(_normal));
                ellipsoid.Centre.CopyTo(point);
                Blas.Gemv(false, n, n, radius, ellipsoid.Root, n, _normal, 1, point);
                double once = stream.NextDouble(), label = stream.NextDouble();
                int containing = 1;
                for (int i = 0; i < _ellipsoids.Count; i++)
                    containing += i != chosen && Distance(_ellipsoids[i], point) <= 1 ? 1 : 0;
                if (once * containing < 1 && region.Contains(point, label))
                    return true;
            }

            return false;
        }

        public override void Persist(StateArchive archive)
        {
            int count = _ellipsoids.Count, length = n + (n * n) + 1;
            archive.Transfer(ref count);
            archive.Transfer(ref _sinceBuilt);
            if (!archive.IsLoading)
            {
                _stored = new double[count * length];
                for (int i = 0; i < count; i++)
                {
                    _ellipsoids[i].Centre.CopyTo(_stored, i * length);
                    _ellipsoids[i].Root.CopyTo(_stored, (i * length) + n);
                    _stored[((i + 1) * length) - 1] = _ellipsoids[i].LogVolume;
                }
            }

            archive.Transfer(ref _stored);
            if (!archive.IsLoading)
                return;
            _ellipsoids.Clear();
            for (int i = 0; i < count; i++)
            {
                var e = new Ellipsoid(n) { LogVolume = _stored[((i + 1) * length) - 1] };
                _stored.AsSpan(i * length, n).CopyTo(e.Centre);
                _stored.AsSpan((i * length) + n, n * n).CopyTo(e.Root);
                _ellipsoids.Add(e);
            }
        }

        /// <summary>Adds the ellipsoids of some points: one, or those of two parts, themselves divided in the best way, where these have much less volume.</summary>
        /// <returns>The logarithm of their volume together.</returns>
        private double Build(LivePoints live, int[] members, Ellipsoid? parent)
        {
            Ellipsoid whole = Bound(live, members, parent);
            int before = _ellipsoids.Count;
            if (TrySplit(live.Cube, members, out int[] first, out int[] second))
            {
                double one = Build(live, first, whole), other = Build(live, second, whole), larger = Math.Max(one, other);
                double parts = larger + Math.Log(Math.Exp(one - larger) + Math.Exp(other - larger));
                if (parts < whole.LogVolume + Math.Log(options.SplitVolume))
                    return parts;
                _ellipsoids.RemoveRange(before, _ellipsoids.Count - before);
            }

            _ellipsoids.Add(whole);
            return whole.LogVolume;
        }

        /// <summary>The ellipsoid of some points; too few for a covariance of their own take the shape of their parent's.</summary>
        private Ellipsoid Bound(LivePoints live, int[] members, Ellipsoid? parent)
        {
            var e = new Ellipsoid(n);
            CubeSpread.Compute(live.Cube, members, n, e.Centre, e.Root);
            if (parent is not null && members.Length < 2 * (n + 1))
                parent.Root.CopyTo(e.Root, 0);
            double farthest = 0, logVolume = _logBall;
            foreach (int m in members)
                farthest = Math.Max(farthest, Distance(e, live.Point(m)));
            for (int i = 0; i < n; i++)
                logVolume += Math.Log(e.Root[(i * n) + i]);

            // Few points underestimate what they stand for: no ellipsoid is smaller than its points' share of the remaining prior volume.
            logVolume += 0.5 * n * Math.Log(Math.Max(farthest, 1e-300));
            double wanted = Math.Max(logVolume, live.LogVolume + Math.Log((double)members.Length / live.Count)) + Math.Log(options.Enlargement);
            double scale = Math.Sqrt(Math.Max(farthest, 1e-300)) * Math.Exp((wanted - logVolume) / n);
            for (int i = 0; i < e.Root.Length; i++)
                e.Root[i] *= scale;
            e.LogVolume = wanted;
            return e;
        }

        /// <summary>Two means, in the coordinates in which all members have covariance I, begun at two points far apart.</summary>
        private bool TrySplit(double[] points, int[] members, out int[] first, out int[] second)
        {
            (first, second) = ([], []);
            if (members.Length < 4 * (n + 1))
                return false;
            var frame = new Ellipsoid(n);
            CubeSpread.Compute(points, members, n, frame.Centre, frame.Root);
            double[] white = new double[members.Length * n], a = new double[n], b = new double[n], nextA = new double[n], nextB = new double[n];
            for (int i = 0; i < members.Length; i++)
            {
                for (int j = 0; j < n; j++)
                    white[(i * n) + j] = points[(members[i] * n) + j] - frame.Centre[j];
                Blas.Trsv<double>(Triangle.Lower, false, Diagonal.Stored, n, frame.Root, n, white.AsSpan(i * n, n));
            }

            // The two points that are farthest from the first and from that one begin.
            int start = Farthest(white, white.AsSpan(0, n));
            white.AsSpan(start * n, n).CopyTo(a);
            white.AsSpan(Farthest(white, a) * n, n).CopyTo(b);
            bool[] inFirst = new bool[members.Length];
            int count = 0;
            for (int iteration = 0; iteration < 20; iteration++)
            {
                nextA.AsSpan().Clear();
                nextB.AsSpan().Clear();
                count = 0;
                for (int i = 0; i < members.Length; i++)
                {
                    ReadOnlySpan<double> x = white.AsSpan(i * n, n);
                    inFirst[i] = Squared(x, a) <= Squared(x, b);
                    count += inFirst[i] ? 1 : 0;
                    for (int j = 0; j < n; j++)
                        (inFirst[i] ? nextA : nextB)[j] += x[j];
                }

                if (count == 0 || count == members.Length)
                    break;
                for (int j = 0; j < n; j++)
                    (a[j], b[j]) = (nextA[j] / count, nextB[j] / (members.Length - count));
            }

            (first, second) = (new int[count], new int[members.Length - count]);
            int f = 0, s = 0;
            for (int i = 0; i < members.Length; i++)
            {
                if (inFirst[i])
                    first[f++] = members[i];
                else
                    second[s++] = members[i];
            }

            return first.Length > 0 && second.Length > 0;
        }

        private int Farthest(double[] white, ReadOnlySpan<double> from)
        {
            int farthest = 0;
            double most = -1;
            for (int i = 0; i < white.Length / n; i++)
            {
                if (Squared(white.AsSpan(i * n, n), from) is var d && d > most)
                    (farthest, most) = (i, d);
            }

            return farthest;
        }

        private static double Squared(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
        {
            double sum = 0;
            for (int j = 0; j < x.Length; j++)
                sum += (x[j] - y[j]) * (x[j] - y[j]);
            return sum;
        }

        /// <summary>The squared length of root^-1 (x - centre).</summary>
        private double Distance(Ellipsoid e, ReadOnlySpan<double> x)
        {
            for (int j = 0; j < n; j++)
                _offset[j] = x[j] - e.Centre[j];
            Blas.Trsv<double>(Triangle.Lower, false, Diagonal.Stored, n, e.Root, n, _offset);
            return Numerics.Reduce.SumOfSquares<double>(_offset);
        }
    }
}
