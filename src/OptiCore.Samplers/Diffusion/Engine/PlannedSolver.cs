using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>A solver whose work on a grid is a <see cref="SolverPlan"/>, written once when it starts.</summary>
public abstract record PlannedSolver : IDiffusionSolver
{
    /// <summary>Writes the steps of a grid.</summary>
    /// <param name="plan">An empty plan; <see cref="SolverPlan.Grid"/> is the grid.</param>
    public abstract void Write(SolverPlan plan);

    /// <summary>The plan for a grid.</summary>
    /// <param name="grid">The grid.</param>
    /// <exception cref="ArgumentOutOfRangeException">The solver can't be used on this grid.</exception>
    public SolverPlan Plan(TimeGrid grid)
    {
        var plan = new SolverPlan(grid);
        Write(plan);
        return plan.Reached == grid.Steps ? plan : throw new InvalidOperationException($"{GetType().Name} goes to level {plan.Reached} of {grid.Steps}.");
    }

    /// <inheritdoc/>
    public DiffusionState Start(DiffusionProblem problem, ReadOnlySpan<double> initial)
    {
        Require.NotNull(problem);
        return new PlanState(Plan(problem.Grid), problem, initial);
    }

    private sealed class PlanState : DiffusionState
    {
        private readonly SolverPlan _plan;
        private readonly DiffusionProblem _problem;
        private readonly BatchEvaluator _evaluator;
        private readonly double[][] _registers;
        private readonly int _spare;
        private int _step;

        public PlanState(SolverPlan plan, DiffusionProblem problem, ReadOnlySpan<double> initial)
        {
            _plan = plan;
            _problem = problem;
            _evaluator = new BatchEvaluator(problem.Model, problem.Workers);
            int length = checked(problem.Count * problem.Model.Dimension);
            Require.Length(initial.Length, length, nameof(initial));

            // Behind the plan's registers the place where the next samples are made, so that those of before are kept if they aren't finite.
            _spare = plan.Registers;
            _registers = new double[plan.Registers + 1][];
            for (int i = 0; i < _registers.Length; i++)
                _registers[i] = new double[i == SolverPlan.FreshNoise.Index && plan.Draws == 0 ? 0 : length];
            initial.CopyTo(_registers[0]);
        }

        public override ReadOnlySpan<double> Samples => _registers[0];

        public override NoiseLevel Level => _plan.Grid[_plan.LevelAfter(_step)];

        public override double Progress => (double)_plan.LevelAfter(_step) / _plan.Grid.Steps;

        public override bool IsFinished => _step == _plan.Steps;

        public override long Evaluations => _evaluator.Evaluations;

        public override bool Step()
        {
            if (IsFinished)
                return true;
            if (!Run(_plan.Step(_step)))
                return false;
            _step++;
            return true;
        }

        public override void Persist(StateArchive archive)
        {
            _plan.Grid.Expect(archive);
            archive.Expect(_plan.Instructions.Length, "a number of instructions of");
            archive.Transfer(ref _step);
            long evaluations = _evaluator.Evaluations;
            archive.Transfer(ref evaluations);
            _evaluator.Evaluations = evaluations;
            for (int i = 0; i < _plan.Registers; i++)
                archive.Transfer<double>(_registers[i]);
        }

        private bool Run((int From, int To) range)
        {
            ReadOnlySpan<SolverPlan.Instruction> instructions = _plan.Instructions;
            for (int i = range.From; i < range.To; i++)
            {
                ref readonly SolverPlan.Instruction instruction = ref instructions[i];
                if (instruction.Operation == SolverPlan.Operation.Evaluate)
                {
                    if (!_evaluator.Evaluate(_registers[instruction.Source], instruction.Level, instruction.Prediction, _registers[instruction.Target]))
                        return false;
                    continue;
                }

                if (instruction.Draw >= 0)
                    _problem.Noise.Fill(instruction.Draw, _problem.FirstSample, _problem.Model.Dimension, _registers[SolverPlan.FreshNoise.Index]);
                bool isAdvance = instruction.Operation == SolverPlan.Operation.Advance;
                double[] target = _registers[isAdvance ? _spare : instruction.Target];
                LinearCombination.Sum(
                    _plan.TermCoefficients.Slice(instruction.FirstTerm, instruction.Terms), _plan.TermRegisters.Slice(instruction.FirstTerm, instruction.Terms), _registers, target);
                if (!isAdvance)
                    continue;
                if (!LinearCombination.AllFinite(target))
                    return false;
                (_registers[0], _registers[_spare]) = (_registers[_spare], _registers[0]);
            }

            return true;
        }
    }
}
