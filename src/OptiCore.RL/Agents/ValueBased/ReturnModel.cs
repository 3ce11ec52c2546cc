using OptiCore.Differentiation;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>
/// What a value network says of the return of an action: a number, a distribution over fixed atoms, or quantiles. Its outputs for each action are <see cref="Outputs"/> numbers.
/// </summary>
public abstract record ReturnModel
{
    /// <summary>The expected return, learnt by Huber's loss.</summary>
    public static ReturnModel Mean { get; } = new MeanReturn();

    /// <summary>The number of outputs for each action.</summary>
    public abstract int Outputs { get; }

    /// <summary>Probabilities of 51 atoms between two returns.</summary>
    /// <param name="least">The lowest atom.</param>
    /// <param name="most">The highest atom.</param>
    /// <param name="atoms">Their number, at least 2.</param>
    public static ReturnModel Categorical(double least, double most, int atoms = 51) => new CategoricalReturn(least, most, atoms);

    /// <summary>Quantiles of equal weight.</summary>
    /// <param name="count">Their number.</param>
    public static ReturnModel Quantiles(int count = 50) => new QuantileReturn(count);

    /// <summary>The expected return, [rows, actions], from outputs [rows, actions, <see cref="Outputs"/>].</summary>
    /// <param name="outputs">What the network puts out.</param>
    public abstract Variable Expectation(Variable outputs);

    /// <summary>The loss of each row, [rows], given the outputs for the action taken and for the action to follow it, [rows, <see cref="Outputs"/>].</summary>
    /// <param name="outputs">For the action taken.</param>
    /// <param name="next">The target network's, for the action to follow.</param>
    /// <param name="rewards">The rewards of the steps in between, discounted, [rows].</param>
    /// <param name="discounts">The discount of what follows; 0 where the task ended. [rows].</param>
    public abstract Variable Loss(Variable outputs, Variable next, Variable rewards, Variable discounts);

    private sealed record MeanReturn : ReturnModel
    {
        public override int Outputs => 1;

        public override Variable Expectation(Variable outputs) => Reshape(outputs, [outputs.Shape[0], outputs.Shape[1]]);

        public override Variable Loss(Variable outputs, Variable next, Variable rewards, Variable discounts)
        {
            int rows = outputs.Shape[0];
            return Huber(rewards + (discounts * Reshape(next, [rows])) - Reshape(outputs, [rows]));
        }
    }

    /// <summary>M. G. Bellemare, W. Dabney, R. Munos (2017), "A distributional perspective on reinforcement learning": the target r + gamma z is projected onto the atoms, the loss is the cross-entropy.</summary>
    private sealed record CategoricalReturn : ReturnModel
    {
        private readonly Variable _atoms;
        private readonly double _gap;

        public CategoricalReturn(double least, double most, int atoms)
        {
            Outputs = atoms >= 2 ? atoms : throw new ArgumentOutOfRangeException(nameof(atoms), atoms, "A distribution needs at least two atoms.");
            if (!(least < most) || !double.IsFinite(most - least))
                throw new ArgumentOutOfRangeException(nameof(most), most, $"The highest atom must be above the lowest, {least}.");
            (Least, Most, _gap) = (least, most, (most - least) / (atoms - 1));
            double[] z = new double[atoms];
            for (int i = 0; i < atoms; i++)
                z[i] = least + (i * _gap);
            _atoms = Variable.Constant<double>(z, [atoms]);
        }

        public double Least { get; }

        public double Most { get; }

        public override int Outputs { get; }

        public override Variable Expectation(Variable outputs) => Sum(Softmax(outputs) * _atoms, -1);

        public override Variable Loss(Variable outputs, Variable next, Variable rewards, Variable discounts)
        {
            // Mass p_i at clip(r + gamma z_i) goes to atom j with weight max(0, 1 - distance / gap).
            Variable moved = Clamp(ExpandAxis(rewards, -1) + (ExpandAxis(discounts, -1) * _atoms), Least, Most);
            Variable shares = Relu(1 - (Abs(ExpandAxis(moved, -1) - _atoms) * (1 / _gap)));
            Variable target = StopGradient(Sum(ExpandAxis(Softmax(next), -1) * shares, -2));
            return -Sum(target * LogSoftmax(outputs), -1);
        }
    }

    /// <summary>W. Dabney, M. Rowland, M. G. Bellemare, R. Munos (2018), "Distributional reinforcement learning with quantile regression": Huber's quantile loss with kappa = 1, summed over quantiles and averaged over targets.</summary>
    private sealed record QuantileReturn : ReturnModel
    {
        private readonly Variable _levels;

        public QuantileReturn(int count)
        {
            Outputs = Require.Positive(count, nameof(count));
            _levels = Levels(count);
        }

        public override int Outputs { get; }

        public override Variable Expectation(Variable outputs) => Operations.Mean(outputs, -1);

        public override Variable Loss(Variable outputs, Variable next, Variable rewards, Variable discounts)
        {
            Variable target = StopGradient(ExpandAxis(rewards, -1) + (ExpandAxis(discounts, -1) * next));
            Variable error = ExpandAxis(target, -2) - ExpandAxis(outputs, -1);
            return QuantileHuber(error, _levels);
        }
    }

    /// <summary>The levels (i + 1/2) / n of n quantiles of equal weight, [n, 1].</summary>
    internal static Variable Levels(int count)
    {
        double[] levels = new double[count];
        for (int i = 0; i < count; i++)
            levels[i] = (i + 0.5) / count;
        return Variable.Constant<double>(levels, [count, 1]);
    }

    /// <summary>Huber's quantile loss of errors [rows, quantiles, targets], summed over quantiles and averaged over targets.</summary>
    internal static Variable QuantileHuber(Variable error, Variable levels) => Sum(Operations.Mean(Abs(levels - StopGradient(error < 0)) * Huber(error), -1), -1);

    /// <summary>x^2 / 2 within 1, |x| - 1 / 2 beyond.</summary>
    private static Variable Huber(Variable x)
    {
        Variable size = Abs(x), inner = Min(size, 1.0);
        return inner * (size - (0.5 * inner));
    }
}
