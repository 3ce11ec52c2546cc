using System.Globalization;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>A DTR bandit at work: for each person <see cref="ChooseFirst"/>, then <see cref="ChooseSecond"/>, then <see cref="Update"/>. Choosing changes nothing. For one thread at a time.</summary>
public sealed class DtrBanditState : IPersistent
{
    private readonly DtrBandit _policy;
    private readonly int _d1, _d2, _row;
    private readonly Stage _first, _second;

    // Of each person: whether forced, first arm, first payment, features of both stages.
    private double[] _history;
    private long _updates, _fitted;

    internal DtrBanditState(DtrBandit policy, int firstFeatures, int secondFeatures)
    {
        _policy = policy;
        (_d1, _d2) = (Require.Positive(firstFeatures, nameof(firstFeatures)), Require.Positive(secondFeatures, nameof(secondFeatures)));
        _row = 3 + _d1 + _d2;
        _first = new Stage(policy.FirstArms, _d1, policy.Regularization);
        _second = new Stage(policy.SecondArms, _d2, policy.Regularization);
        _history = new double[64 * _row];
    }

    /// <summary>The configured policy.</summary>
    public DtrBandit Policy => _policy;

    /// <summary>The number of persons so far.</summary>
    public long Updates => _updates;

    /// <summary>The pair of arms that the next person is forced to get; null where estimates decide.</summary>
    public (int First, int Second)? Forced => ForcedPair(_updates) is var pair and >= 0 ? (pair / _policy.SecondArms, pair % _policy.SecondArms) : null;

    /// <summary>The coefficients of a first arm's value.</summary>
    /// <param name="arm">The arm, from 0.</param>
    /// <param name="fromForced">True for the estimates from forced samples alone, false for those from all.</param>
    public ReadOnlySpan<double> FirstCoefficients(int arm, bool fromForced = false) => _first.Model(arm, fromForced).Coefficients;

    /// <summary>The coefficients of a second arm's value.</summary>
    /// <param name="arm">The arm, from 0.</param>
    /// <param name="fromForced">True for the estimates from forced samples alone, false for those from all.</param>
    public ReadOnlySpan<double> SecondCoefficients(int arm, bool fromForced = false) => _second.Model(arm, fromForced).Coefficients;

    /// <summary>The first arm for the next person.</summary>
    /// <param name="context">The features of the first stage, d1 finite numbers.</param>
    /// <exception cref="ArgumentException">The context has another length, or holds NaN, an infinity or numbers whose squares overflow.</exception>
    public int ChooseFirst(ReadOnlySpan<double> context)
    {
        RequireContext(context, _d1, nameof(context));
        int pair = ForcedPair(_updates);
        return pair >= 0 ? pair / _policy.SecondArms : _first.Choose(context, _policy.Gap);
    }

    /// <summary>The second arm for the next person.</summary>
    /// <param name="context">The features of the second stage, d2 finite numbers.</param>
    /// <exception cref="ArgumentException">The context has another length, or holds NaN, an infinity or numbers whose squares overflow.</exception>
    public int ChooseSecond(ReadOnlySpan<double> context)
    {
        RequireContext(context, _d2, nameof(context));
        int pair = ForcedPair(_updates);
        return pair >= 0 ? pair % _policy.SecondArms : _second.Choose(context, _policy.Gap);
    }

