namespace OptiCore.Problems;

/// <summary>Writes residuals and, where <paramref name="jacobian"/> isn't empty, the Jacobian, row-major.</summary>
internal delegate void ResidualFormula(ReadOnlySpan<double> x, Span<double> residuals, Span<double> jacobian);

/// <summary>Residuals and Jacobian from one formula, so that the two can't drift apart.</summary>
internal sealed class ResidualModel(int dimension, int count, ResidualFormula formula) : IDifferentiableResidualFunction<double>
{
    public int Dimension => dimension;

    public int ResidualCount => count;

    public void Residuals(ReadOnlySpan<double> x, Span<double> residuals) => formula(x, residuals, []);

    public void ResidualsAndJacobian(ReadOnlySpan<double> x, Span<double> residuals, Span<double> jacobian)
    {
        jacobian.Clear();
        formula(x, residuals, jacobian);
    }
}
