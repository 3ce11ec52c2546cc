using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// Tunes the widths of a <see cref="SliceSampler"/> so that expansions and contractions of the intervals are equally frequent: after 1, 2, 4, 8, ... transitions
/// each width is multiplied by 2 e / (e + c), where e and c count both since its last change.
/// </summary>
/// <remarks>
/// Tibbits, Groendyke, Haran, Liechty (2014), Automated factor slice sampling, section 2.2: near to the fewest evaluations, because neither too many steps out
/// nor too many draws outside of the slice are made. Where there was no expansion at all, one is counted, so that a width never becomes zero.
/// Our choice: the number of transitions doubles only after a factor between 2 / 3 and 3 / 2. As long as a width is wrong by orders of magnitude, it changes often.
/// </remarks>
public sealed record SliceWidthAdaptation : IAdaptation
{
    /// <inheritdoc/>
    public AdaptationState Start(SamplerState kernel, int warmUp)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        Require.Positive(warmUp, nameof(warmUp));
        if (kernel is not SliceSampler.State slice)
            throw new ArgumentException($"{nameof(SliceWidthAdaptation)} tunes the widths of a {nameof(SliceSampler)}, which {kernel.GetType().Name} doesn't have.", nameof(kernel));
        return new State(slice);
    }

    private sealed class State(SliceSampler.State kernel) : AdaptationState
    {
        private readonly long[] _expansions = new long[kernel.Widths.Length];
        private readonly long[] _contractions = new long[kernel.Widths.Length];
        private readonly int[] _transitions = new int[kernel.Widths.Length];
        private readonly int[] _periods = UnitPeriods(kernel.Widths.Length);

        public override void BeforeDraw(RandomKey key)
        {
        }

        public override void AfterDraw(int iteration, in DrawStatistics statistics)
        {
            for (int i = 0; i < _expansions.Length; i++)
            {
                _expansions[i] += kernel.Expansions[i];
                _contractions[i] += kernel.Contractions[i];
                if (++_transitions[i] >= _periods[i])
                    Change(i);
            }
        }

        public override void Finish()
        {
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<long>(_expansions);
            archive.Transfer<long>(_contractions);
            archive.Transfer<int>(_transitions);
            archive.Transfer<int>(_periods);
        }

        private void Change(int i)
        {
            // Without either nothing is known of the width.
            double factor = 1;
            if (_expansions[i] + _contractions[i] > 0)
                factor = 2.0 * Math.Max(1, _expansions[i]) / (Math.Max(1, _expansions[i]) + _contractions[i]);
            kernel.Widths[i] *= factor;
            _expansions[i] = 0;
            _contractions[i] = 0;
            _transitions[i] = 0;
            if (factor is >= 2.0 / 3 and <= 3.0 / 2 && _periods[i] < int.MaxValue / 2)
                _periods[i] *= 2;
        }

        private static int[] UnitPeriods(int count)
        {
            int[] periods = new int[count];
            periods.AsSpan().Fill(1);
            return periods;
        }
    }
}
