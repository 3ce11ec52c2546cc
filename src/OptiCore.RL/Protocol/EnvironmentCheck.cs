using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>What can be wrong with an environment.</summary>
public enum EnvironmentFault
{
    /// <summary>Count or spaces aren't what was asked for or change.</summary>
    Shape,

    /// <summary>A span of the wrong length, a wrong action, or a step before the first reset is accepted.</summary>
    Arguments,

    /// <summary>An observation is outside the observation space.</summary>
    Observation,

    /// <summary>A reward is NaN or infinite.</summary>
    Reward,

    /// <summary>A step leaves rewards, flags or observations of the step before in place.</summary>
    NotWritten,

    /// <summary>An episode ended, and its final observation wasn't written or is outside the space.</summary>
    FinalObservation,

    /// <summary>The observation after the end of an episode isn't the first one of the next episode.</summary>
    Autoreset,

    /// <summary>The same key and the same actions gave different results.</summary>
    Determinism,

    /// <summary>An environment's results depend on how many run together.</summary>
    Count,

    /// <summary>A saved and loaded environment goes on differently, or can't be saved.</summary>
    Persistence,

    /// <summary>A reset leaves something of what was played before in place.</summary>
    Reset,

    /// <summary>A step allocates memory.</summary>
    Allocation,
}

/// <summary>Something that is wrong with an environment.</summary>
/// <param name="Fault">What kind of thing.</param>
/// <param name="Message">What exactly, in a sentence.</param>
public readonly record struct EnvironmentFinding(EnvironmentFault Fault, string Message);

/// <summary>
/// Checks an environment against the protocol of <see cref="IVectorEnvironment{TObservation, TAction}"/> by playing it with random actions, and says in sentences what is wrong.
/// Run it in a test of your environment. It can't prove that an environment is right; it finds the mistakes that are commonly made.
/// </summary>
public static class EnvironmentCheck
{
    private const int Environments = 3;

    /// <summary>Checks a single environment, as <see cref="EnvironmentArray{TObservation, TAction}"/> would play it.</summary>
    /// <typeparam name="TObservation">The element type of observations.</typeparam>
    /// <typeparam name="TAction">The element type of actions.</typeparam>
    /// <param name="create">Creates an environment.</param>
    /// <param name="key">The randomness of the check.</param>
    /// <param name="steps">The number of steps to play. Episodes should end within them.</param>
    /// <returns>At most one finding of each kind; empty when nothing is wrong.</returns>
    public static IReadOnlyList<EnvironmentFinding> Run<TObservation, TAction>(Func<IEnvironment<TObservation, TAction>> create, RandomKey key, int steps = 1000)
        where TObservation : unmanaged
        where TAction : unmanaged
    {
        ArgumentNullException.ThrowIfNull(create);
        return Run<TObservation, TAction>(count => new EnvironmentArray<TObservation, TAction>(count, create), key, steps);
    }

    /// <summary>Checks a vectorised environment.</summary>
    /// <typeparam name="TObservation">The element type of observations.</typeparam>
    /// <typeparam name="TAction">The element type of actions.</typeparam>
    /// <param name="create">Creates the given number of environments.</param>
    /// <param name="key">The randomness of the check.</param>
    /// <param name="steps">The number of steps to play. Episodes should end within them.</param>
    /// <returns>At most one finding of each kind; empty when nothing is wrong.</returns>
    public static IReadOnlyList<EnvironmentFinding> Run<TObservation, TAction>(Func<int, IVectorEnvironment<TObservation, TAction>> create, RandomKey key, int steps = 1000)
        where TObservation : unmanaged
        where TAction : unmanaged
    {
        ArgumentNullException.ThrowIfNull(create);
        Require.Positive(steps, nameof(steps));
        return new Check<TObservation, TAction>(create, key, steps).Run();
    }

