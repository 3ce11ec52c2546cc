using OptiCore.Differentiation;

namespace OptiCore.Gpu;

// Moves are runs without operations: a load along some axes and a store along others.
internal sealed partial class Lowering<T>
{
    private void Transpose(KernelSite site, ReadOnlySpan<int> order)
    {
        Shape from = site.Inputs[0].Shape, to = site.Outputs[0].Shape;
        var strides = new int[from.Rank];
        for (int i = from.Rank - 1, stride = 1; i >= 0; stride *= from[i--])
            strides[i] = stride;
        var axes = new (int Length, int Stride)[to.Rank];
        for (int i = 0; i < axes.Length; i++)
            axes[^(i + 1)] = (to[i], strides[order[i]]);
        Move(offset(site.Inputs[0]), Axes.Of(axes), offset(site.Outputs[0]), Axes.Contiguous(to.ElementCount), to.ElementCount);
    }

    private void Slice(KernelSite site, int axis, int start)
    {
        (int outer, int along, int inner) = Blocks.Around(site.Inputs[0].Shape, axis);
        int length = site.Outputs[0].Shape[axis] * inner, count = outer * length;
        Move(offset(site.Inputs[0]) + (start * inner), Axes.Of([(length, 1), (outer, along * inner)]), offset(site.Outputs[0]), Axes.Contiguous(count), count);
    }

    private void Pad(KernelSite site, int axis, int before)
    {
        (int outer, int from, int inner) = Blocks.Around(site.Inputs[0].Shape, axis);
        int along = site.Outputs[0].Shape[axis], count = outer * from * inner;
        _steps.Add(new ClearStep<T>(offset(site.Outputs[0]), site.Outputs[0].Count));
        if (count > 0)
            Move(offset(site.Inputs[0]), Axes.Contiguous(count), offset(site.Outputs[0]) + (before * inner), Axes.Of([(from * inner, 1), (outer, along * inner)]), count);
    }

    private void Concatenate(KernelSite site, int axis)
    {
        (int outer, int along, int inner) = Blocks.Around(site.Outputs[0].Shape, axis);
        int target = offset(site.Outputs[0]);
        foreach (Operand input in site.Inputs)
        {
            int length = input.Shape[axis] * inner, count = outer * length;

            // A part may have been computed in its place.
            if (count > 0 && offset(input) != target)
                Move(offset(input), Axes.Contiguous(count), target, Axes.Of([(length, 1), (outer, along * inner)]), count);
            target += length;
        }
    }

    private void Move(int source, Axes from, int target, Axes to, int count)
    {
        var builder = new RunBuilder(count);
        builder.Store(builder.Load(source, from), target, to);
        _steps.Add(builder.Build<T>(device));
    }
}
