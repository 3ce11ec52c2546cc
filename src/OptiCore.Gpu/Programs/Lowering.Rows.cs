using OptiCore.Differentiation;

namespace OptiCore.Gpu;

// Reductions and normalisations.
internal sealed partial class Lowering<T>
{
    private void Sum(KernelSite site, int firstAxis, int axisCount)
    {
        (int outer, int along, int inner) = Blocks.Around(site.Inputs[0].Shape, firstAxis, axisCount);
        if (along == 0)
            _steps.Add(new ClearStep<T>(offset(site.Outputs[0]), site.Outputs[0].Count));
        else if (inner > 1)
            _steps.Add(_kernels.SumColumns(offset(site.Inputs[0]), offset(site.Outputs[0]), outer, along, inner));
        else
            _steps.Add(_kernels.SumRows(offset(site.Inputs[0]), offset(site.Outputs[0]), outer, along));
    }

    private void Max(KernelSite site, int firstAxis, int axisCount)
    {
        (int outer, int along, int inner) = Blocks.Around(site.Inputs[0].Shape, firstAxis, axisCount);
        _steps.Add(inner > 1
            ? _kernels.MaxColumns(offset(site.Inputs[0]), offset(site.Outputs[0]), outer, along, inner)
            : _kernels.MaxRows(offset(site.Inputs[0]), offset(site.Outputs[0]), outer, along));
    }

    private void Standardize(KernelSite site, double epsilon) => _steps.Add(_kernels.Standardize(
        new RowShape { First = offset(site.Inputs[0]), Result = offset(site.Outputs[0]), Other = offset(site.Outputs[1]), Rows = site.Outputs[1].Count, Length = site.Inputs[0].Shape[-1] },
        epsilon));

    private void StandardizeCotangent(KernelSite site) => _steps.Add(_kernels.StandardizePullback(new RowShape
    {
        First = offset(site.Inputs[0]),
        Second = offset(site.Inputs[1]),
        Third = offset(site.Inputs[2]),
        Result = offset(site.Outputs[0]),
        Rows = site.Inputs[1].Count,
        Length = site.Inputs[0].Shape[-1],
    }));

    private void SoftmaxCotangent(KernelSite site) => _steps.Add(_kernels.SoftmaxPullback(new RowShape
    {
        First = offset(site.Inputs[0]),
        Second = offset(site.Inputs[1]),
        Result = offset(site.Outputs[0]),
        Rows = site.Inputs[0].Count / site.Inputs[0].Shape[-1],
        Length = site.Inputs[0].Shape[-1],
    }));
}