    private sealed class Check<TObservation, TAction>(Func<int, IVectorEnvironment<TObservation, TAction>> create, RandomKey key, int steps)
        where TObservation : unmanaged
        where TAction : unmanaged
    {
        private readonly List<EnvironmentFinding> _findings = [];

        // The twins get differently filled buffers: what neither writes shows as two different fillings.
        private readonly IVectorEnvironment<TObservation, TAction> _first = create(Environments);
        private readonly IVectorEnvironment<TObservation, TAction> _second = create(Environments);
        private readonly IVectorEnvironment<TObservation, TAction> _alone = create(1);
        private bool _autoresetChecked;

        public List<EnvironmentFinding> Run()
        {
            if (!CheckShape())
                return _findings;
            CheckArguments();
            Play();
            CheckPersistence();
            CheckReset();
            CheckAllocation();
            return _findings;
        }

        private void Report(EnvironmentFault fault, FormattableString message)
        {
            foreach (EnvironmentFinding finding in _findings)
            {
                if (finding.Fault == fault)
                    return;
            }

            _findings.Add(new EnvironmentFinding(fault, message.ToString(CultureInfo.InvariantCulture)));
        }

        private bool CheckShape()
        {
            if (_first.Count != Environments || _alone.Count != 1)
                Report(EnvironmentFault.Shape, $"{Environments} environments were asked for and Count is {_first.Count}; 1 was asked for and Count is {_alone.Count}.");
            if (!_first.ObservationSpace.Equals(_alone.ObservationSpace) || !_first.ActionSpace.Equals(_alone.ActionSpace))
                Report(EnvironmentFault.Shape, $"The spaces differ between two instances: {_first.ObservationSpace} and {_alone.ObservationSpace}, {_first.ActionSpace} and {_alone.ActionSpace}.");
            return _findings.Count == 0;
        }

        private void CheckArguments()
        {
            int length = _first.ObservationSpace.Length;
            IVectorEnvironment<TObservation, TAction> environment = create(Environments);
            var early = new StepBuffers<TObservation>(Environments, length);
            if (!Throws<InvalidOperationException>(() => environment.Step(new TAction[Environments * environment.ActionSpace.Length], early.Output)))
                Report(EnvironmentFault.Arguments, $"Step accepts actions before the first reset; {nameof(InvalidOperationException)} would say what is missing.");
            if (!Throws<ArgumentException>(() => environment.Reset(key, new TObservation[(Environments * length) + 1])))
                Report(EnvironmentFault.Arguments, $"Reset accepts a span of {(Environments * length) + 1} elements for {Environments} observations of {length}.");
            environment.Reset(key, new TObservation[Environments * length]);
            TAction[] actions = new TAction[Environments * environment.ActionSpace.Length];
            var small = new StepBuffers<TObservation>(Environments - 1, length);
            if (!Throws<ArgumentException>(() => environment.Step(actions, small.Output)))
                Report(EnvironmentFault.Arguments, $"Step accepts buffers for {Environments - 1} environments where there are {Environments}.");
            var right = new StepBuffers<TObservation>(Environments, length);
            if (!Throws<ArgumentException>(() => environment.Step(new TAction[actions.Length + 1], right.Output)))
                Report(EnvironmentFault.Arguments, $"Step accepts {actions.Length + 1} elements of actions where {actions.Length} are needed.");
            if (!Throws<ArgumentException>(() => environment.Restart(0, new TObservation[length + 1])))
                Report(EnvironmentFault.Arguments, $"Restart accepts a span of {length + 1} elements for an observation of {length}.");

            // NaN where actions are floats, -1 where they are integers: no space has them.
            MemoryMarshal.AsBytes(actions.AsSpan(actions.Length - environment.ActionSpace.Length)).Fill(0xFF);
            if (!environment.ActionSpace.Contains(actions.AsSpan(actions.Length - environment.ActionSpace.Length)) && !Throws<ArgumentException>(() => environment.Step(actions, right.Output)))
                Report(EnvironmentFault.Arguments, $"Step accepts the action {Describe<TAction>(actions.AsSpan(actions.Length - environment.ActionSpace.Length))} of environment {Environments - 1}, which is outside {environment.ActionSpace}.");
        }

        private void Play()
        {
            int length = _first.ObservationSpace.Length, actionLength = _first.ActionSpace.Length;
            var first = _first.CreateBuffers();
            var second = _second.CreateBuffers();
            var alone = _alone.CreateBuffers();
            Fill(first, 0xFF);
            Fill(second, 0x01);
            _first.Reset(key, first.Observations);
            _second.Reset(key, second.Observations);
            _alone.Reset(key, alone.Observations);
            CheckObservations(first, "the reset", -1);
            bool different = !Same<TObservation>(first.Observations, second.Observations);
            if (different && IsFilled(first.Observation(0), 0xFF) && IsFilled(second.Observation(0), 0x01))
                Report(EnvironmentFault.NotWritten, $"Reset doesn't write the observations.");
            else if (different)
                Report(EnvironmentFault.Determinism, $"Two resets with the same key gave different observations.");
            else if (!Same<TObservation>(first.Observation(0), alone.Observation(0)))
                Report(EnvironmentFault.Count, $"The first observation of environment 0 depends on how many environments run together.");

            var actions = new TAction[Environments * actionLength];
            RandomKey actionKey = key.Fold("actions");
            for (int step = 0; step < steps && _findings.Count == 0; step++)
            {
                DrawActions(actionKey.Fold(step), actions);
                Fill(first, 0xFF);
                Fill(second, 0x01);
                _first.Step(actions, first.Output);
                _second.Step(actions, second.Output);
                _alone.Step(actions.AsSpan(0, actionLength), alone.Output);
                CheckWritten(first, second, step);
                if (_findings.Count > 0)
                    return;
                CheckObservations(first, "a step", step);
                CheckEnds(first, second, step, length);
                if (_findings.Count > 0)
                    return;
                if (!SameOutputs(first, second, Environments))
                    Report(EnvironmentFault.Determinism, $"The same key and actions gave different results in step {step}.");
                else if (!SameOutputs(first, alone, 1))
                    Report(EnvironmentFault.Count, $"In step {step} the results of environment 0 depend on how many environments run together.");
            }
        }

        private void CheckWritten(StepBuffers<TObservation> first, StepBuffers<TObservation> second, int step)
        {
            for (int i = 0; i < Environments; i++)
            {
                if (IsFilled<double>(first.Rewards.AsSpan(i, 1), 0xFF) && IsFilled<double>(second.Rewards.AsSpan(i, 1), 0x01))
                    Report(EnvironmentFault.NotWritten, $"Step {step} doesn't write the reward of environment {i}.");
                else if (!double.IsFinite(first.Rewards[i]))
                    Report(EnvironmentFault.Reward, $"The reward of environment {i} in step {step} is {first.Rewards[i]}; it must be finite.");
                if (IsFilled(first.Observation(i), 0xFF) && IsFilled(second.Observation(i), 0x01))
                    Report(EnvironmentFault.NotWritten, $"Step {step} doesn't write the observation of environment {i}.");
                else if (Unwritten(first.Observation(i), second.Observation(i)) is >= 0 and int element)
                    Report(EnvironmentFault.NotWritten, $"Step {step} doesn't write element {element} of the observation of environment {i}.");
                if (IsFilled<bool>(first.Terminated.AsSpan(i, 1), 0xFF) || IsFilled<bool>(first.Truncated.AsSpan(i, 1), 0xFF))
                    Report(EnvironmentFault.NotWritten, $"Step {step} doesn't write both flags of environment {i}; they must be set to false where nothing ended.");
            }
        }

        private void CheckObservations(StepBuffers<TObservation> buffers, string when, int step)
        {
            for (int i = 0; i < Environments; i++)
            {
                if (!_first.ObservationSpace.Contains(buffers.Observation(i)))
                    Report(EnvironmentFault.Observation, $"The observation of environment {i} after {when} (step {step}) is outside {_first.ObservationSpace}: {Describe<TObservation>(buffers.Observation(i))}.{NotANumber(buffers.Observation(i))}");
            }
        }

        private void CheckEnds(StepBuffers<TObservation> first, StepBuffers<TObservation> second, int step, int length)
        {
            var restarted = new TObservation[length];
            for (int i = 0; i < Environments; i++)
            {
                if (!(first.Terminated[i] || first.Truncated[i]))
                    continue;
                if (IsFilled(first.FinalObservation(i), 0xFF) && IsFilled(second.FinalObservation(i), 0x01))
                    Report(EnvironmentFault.FinalObservation, $"The episode of environment {i} ended in step {step}, but its final observation wasn't written.");
                else if (!_first.ObservationSpace.Contains(first.FinalObservation(i)))
                    Report(EnvironmentFault.FinalObservation, $"The final observation of environment {i} in step {step} is outside {_first.ObservationSpace}: {Describe<TObservation>(first.FinalObservation(i))}.{NotANumber(first.FinalObservation(i))}");
            }

            // The first end of an episode: the next episode must be episode 1, which a fresh instance can be restarted into.
            if (_autoresetChecked)
                return;
            int ended = Array.FindIndex(first.Terminated, flag => flag);
            if (ended < 0)
                ended = Array.FindIndex(first.Truncated, flag => flag);
            if (ended < 0)
                return;
            _autoresetChecked = true;
            IVectorEnvironment<TObservation, TAction> fresh = create(Environments);
            fresh.Reset(key, new TObservation[Environments * length]);
            fresh.Restart(ended, restarted);
            if (!Same<TObservation>(restarted, first.Observation(ended)))
                Report(EnvironmentFault.Autoreset, $"Environment {ended} ended its first episode in step {step}, but its observation isn't the one that Restart gives as the first of the next episode.");
        }

        private void CheckPersistence()
        {
            if (_findings.Count > 0)
                return;
            byte[] saved;
            IVectorEnvironment<TObservation, TAction> loaded = create(Environments);
            var before = loaded.CreateBuffers();
            try
            {
                saved = StateArchive.Save(_first);
                loaded.Reset(key.Fold("other"), before.Observations);
                StateArchive.Load(loaded, saved);
            }
            catch (Exception exception) when (exception is NotSupportedException or NotImplementedException or CheckpointException)
            {
                Report(EnvironmentFault.Persistence, $"The environment can't be saved and loaded: {exception.Message}");
                return;
            }

            int actionLength = _first.ActionSpace.Length;
            var actions = new TAction[Environments * actionLength];
            var first = _first.CreateBuffers();
            RandomKey actionKey = key.Fold("later actions");
            for (int step = 0; step < steps && _findings.Count == 0; step++)
            {
                DrawActions(actionKey.Fold(step), actions);
                _first.Step(actions, first.Output);
                loaded.Step(actions, before.Output);
                if (!SameOutputs(first, before, Environments))
                    Report(EnvironmentFault.Persistence, $"A saved and loaded environment goes on differently in step {step} after loading.");
            }
        }

        /// <summary>An environment that has been played, reset with the first key, against a fresh one.</summary>
        private void CheckReset()
        {
            if (_findings.Count > 0)
                return;
            IVectorEnvironment<TObservation, TAction> fresh = create(Environments);
            var used = _first.CreateBuffers();
            var other = fresh.CreateBuffers();
            _first.Reset(key, used.Observations);
            fresh.Reset(key, other.Observations);
            if (!Same<TObservation>(used.Observations, other.Observations))
                Report(EnvironmentFault.Reset, $"A reset of an environment that has been played gives other observations than that of a new one with the same key.");
            var actions = new TAction[Environments * _first.ActionSpace.Length];
            for (int step = 0; step < steps && _findings.Count == 0; step++)
            {
                DrawActions(key.Fold("actions").Fold(step), actions);
                _first.Step(actions, used.Output);
                fresh.Step(actions, other.Output);
                if (!SameOutputs(used, other, Environments))
                    Report(EnvironmentFault.Reset, $"After a reset an environment that has been played differs from a new one with the same key in step {step}: something of before was left in place.");
            }
        }

        /// <summary>The best of many tries counts: code that the runtime hasn't optimised yet may allocate, and it is replaced in the background.</summary>
        private void CheckAllocation()
        {
            const int Tries = 400, Together = 20;
            if (_findings.Count > 0)
                return;
            var buffers = _first.CreateBuffers();
            var actions = new TAction[Environments * _first.ActionSpace.Length];
            DrawActions(key.Fold("actions"), actions);
            long least = long.MaxValue;
            for (int attempt = 0; attempt < Tries && least > 0; attempt++)
            {
                Thread.Sleep(attempt < 10 ? 0 : 10);
                long before = GC.GetAllocatedBytesForCurrentThread();
                for (int k = 0; k < Together; k++)
                    _first.Step(actions, buffers.Output);
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }

            if (least > 0)
                Report(EnvironmentFault.Allocation, $"{Together} steps allocate at least {least} bytes; a step is to allocate nothing, so that no collection interrupts training.");
        }

        private void DrawActions(RandomKey stepKey, TAction[] actions)
        {
            int length = actions.Length / Environments;
            for (int i = 0; i < Environments; i++)
                _first.ActionSpace.Sample(stepKey.Fold(i), actions.AsSpan(i * length, length));
        }

        private static bool SameOutputs(StepBuffers<TObservation> a, StepBuffers<TObservation> b, int count)
        {
            for (int i = 0; i < count; i++)
            {
                bool ended = a.Terminated[i] || a.Truncated[i];
                if (!Same<TObservation>(a.Observation(i), b.Observation(i))
                    || BitConverter.DoubleToInt64Bits(a.Rewards[i]) != BitConverter.DoubleToInt64Bits(b.Rewards[i])
                    || a.Terminated[i] != b.Terminated[i]
                    || a.Truncated[i] != b.Truncated[i]
                    || (ended && !Same<TObservation>(a.FinalObservation(i), b.FinalObservation(i))))
                {
                    return false;
                }
            }

            return true;
        }

        private static void Fill(StepBuffers<TObservation> buffers, byte filling)
        {
            MemoryMarshal.AsBytes(buffers.Observations.AsSpan()).Fill(filling);
            MemoryMarshal.AsBytes(buffers.FinalObservations.AsSpan()).Fill(filling);
            MemoryMarshal.AsBytes(buffers.Rewards.AsSpan()).Fill(filling);
            MemoryMarshal.AsBytes(buffers.Terminated.AsSpan()).Fill(filling);
            MemoryMarshal.AsBytes(buffers.Truncated.AsSpan()).Fill(filling);
        }

        private static bool IsFilled<T>(ReadOnlySpan<T> values, byte filling) where T : unmanaged =>
            !MemoryMarshal.AsBytes(values).ContainsAnyExcept(filling);

        private static bool IsFilled(Span<TObservation> values, byte filling) => IsFilled<TObservation>((ReadOnlySpan<TObservation>)values, filling);

        private static bool Same<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b) where T : unmanaged =>
            MemoryMarshal.AsBytes(a).SequenceEqual(MemoryMarshal.AsBytes(b));

