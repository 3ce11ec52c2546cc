using System.Globalization;
using System.Numerics;
using System.Text;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>Tensors of a layout and the rule that steps them.</summary>
/// <param name="Rule">The rule, which sees these tensors as the whole.</param>
/// <param name="Blocks">The tensors.</param>
public sealed record ParameterGroup(IUpdateRule Rule, BlockSelection Blocks)
{
    /// <summary>The rule, which sees these tensors as the whole.</summary>
    public IUpdateRule Rule { get; init => field = Require.NotNull(value, nameof(Rule)); } = Require.NotNull(Rule);

    /// <summary>The tensors.</summary>
    public BlockSelection Blocks { get; init => field = Require.NotNull(value, nameof(Blocks)); } = Require.NotNull(Blocks);
}

/// <summary>
/// Different rules, or different hyperparameters, for different tensors: the parameter groups of PyTorch. A tensor belongs to the first group that selects it.
/// <code>
/// new ParameterGroups(
///     new(new Muon { LearningRate = 0.02 }, BlockSelection.Matrices),
///     new(new AdamW { LearningRate = 1e-3, WeightDecay = 0 }, BlockSelection.All))
/// </code>
/// </summary>
/// <remarks>
/// A rule with a norm sees the norm of its group. A group of neighbouring tensors is stepped where it lies; one that is scattered is copied together and back, a pass more each way. Freeze tensors with
/// <c>new ScaleBySchedule(0)</c>.
/// </remarks>
public sealed record ParameterGroups : IUpdateRule
{
    private readonly ParameterGroup[] _groups;

    /// <summary>Makes a rule of groups.</summary>
    /// <param name="groups">The groups, at least one; every tensor must belong to one.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public ParameterGroups(params ReadOnlySpan<ParameterGroup> groups)
    {
        if (groups.IsEmpty)
            throw new ArgumentException("There must be at least one group.", nameof(groups));
        foreach (ParameterGroup group in groups)
            _ = Require.NotNull(group, nameof(groups));
        _groups = groups.ToArray();
    }

    /// <summary>The groups.</summary>
    public ReadOnlySpan<ParameterGroup> Groups => _groups;

    /// <summary>A rule for some tensors; the update of the others passes unchanged: <c>ParameterGroups.Masked(new AddDecayedWeights(0.1), BlockSelection.Matrices)</c>.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="blocks">The tensors that it sees.</param>
    public static ParameterGroups Masked(IUpdateRule rule, BlockSelection blocks) => new(new(rule, blocks), new(new ScaleBySchedule(1), BlockSelection.All));

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A tensor belongs to no group.</exception>
    public RuleState<double> StartDouble(ParameterLayout layout) => new State<double>(layout, Divide(layout), static (rule, part) => rule.StartDouble(part));

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A tensor belongs to no group.</exception>
    public RuleState<float> StartSingle(ParameterLayout layout) => new State<float>(layout, Divide(layout), static (rule, part) => rule.StartSingle(part));

