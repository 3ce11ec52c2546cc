namespace OptiCore.Samplers;

/// <summary>The last answers of the model with their levels, the latest first, while a multistep method is written.</summary>
internal sealed class OutputHistory(SolverPlan plan, int capacity)
{
    private readonly List<(Register Register, NoiseLevel Level)> _outputs = [];

    public int Count => _outputs.Count;

    /// <summary>The register of an answer, 0 for the latest.</summary>
    public Register this[int age] => _outputs[age].Register;

    /// <summary>The level of an answer.</summary>
    public NoiseLevel Level(int age) => _outputs[age].Level;

    /// <summary>Evaluates the model on the samples and keeps the answer; the oldest beyond the capacity is dropped.</summary>
    public void Evaluate(Register source, in NoiseLevel level, Prediction prediction)
    {
        if (_outputs.Count == capacity)
        {
            plan.Free(_outputs[^1].Register);
            _outputs.RemoveAt(capacity - 1);
        }

        Register register = plan.Allocate();
        plan.Evaluate(register, source, level, prediction);
        _outputs.Insert(0, (register, level));
    }

    /// <summary>Replaces the latest answer by what is in another register.</summary>
    public void ReplaceLatest(Register register)
    {
        plan.Free(_outputs[0].Register);
        _outputs[0] = (register, _outputs[0].Level);
    }
}

/// <summary>With which order a multistep method takes its first and last steps.</summary>
internal static class StepOrder
{
    /// <summary>
    /// The order of step i of a grid: no more than the answers there are, no more than the steps that are left where the grid has fewer than <paramref name="reduceBelow"/> steps,
    /// and 1 to a level without noise, where the length of the step in lambda is infinite.
    /// </summary>
    public static int At(int i, TimeGrid grid, int order, int reduceBelow)
    {
        int least = Math.Min(order, i + 1);
        if (grid.Steps < reduceBelow)
            least = Math.Min(least, grid.Steps - i);
        return grid[i + 1].Sigma == 0 ? 1 : least;
    }
}