        /// <summary>The first element that holds both fillings, or -1.</summary>
        private static int Unwritten(Span<TObservation> first, Span<TObservation> second)
        {
            for (int j = 0; j < first.Length; j++)
            {
                if (IsFilled(first.Slice(j, 1), 0xFF) && IsFilled(second.Slice(j, 1), 0x01))
                    return j;
            }

            return -1;
        }

        /// <summary>A sentence about the first element that is NaN, if there is one.</summary>
        private static string NotANumber(ReadOnlySpan<TObservation> values)
        {
            for (int j = 0; j < values.Length; j++)
            {
                if ((typeof(TObservation) == typeof(float) && float.IsNaN(Unsafe.BitCast<TObservation, float>(values[j])))
                    || (typeof(TObservation) == typeof(double) && double.IsNaN(Unsafe.BitCast<TObservation, double>(values[j]))))
                {
                    return string.Create(CultureInfo.InvariantCulture, $" Element {j} isn't a number.");
                }
            }

            return "";
        }

        private static string Describe<T>(ReadOnlySpan<T> values) where T : unmanaged =>
            string.Create(CultureInfo.InvariantCulture, $"({string.Join(", ", values.ToArray())})");

        private static bool Throws<TException>(Action action) where TException : Exception
        {
            try
            {
                action();
                return false;
            }
            catch (TException)
            {
                return true;
            }
        }
    }
}