    /// <summary>True for equal groups in the same order.</summary>
    /// <param name="other">Another rule.</param>
    public bool Equals(ParameterGroups? other) => other is not null && Groups.SequenceEqual(other.Groups);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (ParameterGroup group in _groups)
            hash.Add(group);
        return hash.ToHashCode();
    }

    /// <summary>Prints every group, so that a saved run's configuration names them.</summary>
    public override string ToString() => new StringBuilder("ParameterGroups { Groups = [").AppendJoin(", ", (object[])_groups).Append("] }").ToString();

    private List<(IUpdateRule Rule, int[] Blocks)> Divide(ParameterLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        var blocks = new List<int>[_groups.Length];
        for (int g = 0; g < blocks.Length; g++)
            blocks[g] = [];
        for (int b = 0; b < layout.BlockCount; b++)
        {
            int g = 0;
            while (g < _groups.Length && !_groups[g].Blocks.Contains(layout, b))
                g++;
            if (g == _groups.Length)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Tensor {b} of {layout} belongs to no group: end with a group of {nameof(BlockSelection)}.{nameof(BlockSelection.All)}."), nameof(layout));
            blocks[g].Add(b);
        }

        var divided = new List<(IUpdateRule, int[])>();
        for (int g = 0; g < blocks.Length; g++)
        {
            if (blocks[g].Count > 0)
                divided.Add((_groups[g].Rule, [.. blocks[g]]));
        }

        return divided;
    }

    private sealed class State<T> : RuleState<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Group[] _groups;
        private T[]? _evaluation;

        public State(ParameterLayout layout, List<(IUpdateRule Rule, int[] Blocks)> groups, Func<IUpdateRule, ParameterLayout, RuleState<T>> start)
            : base(layout)
        {
            _groups = new Group[groups.Count];
            for (int g = 0; g < _groups.Length; g++)
                _groups[g] = new Group(start(groups[g].Rule, layout.Part(groups[g].Blocks)), layout, groups[g].Blocks);
        }

        public override double RateScale
        {
            get => base.RateScale;
            set
            {
                base.RateScale = value;
                foreach (Group group in _groups)
                    group.State.RateScale = value;
            }
        }

        public override bool UsesCurvature
        {
            get
            {
                foreach (Group group in _groups)
                {
                    if (group.State.UsesCurvature)
                        return true;
                }

                return false;
            }
        }

        public override ReadOnlySpan<T> EvaluationPoint(ReadOnlySpan<T> parameters)
        {
            _evaluation ??= new T[Length];
            foreach (Group group in _groups)
                group.Scatter(group.State.EvaluationPoint(group.Gather(parameters, group.Parameters)), _evaluation);
            return _evaluation;
        }

        protected override void ReportCurvatureCore(ReadOnlySpan<T> estimate)
        {
            foreach (Group group in _groups)
            {
                if (group.State.UsesCurvature)
                    group.State.ReportCurvature(group.Gather(estimate, group.Update));
            }
        }

        protected override void TransformCore(Span<T> update, ReadOnlySpan<T> parameters, IWorkers workers)
        {
            foreach (Group group in _groups)
            {
                if (group.IsContiguous)
                {
                    group.State.Transform(update.Slice(group.Offset, group.Length), parameters.Slice(group.Offset, group.Length), workers);
                    continue;
                }

                group.Gather(update, group.Update);
                group.State.Transform(group.Update, group.Gather(parameters, group.Parameters), workers);
                group.Scatter(group.Update, update);
            }
        }

        protected override void StepCore(Span<T> parameters, ReadOnlySpan<T> gradient, IWorkers workers)
        {
            foreach (Group group in _groups)
            {
                if (group.IsContiguous)
                {
                    group.State.Step(parameters.Slice(group.Offset, group.Length), gradient.Slice(group.Offset, group.Length), workers);
                    continue;
                }

                group.Gather(parameters, group.Parameters);
                group.State.Step(group.Parameters, group.Gather(gradient, group.Update), workers);
                group.Scatter(group.Parameters, parameters);
            }
        }

        protected override void PersistCore(StateArchive archive)
        {
            foreach (Group group in _groups)
                archive.Transfer(group.State);
        }

        /// <summary>A group's state and where its tensors lie; buffers for those that are scattered.</summary>
        private sealed class Group
        {
            private readonly ParameterLayout _layout;
            private readonly int[] _blocks;

            public Group(RuleState<T> state, ParameterLayout layout, int[] blocks)
            {
                State = state;
                _layout = layout;
                _blocks = blocks;
                IsContiguous = blocks[^1] - blocks[0] == blocks.Length - 1;
                Update = new T[IsContiguous ? 0 : state.Length];
                Parameters = new T[IsContiguous ? 0 : state.Length];
            }

            public RuleState<T> State { get; }

            public bool IsContiguous { get; }

            public int Offset => _layout.Offset(_blocks[0]);

            public int Length => State.Length;

            public T[] Update { get; }

            public T[] Parameters { get; }

            /// <summary>The group's elements: a part of the whole, or copied into a buffer.</summary>
            public ReadOnlySpan<T> Gather(ReadOnlySpan<T> whole, T[] buffer)
            {
                if (IsContiguous)
                    return whole.Slice(Offset, Length);
                int at = 0;
                foreach (int b in _blocks)
                {
                    whole.Slice(_layout.Offset(b), _layout.BlockLength(b)).CopyTo(buffer.AsSpan(at));
                    at += _layout.BlockLength(b);
                }

                return buffer;
            }

            /// <summary>Writes the group's elements to their places in the whole.</summary>
            public void Scatter(ReadOnlySpan<T> part, Span<T> whole)
            {
                int at = 0;
                foreach (int b in _blocks)
                {
                    part.Slice(at, _layout.BlockLength(b)).CopyTo(whole[_layout.Offset(b)..]);
                    at += _layout.BlockLength(b);
                }
            }
        }
    }
}
