namespace OptiCore.Networks;

/// <summary>Bounds of a network's Lipschitz constant over a box, in the maximum norm of inputs and outputs.</summary>
/// <param name="Bound">The best bound that was found.</param>
/// <param name="RootBound">The bound by linear relaxation, before any branching.</param>
/// <param name="IntervalBound">The bound by interval arithmetic, never below <paramref name="RootBound"/>.</param>
/// <param name="IsExact">True if <paramref name="Bound"/> is attained in the box, but for rounding.</param>
/// <param name="Nodes">The number of boxes of rectifiers that were bounded.</param>
/// <param name="UnstableCount">The number of rectifiers that may be active and inactive within the box.</param>
public sealed record LipschitzBound(double Bound, double RootBound, double IntervalBound, bool IsExact, int Nodes, int UnstableCount);

/// <summary>
/// A certified bound of the local Lipschitz constant of a network with rectifiers: of max_o sum_i |dy_o / dx_i| over all points of a box and all elements of Clarke's generalized Jacobian.
/// </summary>
/// <remarks>
/// <para>The Jacobian W_L D_(L-1) ... D_1 W_1, D diagonal with 1 for active, 0 for inactive and a number of [0, 1] for unstable rectifiers, is taken for a network of its own and bounded by linear bound
/// propagation, a product delta y with l &lt; 0 &lt; u lying between the lines l (u - y) / (u - l) and u (y - l) / (u - l), and intervals where those are tighter. Which rectifiers are unstable comes from
/// bounds of the same kind of the network itself.</para>
/// <para>Branch and bound decides unstable rectifiers one after the other, worst bound first, those whose relaxation costs most first; a branch ends where a combination of the linear conditions
/// on x is found that no point of the box meets. If the worst branch has nothing left to decide, its bound is the Lipschitz constant itself.</para>
/// <para>Cost: for each node O(outputs x L x n^3) for layers of n rectifiers, and least squares with nonnegativity for the linear conditions. Bounds hold but for rounding errors.</para>
/// </remarks>
[Algorithm(
    "Local Lipschitz bound", "Neural-network verification", "Z. Shi, Y. Wang, H. Zhang, J. Z. Kolter, C.-J. Hsieh (2022), Efficiently Computing Local Lipschitz Constants of Neural Networks via Bound Propagation",
    Capabilities = "linear bound propagation; branch and bound")]
public sealed record LocalLipschitz
{
    /// <summary>The most nodes of branch and bound; 1 for the relaxation alone.</summary>
    public int MaxNodes { get; init => field = Require.Positive(value); } = 1000;

    /// <summary>Bounds the Lipschitz constant over a box.</summary>
    /// <param name="network">The network.</param>
    /// <param name="lower">The least inputs.</param>
    /// <param name="upper">The largest inputs.</param>
    /// <exception cref="ArgumentException">A length is wrong, an element isn't finite, or a least input is above the largest.</exception>
    public LipschitzBound Bound(ReluNetwork network, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper)
    {
        ArgumentNullException.ThrowIfNull(network);
        Require.Length(lower.Length, network.Inputs, nameof(lower));
        Require.Length(upper.Length, network.Inputs, nameof(upper));
        Require.AllFinite(lower, nameof(lower));
        Require.AllFinite(upper, nameof(upper));
        for (int i = 0; i < lower.Length; i++)
        {
            if (lower[i] > upper[i])
                throw new ArgumentException($"The least input {i} is {lower[i]}, above the largest, {upper[i]}.", nameof(lower));
        }

        return new Search(network, lower.ToArray(), upper.ToArray()).Run(MaxNodes);
    }

    /// <summary>Decisions on rectifiers, what they bound, and the rectifier to decide next; layer -1 if nothing is left to decide.</summary>
    private sealed record Node(sbyte[][] Phases, double Bound, int Layer, int Neuron);

    private sealed class Search
    {
        private readonly ReluNetwork _network;
        private readonly double[] _lower, _upper;
        private readonly PreActivationBounds _states;
        private readonly JacobianBounds _jacobian;
        private readonly ActivationRegion _region;
        private int _nodes;

        public Search(ReluNetwork network, double[] lower, double[] upper)
        {
            _network = network;
            _lower = lower;
            _upper = upper;
            _states = new PreActivationBounds(network);
            _jacobian = new JacobianBounds(network, _states);
            _region = new ActivationRegion(network, lower, upper);
        }

        public LipschitzBound Run(int maxNodes)
        {
            var phases = new sbyte[_network.Layers.Count - 1][];
            for (int k = 0; k < phases.Length; k++)
                phases[k] = new sbyte[_network.Layers[k].Outputs];
            Node root = Bounded(phases, double.PositiveInfinity)!;
            double interval = 0;
            int unstable = 0;
            for (int output = 0; output < _network.Outputs; output++)
                interval = Math.Max(interval, _jacobian.Row(output, isLinear: false));
            for (int k = 0; k < phases.Length; k++)
            {
                for (int j = 0; j < phases[k].Length; j++)
                    unstable += _states.IsUnstable(k, j) ? 1 : 0;
            }

            var open = new PriorityQueue<Node, double>();
            open.Enqueue(root, -root.Bound);
            while (open.Count > 0 && open.Peek().Layer >= 0 && _nodes < maxNodes)
            {
                Node worst = open.Dequeue();
                for (int phase = -1; phase <= 1; phase += 2)
                {
                    sbyte[][] decided = Array.ConvertAll(worst.Phases, layer => (sbyte[])layer.Clone());
                    decided[worst.Layer][worst.Neuron] = (sbyte)phase;
                    if (Bounded(decided, worst.Bound) is { } child)
                        open.Enqueue(child, -child.Bound);
                }
            }

            // Branches end only where no point is, so that the worst of the rest holds for the box.
            Node? rest = open.Count > 0 ? open.Peek() : null;
            return new LipschitzBound(rest?.Bound ?? root.Bound, root.Bound, interval, rest is { Layer: < 0 }, _nodes, unstable);
        }

        /// <summary>A node with its bound; null if no point of the box meets its decisions.</summary>
        private Node? Bounded(sbyte[][] phases, double parent)
        {
            _nodes++;
            if (!_states.Compute(_lower, _upper, phases) || _region.IsEmpty(phases, _states))
                return null;
            double bound = 0, widest = -1;
            (int Layer, int Neuron) next = (-1, -1);
            for (int output = 0; output < _network.Outputs; output++)
            {
                double row = _jacobian.Row(output, isLinear: true);
                if (row < bound)
                    continue;

                // The rectifier to decide is one of the output with the largest bound. Without a gap any will do: it may decide those behind it.
                bound = row;
                widest = -1;
                for (int k = 0; k < phases.Length; k++)
                {
                    for (int j = 0; j < phases[k].Length; j++)
                    {
                        if (_states.IsUnstable(k, j) && _jacobian.Gap[k][j] > widest)
                        {
                            widest = _jacobian.Gap[k][j];
                            next = (k, j);
                        }
                    }
                }
            }

            return new Node(phases, Math.Min(bound, parent), next.Layer, next.Neuron);
        }
    }
}
