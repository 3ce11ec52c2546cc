using OptiCore.Devices;
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
            Add(GpuReduce.SumRows, site.Inputs[0], along, site.Outputs[0]);
    }

    private void Max(KernelSite site, int firstAxis, int axisCount)
    {
        (int outer, int along, int inner) = Blocks.Around(site.Inputs[0].Shape, firstAxis, axisCount);
        if (inner > 1)
            _steps.Add(_kernels.MaxColumns(offset(site.Inputs[0]), offset(site.Outputs[0]), outer, along, inner));
        else
            Add(GpuReduce.MaxRows, site.Inputs[0], along, site.Outputs[0]);
    }

    /// <summary>A function of the rows of the last axes.</summary>
    private void Add(Action<GpuDevice, DeviceBuffer<T>, int, DeviceBuffer<T>, DeviceStream?> function, Operand input, int columns, Operand output)
    {
        (GpuBuffer<T> from, GpuBuffer<T> to) = (Part(input), Part(output));
        _steps.Add(new LaunchStep<T>((_, stream) => function(device, from, columns, to, stream)));
    }

    private GpuBuffer<T> Part(Operand operand) => memory.Slice(offset(operand), operand.Count);

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

    /// <summary>Random numbers from a key that the computation knows.</summary>
    private void Draw(KernelSite site, RandomOperation random)
    {
        if (site.Inputs.Length > 0)
            throw new NotSupportedException($"Random draws whose keys depend on an index have no kernel for '{device.Name}'; computations with them run on the processor: computation.Start().");
        int key = site.KeyIndex(random.Root);
        GpuBuffer<T> target = Part(site.Outputs[0]);
        _steps.Add(new LaunchStep<T>((program, stream) =>
        {
            RandomKey own = program.Key(key);
            foreach (ulong? fold in random.Folds.Values)
                own = own.Fold(fold!.Value);
            Fill(random.Law, own, target, stream);
        }));
    }

    private void Fill(RandomLaw law, RandomKey key, GpuBuffer<T> target, GpuStream stream)
    {
        if (target is GpuBuffer<float> floats)
        {
            switch (law)
            {
                case RandomLaw.Uniform: GpuRandomFill.Uniform(device, key, floats, stream: stream); break;
                case RandomLaw.Normal: GpuRandomFill.Normal(device, key, floats, stream: stream); break;
                case RandomLaw.Exponential: GpuRandomFill.Exponential(device, key, floats, stream: stream); break;
                default: GpuRandomFill.Gumbel(device, key, floats, stream: stream); break;
            }
        }
        else if (target is GpuBuffer<double> doubles)
        {
            switch (law)
            {
                case RandomLaw.Uniform: GpuRandomFill.Uniform(device, key, doubles, stream: stream); break;
                case RandomLaw.Normal: GpuRandomFill.Normal(device, key, doubles, stream: stream); break;
                case RandomLaw.Exponential: GpuRandomFill.Exponential(device, key, doubles, stream: stream); break;
                default: GpuRandomFill.Gumbel(device, key, doubles, stream: stream); break;
            }
        }
    }
}
