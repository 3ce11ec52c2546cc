using OptiCore.Differentiation;

namespace OptiCore.Gpu;

// Elements by indices and their transposes.
internal sealed partial class Lowering<T>
{
    private void Gather(KernelSite site, int axis)
    {
        (int outer, int along, int inner) = Blocks.Around(site.Inputs[0].Shape, axis);
        _steps.Add(_kernels.Gather(Indexed(site, outer, along, site.Inputs[1].Shape[axis], inner)));
    }

    private void ScatterAdd(KernelSite site, int axis)
    {
        (int outer, int along, int inner) = Blocks.Around(site.Outputs[0].Shape, axis);
        _steps.Add(new ClearStep<T>(offset(site.Outputs[0]), site.Outputs[0].Count));
        if (site.Inputs[0].Count > 0)
            _steps.Add(_kernels.ScatterAdd(Indexed(site, outer, along, site.Inputs[0].Shape[axis], inner)));
    }

    private void Take(KernelSite site)
    {
        Shape x = site.Inputs[0].Shape;
        _steps.Add(_kernels.Take(Indexed(site, x[0] * x[1], x[2], site.Inputs[1].Shape[1], x[3]) with { Sharing = x[1] }));
    }

    private void SegmentSum(KernelSite site, int segments)
    {
        Shape x = site.Inputs[0].Shape;
        _steps.Add(new ClearStep<T>(offset(site.Outputs[0]), site.Outputs[0].Count));
        if (site.Inputs[0].Count > 0)
            _steps.Add(_kernels.SegmentSum(Indexed(site, x[0] * x[1], segments, x[2], x[3]) with { Sharing = x[1] }));
    }

    private void OneHot(KernelSite site, int count) => _steps.Add(_kernels.OneHot(new IndexShape
    {
        Index = offset(site.Inputs[0]),
        Result = offset(site.Outputs[0]),
        Along = count,
        Count = site.Inputs[0].Count,
        Fault = site.Index + 1,
    }));

    private void CumulativeSum(KernelSite site, int axis, bool reverse)
    {
        (int outer, int along, int inner) = Blocks.Around(site.Inputs[0].Shape, axis);
        _steps.Add(_kernels.CumulativeSum(new IndexShape { Source = offset(site.Inputs[0]), Result = offset(site.Outputs[0]), Outer = outer, Along = along, Inner = inner }, reverse));
    }

    private void Flip(KernelSite site, int axis)
    {
        (int outer, int along, int inner) = Blocks.Around(site.Inputs[0].Shape, axis);
        int count = outer * along * inner;
        Move(offset(site.Inputs[0]) + ((along - 1) * inner), Axes.Of([(inner, 1), (along, -inner), (outer, along * inner)]), offset(site.Outputs[0]), Axes.Contiguous(count), count);
    }

    private IndexShape Indexed(KernelSite site, int outer, int along, int count, int inner) => new()
    {
        Source = offset(site.Inputs[0]),
        Index = offset(site.Inputs[1]),
        Result = offset(site.Outputs[0]),
        Outer = outer,
        Along = along,
        Count = count,
        Inner = inner,
        Fault = site.Index + 1,
    };
}