    /// <summary>Learns from a person. Memory for the history is doubled when it is full. A person counts as forced if the schedule's pair was taken.</summary>
    /// <param name="first">The features of the first stage.</param>
    /// <param name="firstArm">The first arm, from 0.</param>
    /// <param name="firstReward">What was paid before the second stage, a finite number; 0 where all is paid at the end.</param>
    /// <param name="second">The features of the second stage.</param>
    /// <param name="secondArm">The second arm, from 0.</param>
    /// <param name="secondReward">What was paid at the end, a finite number.</param>
    /// <exception cref="ArgumentException">A context has another length, or holds NaN, an infinity or numbers whose squares overflow; nothing is changed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such arm, or a reward isn't finite; nothing is changed.</exception>
    public void Update(ReadOnlySpan<double> first, int firstArm, double firstReward, ReadOnlySpan<double> second, int secondArm, double secondReward)
    {
        RequireContext(first, _d1, nameof(first));
        RequireContext(second, _d2, nameof(second));
        RequireArm(firstArm, _policy.FirstArms, nameof(firstArm));
        RequireArm(secondArm, _policy.SecondArms, nameof(secondArm));
        Require.Finite(firstReward, nameof(firstReward));
        Require.Finite(secondReward, nameof(secondReward));

        bool isForced = ForcedPair(_updates) == (firstArm * _policy.SecondArms) + secondArm;
        int at = checked((int)_updates * _row);
        if (at == _history.Length)
            Array.Resize(ref _history, 2 * at);
        Span<double> row = _history.AsSpan(at, _row);
        (row[0], row[1], row[2]) = (isForced ? 1 : 0, firstArm, firstReward);
        first.CopyTo(row[3..]);
        second.CopyTo(row[(3 + _d1)..]);
        _updates++;

        _second.Model(secondArm, false).Add(second, secondReward);
        _first.Model(firstArm, false).Add(first, firstReward + _second.Largest(second, false));
        if (_updates >= _fitted * (1 + _policy.RefitGrowth))
        {
            Refit(false);
            _fitted = _updates;
        }

        if (isForced)
        {
            _second.Model(secondArm, true).Add(second, secondReward);
            _first.Model(firstArm, true).Add(first, 0);
            Refit(true);
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Restart()
    {
        Array.Clear(_history);
        (_updates, _fitted) = (0, 0);
        _first.Reset();
        _second.Reset();
    }

    /// <summary>Writes a checkpoint. The stream stays open.</summary>
    /// <param name="stream">Receives the bytes.</param>
    public void Save(Stream stream) => Checkpoint.Write(stream, nameof(DtrBandit), Configuration, this);

    /// <summary>Continues a saved run, to the bits of the one that wasn't interrupted.</summary>
    /// <param name="stream">The stream, positioned at a checkpoint of the same options and numbers of features.</param>
    /// <exception cref="CheckpointException">It is truncated, damaged, or of another configuration; this state is unchanged.</exception>
    public void Load(Stream stream) => Checkpoint.Read(stream, nameof(DtrBandit), Configuration, this);

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(ref _history);
        archive.Transfer(ref _updates);
        archive.Transfer(ref _fitted);
        archive.Transfer(_first.Numbers.AsSpan());
        archive.Transfer(_second.Numbers.AsSpan());
    }

    private string Configuration => string.Create(CultureInfo.InvariantCulture, $"{Checkpoint.Describe(_policy)} with {_d1} and {_d2} features");

    /// <summary>The pair that the schedule forces, -1 where it forces none.</summary>
    private int ForcedPair(long person)
    {
        long block = (long)_policy.FirstArms * _policy.SecondArms * _policy.ForcedSamples, start = 0;
        for (long scale = 1; start <= person; scale *= 2)
        {
            if (person < start + block)
                return (int)((person - start) / _policy.ForcedSamples);
            start += scale * block;
        }

        return -1;
    }

    /// <summary>Fits the values of first arms to the first payments plus the largest values of the second stage, as they are estimated now.</summary>
    private void Refit(bool fromForced)
    {
        for (int arm = 0; arm < _policy.FirstArms; arm++)
            _first.Model(arm, fromForced).Moment.Clear();
        for (int at = 0, end = (int)_updates * _row; at < end; at += _row)
        {
            ReadOnlySpan<double> row = _history.AsSpan(at, _row);
            if (fromForced && row[0] == 0)
                continue;
            double outcome = row[2] + _second.Largest(row[(3 + _d1)..], fromForced);
            RidgeModel.AddScaled(_first.Model((int)row[1], fromForced).Moment, outcome, row.Slice(3, _d1));
        }

        for (int arm = 0; arm < _policy.FirstArms; arm++)
        {
            RidgeModel model = _first.Model(arm, fromForced);
            RidgeModel.Multiply(model.Inverse, model.Moment, model.Coefficients);
        }
    }

    private static void RequireContext(ReadOnlySpan<double> context, int features, string name)
    {
        Require.Length(context.Length, features, name);
        Require.AllFinite(context, name);
        if (!double.IsFinite(RidgeModel.Dot(context, context)))
            throw new ArgumentException($"{name} holds numbers whose squares overflow: features should be of the order of 1.", name);
    }

    private static void RequireArm(int arm, int arms, string name)
    {
        if ((uint)arm >= (uint)arms)
            throw new ArgumentOutOfRangeException(name, arm, string.Create(CultureInfo.InvariantCulture, $"{name} is {arm} but must be one of 0 to {arms - 1}."));
    }

    /// <summary>The models of a stage: of each arm from all samples, then of each arm from forced ones.</summary>
    private sealed class Stage
    {
        private readonly int _arms, _features;
        private readonly double _lambda;

        public Stage(int arms, int features, double lambda)
        {
            (_arms, _features, _lambda) = (arms, features, lambda);
            Numbers = new double[checked(2 * arms * RidgeModel.Length(features))];
            Reset();
        }

        public double[] Numbers { get; }

        public void Reset()
        {
            for (int arm = 0; arm < _arms; arm++)
            {
                Model(arm, false).Reset();
                Model(arm, true).Reset();
            }
        }

        public RidgeModel Model(int arm, bool fromForced)
        {
            int length = RidgeModel.Length(_features);
            return new RidgeModel(Numbers.AsSpan(((fromForced ? _arms : 0) + arm) * length, length), _features, _lambda);
        }

        /// <summary>The largest value of an arm.</summary>
        public double Largest(ReadOnlySpan<double> context, bool fromForced)
        {
            double largest = double.NegativeInfinity;
            for (int arm = 0; arm < _arms; arm++)
                largest = Math.Max(largest, Model(arm, fromForced).Mean(context));
            return largest;
        }

        /// <summary>The arm with the largest value by all samples, of those that are within half a gap of the largest by forced samples.</summary>
        public int Choose(ReadOnlySpan<double> context, double gap)
        {
            double threshold = Largest(context, true) - (0.5 * gap), level = double.NegativeInfinity;
            int best = 0;
            for (int arm = 0; arm < _arms; arm++)
            {
                if (Model(arm, true).Mean(context) < threshold)
                    continue;
                double value = Model(arm, false).Mean(context);
                if (value > level)
                    (best, level) = (arm, value);
            }

            return best;
        }
    }
}
