using System.Globalization;

namespace OptiCore.Samplers;

/// <summary>A vector of a <see cref="SolverPlan"/>: the batch of samples, a stage or an answer of the model.</summary>
/// <param name="Index">Its number.</param>
public readonly record struct Register(int Index);

/// <summary>
/// What a solver does on a grid, as a list of two kinds of instructions: evaluate the model on a register, and set a register to a linear combination of others and of fresh noise.
/// </summary>
/// <remarks>
/// <para>Coefficients depend on the grid and not on the samples, so they are computed once, when the plan is written, and any batch runs through the same few passes over memory. A solver writes
/// <code>
/// plan.Evaluate(answer, plan.Sample, grid[i], Prediction.Data);
/// plan.Add(plan.Sample, a).Add(answer, b).Noise(c).Advance();       // x = a x + b answer + c z, now at grid[i + 1]
/// </code>
/// and ends each step by <see cref="Advance"/>. Registers other than <see cref="Sample"/> keep their contents from step to step.</para>
/// <para>Every method of the family is such a list; what interleaves with it (a time shift, a compensation, a search over coefficients) works on the list.</para>
/// </remarks>
public sealed class SolverPlan
{
    private readonly List<Instruction> _instructions = [];
    private readonly List<int> _registers = [];
    private readonly List<double> _coefficients = [];
    private readonly List<Register> _free = [];
    private readonly List<(int End, int Level)> _steps = [];
    private int _firstTerm;
    private double _noise;

    /// <summary>Begins an empty plan for a grid.</summary>
    /// <param name="grid">The grid.</param>
    public SolverPlan(TimeGrid grid) => Grid = Require.NotNull(grid);

    internal enum Operation
    {
        Evaluate,
        Combine,
        Advance,
    }

    /// <summary>The grid that the plan goes through.</summary>
    public TimeGrid Grid { get; }

    /// <summary>The register of the samples at the last level that was reached.</summary>
    public Register Sample { get; }

    /// <summary>The number of steps written; a step may pass over levels of the grid.</summary>
    public int Steps => _steps.Count;

    /// <summary>The index of the level that the steps written so far reach.</summary>
    public int Reached => Steps == 0 ? 0 : _steps[^1].Level;

    /// <summary>The number of registers, those of the samples and of the noise included.</summary>
    public int Registers { get; private set; } = 2;

    /// <summary>The number of evaluations written.</summary>
    public int Evaluations { get; private set; }

    /// <summary>The number of draws of noise written.</summary>
    public int Draws { get; private set; }

    internal static Register FreshNoise => new(1);

    internal ReadOnlySpan<Instruction> Instructions => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_instructions);

    internal ReadOnlySpan<int> TermRegisters => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_registers);

    internal ReadOnlySpan<double> TermCoefficients => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_coefficients);

    /// <summary>A register of its own, one that was freed if there is one.</summary>
    public Register Allocate()
    {
        if (_free.Count == 0)
            return new Register(Registers++);
        Register register = _free[^1];
        _free.RemoveAt(_free.Count - 1);
        return register;
    }

    /// <summary>Gives a register back for other uses.</summary>
    /// <param name="register">The register.</param>
    public void Free(Register register)
    {
        if (register.Index <= FreshNoise.Index || _free.Contains(register))
            throw new ArgumentException($"Register {register.Index} isn't allocated.", nameof(register));
        _free.Add(register);
    }

    /// <summary>Evaluates the model.</summary>
    /// <param name="target">Receives the prediction.</param>
    /// <param name="source">The samples.</param>
    /// <param name="level">Their level.</param>
    /// <param name="prediction">What is wanted; the model's answer is converted.</param>
    public void Evaluate(Register target, Register source, in NoiseLevel level, Prediction prediction)
    {
        if (target == Sample || target == source)
            throw new ArgumentException($"A prediction can't replace register {target.Index}, which holds the samples.", nameof(target));
        _instructions.Add(new Instruction(Operation.Evaluate, target.Index, Check(source).Index, level, prediction, 0, 0, -1));
        Evaluations++;
    }

    /// <summary>Adds a term to the combination that the next <see cref="Combine"/> or <see cref="Advance"/> makes. Terms of one register are joined, zeros left out.</summary>
    /// <param name="register">A register.</param>
    /// <param name="coefficient">Its coefficient.</param>
    /// <exception cref="ArgumentOutOfRangeException">The coefficient isn't finite: the solver can't be used on this grid.</exception>
    public SolverPlan Add(Register register, double coefficient)
    {
        if (!double.IsFinite(coefficient))
        {
            throw new ArgumentOutOfRangeException(nameof(coefficient), coefficient, string.Create(CultureInfo.InvariantCulture,
                $"A coefficient of step {Steps} is {coefficient}: the solver can't go on from {Grid[Reached]} to {Grid[Math.Min(Reached + 1, Grid.Steps)]}; begin with some data in the sample, or end with some noise."));
        }

        Check(register);
        for (int i = _firstTerm; i < _registers.Count; i++)
        {
            if (_registers[i] == register.Index)
            {
                _coefficients[i] += coefficient;
                return this;
            }
        }

        if (coefficient != 0)
        {
            _registers.Add(register.Index);
            _coefficients.Add(coefficient);
        }

        return this;
    }

    /// <summary>Adds fresh standard normal noise to the combination. A coefficient of 0 draws none.</summary>
    /// <param name="coefficient">Its standard deviation.</param>
    public SolverPlan Noise(double coefficient)
    {
        _noise = Require.Finite(coefficient, nameof(coefficient));
        return this;
    }

    /// <summary>Sets a register to the combination, for a stage within a step.</summary>
    /// <param name="target">The register; it may be one of the terms, but not <see cref="Sample"/>.</param>
    public void Combine(Register target)
    {
        if (target == Sample)
            throw new ArgumentException("The samples are replaced by Advance.", nameof(target));
        Combined(Operation.Combine, Check(target).Index);
    }

    /// <summary>Makes the combination the samples of a later level, and ends the step.</summary>
    /// <param name="levels">How many levels further; 1 for the next.</param>
    public void Advance(int levels = 1)
    {
        if (levels < 1 || Reached + levels > Grid.Steps)
            throw new ArgumentOutOfRangeException(nameof(levels), levels, $"levels is {levels} but {Grid.Steps - Reached} are left.");
        Combined(Operation.Advance, Sample.Index);
        _steps.Add((_instructions.Count, Reached + levels));
    }

    /// <summary>The range of instructions of a step.</summary>
    internal (int From, int To) Step(int step) => (step == 0 ? 0 : _steps[step - 1].End, _steps[step].End);

    /// <summary>The index of the level after so many steps.</summary>
    internal int LevelAfter(int steps) => steps == 0 ? 0 : _steps[steps - 1].Level;

    private void Combined(Operation operation, int target)
    {
        int draw = _noise == 0 ? -1 : Draws++;
        Add(FreshNoise, _noise);
        _instructions.Add(new Instruction(operation, target, -1, default, default, _firstTerm, _registers.Count - _firstTerm, draw));
        _firstTerm = _registers.Count;
        _noise = 0;
    }

    private Register Check(Register register) => (uint)register.Index < (uint)Registers
        ? register
        : throw new ArgumentOutOfRangeException(nameof(register), register.Index, $"There are {Registers} registers.");

    internal readonly record struct Instruction(Operation Operation, int Target, int Source, NoiseLevel Level, Prediction Prediction, int FirstTerm, int Terms, int Draw);
}
