using System.Numerics;
using System.Runtime.InteropServices;
using OptiCore.Randomness;

namespace OptiCore.Differentiation;

/// <summary>The laws that are drawn from directly.</summary>
internal enum RandomLaw
{
    /// <summary>Uniform on [0, 1).</summary>
    Uniform,

    /// <summary>Standard normal.</summary>
    Normal,

    /// <summary>Exponential with mean 1.</summary>
    Exponential,

    /// <summary>Standard Gumbel.</summary>
    Gumbel,
}

/// <summary>Random numbers from a key. Its arguments are the numbers that the key is folded by.</summary>
internal sealed record RandomOperation(RandomLaw Law, KeyVariable Root, FoldList Folds, Shape Draw) : Operation
{
    public override string Name => "random";

    internal override bool IsPiecewiseConstant => true;

    public static Variable Of(RandomLaw law, KeyVariable key, Shape shape)
    {
        ArgumentNullException.ThrowIfNull(key);
        var folds = new ulong?[key.Folds.Length];
        var indices = new List<Variable>();
        for (int i = 0; i < folds.Length; i++)
        {
            folds[i] = key.Folds[i].Index is null ? key.Folds[i].Constant : null;
            if (key.Folds[i].Index is { } index)
                indices.Add(index);
        }

        return new RandomOperation(law, key.Root, new FoldList(folds), shape).ApplyOne([.. indices]);
    }

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs)
    {
        // In a batch, every element has its own index, and with it its own key.
        Shape leading = inputs.IsEmpty ? Shape.Scalar : inputs[0];
        foreach (Shape other in inputs)
        {
            if (other != leading)
                throw Misfit("the indices of keys must have one shape.", inputs);
        }

        return [Draw.After(leading.Lengths)];
    }

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => null;

    internal override Kernel<T> Lower<T>(KernelSite site) => new RandomKernel<T>(site, this);

    private sealed class RandomKernel<T>(KernelSite site, RandomOperation operation) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly int _key = site.KeyIndex(operation.Root);

        public override void Run(Frame<T> frame)
        {
            Span<T> target = frame.Span(site.Outputs[0]);
            int count = operation.Draw.ElementCount;
            if (count == 0)
                return;
            for (int i = 0; i < target.Length / count; i++)
            {
                RandomKey key = frame.Keys[_key];
                int next = 0;
                foreach (ulong? fold in operation.Folds.Values)
                    key = key.Fold(fold ?? ulong.CreateSaturating(frame.Span(site.Inputs[next++])[i]));
                Fill(operation.Law, key, target.Slice(i * count, count), frame.Workers);
            }
        }

        private static void Fill(RandomLaw law, RandomKey key, Span<T> target, IWorkers? workers)
        {
            if (typeof(T) == typeof(float))
            {
                Span<float> floats = MemoryMarshal.Cast<T, float>(target);
                switch (law)
                {
                    case RandomLaw.Uniform: RandomFill.Uniform(key, floats, workers: workers); break;
                    case RandomLaw.Normal: RandomFill.Normal(key, floats, workers: workers); break;
                    case RandomLaw.Exponential: RandomFill.Exponential(key, floats, workers: workers); break;
                    default: RandomFill.Gumbel(key, floats, workers: workers); break;
                }

                return;
            }

            Span<double> doubles = MemoryMarshal.Cast<T, double>(target);
            switch (law)
            {
                case RandomLaw.Uniform: RandomFill.Uniform(key, doubles, workers: workers); break;
                case RandomLaw.Normal: RandomFill.Normal(key, doubles, workers: workers); break;
                case RandomLaw.Exponential: RandomFill.Exponential(key, doubles, workers: workers); break;
                default: RandomFill.Gumbel(key, doubles, workers: workers); break;
            }
        }
    }
}

/// <summary>What a key is folded by, compared by value; null for a number that the computation knows.</summary>
internal readonly struct FoldList(ulong?[] values) : IEquatable<FoldList>
{
    public ulong?[] Values { get; } = values;

    public bool Equals(FoldList other) => Values.AsSpan().SequenceEqual(other.Values);

    public override bool Equals(object? obj) => obj is FoldList other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (ulong? value in Values)
            hash.Add(value);
        return hash.ToHashCode();
    }
}
