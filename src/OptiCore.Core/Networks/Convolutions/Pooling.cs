using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>The largest element of each window of sequences, [.., length, channels]: see <see cref="Operations.MaxPool1D"/>. No parameters.</summary>
/// <param name="Window">The elements of the window.</param>
public sealed record MaxPool1D(int Window) : PoolingModule(Window)
{
    /// <inheritdoc/>
    public override Variable Apply(Scope scope, Variable x) => Operations.MaxPool1D(x, Window, Axis);
}

/// <summary>The largest element of each window of images, [.., height, width, channels]: see <see cref="Operations.MaxPool2D"/>. No parameters.</summary>
/// <param name="Window">The rows and columns of the window.</param>
public sealed record MaxPool2D(int Window) : PoolingModule(Window)
{
    /// <inheritdoc/>
    public override Variable Apply(Scope scope, Variable x) => Operations.MaxPool2D(x, Window, Window, Axis, Axis);
}

/// <summary>The mean of each window of sequences, [.., length, channels]; zeros of the padding count. See <see cref="Operations.AveragePool1D"/>. No parameters.</summary>
/// <param name="Window">The elements of the window.</param>
public sealed record AveragePool1D(int Window) : PoolingModule(Window)
{
    /// <inheritdoc/>
    public override Variable Apply(Scope scope, Variable x) => Operations.AveragePool1D(x, Window, Axis);
}

/// <summary>The mean of each window of images, [.., height, width, channels]; zeros of the padding count. See <see cref="Operations.AveragePool2D"/>. No parameters.</summary>
/// <param name="Window">The rows and columns of the window.</param>
public sealed record AveragePool2D(int Window) : PoolingModule(Window)
{
    /// <inheritdoc/>
    public override Variable Apply(Scope scope, Variable x) => Operations.AveragePool2D(x, Window, Window, Axis, Axis);
}
