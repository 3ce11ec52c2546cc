using System.Numerics;

namespace OptiCore.Differentiation;

/// <summary>
/// A loop: each step computes, from what the step before carried on, one element of each sequence, the step's number and what is used from around, what is carried on and one element of each
/// result.
/// </summary>
/// <remarks>
/// <para>Arguments of the body: carried, elements, the number, captured. Its results: carried, elements; before them, of a conditional loop, a number that is 0 if the step is not to be done.
/// Arguments of the node: the number of steps if it is counted, first carried, sequences, captured. Its results: last carried, results; after them, of a conditional loop, the number of
/// steps done.</para>
/// <para>The derivative is the loop backwards. What the backward steps need of the forward steps, a loop with more results keeps; where the same loop is needed with different
/// results, all are computed by one (<see cref="Merge"/>).</para>
/// </remarks>
internal sealed record ScanOperation(Body Body, int CarryCount, int SequenceCount, int Length) : Operation
{
    /// <summary>True for the steps from the last to the first.</summary>
    public bool IsReverse { get; init; }

    /// <summary>True if the body says whether a step is done.</summary>
    public bool IsConditional { get; init; }

    /// <summary>True if the number of steps is an argument.</summary>
    public bool IsCounted { get; init; }

    /// <summary>The body of the loop whose results these are, with more: equal bodies are one loop.</summary>
    public Body Origin { get; init; } = Body;

    public override string Name => "scan";

    private int First => IsConditional ? 1 : 0;

    private int ResultCount => Body.Results.Length - First - CarryCount;

    private int Lead => IsCounted ? 1 : 0;

    public bool Equals(ScanOperation? other) =>
        other is not null && ReferenceEquals(Body, other.Body) && (CarryCount, SequenceCount, Length, IsReverse, IsConditional, IsCounted)
        == (other.CarryCount, other.SequenceCount, other.Length, other.IsReverse, other.IsConditional, other.IsCounted);

    public override int GetHashCode() => HashCode.Combine(System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(Body), Length, IsReverse);

    /// <summary>One loop in place of several that differ in their results only.</summary>
    public static Variable[] Merge(ReadOnlySpan<Variable> results)
    {
        var groups = new Dictionary<Body, List<Node>>();
        foreach (Node node in Node.InOrder(results))
        {
            if (node.Operation is not ScanOperation scan)
                continue;
            if (!groups.TryGetValue(scan.Origin, out List<Node>? group))
                groups[scan.Origin] = group = [];
            group.Add(node);
        }

        Variable[] merged = results.ToArray();
        foreach (List<Node> group in groups.Values)
        {
            if (group.Count < 2 || group.Exists(node => !node.Inputs.AsSpan().SequenceEqual(group[0].Inputs)))
                continue;
            var scan = (ScanOperation)group[0].Operation;
            List<Variable> all = [.. scan.Body.Results];
            foreach (Node node in group)
            {
                foreach (Variable result in ((ScanOperation)node.Operation).Body.Results.AsSpan(scan.First + scan.CarryCount))
                {
                    if (all.IndexOf(result, scan.First + scan.CarryCount) < 0)
                        all.Add(result);
                }
            }

            Variable[] one = (scan with { Body = new Body(scan.Body.Arguments, [.. all]), Origin = scan.Origin }).Apply(group[0].Inputs);
            var replaced = new List<Variable>();
            var replacements = new List<Variable>();
            foreach (Node node in group)
            {
                var own = (ScanOperation)node.Operation;
                for (int i = 0; i < node.Shapes.Length; i++)
                {
                    replaced.Add(new Variable(node, i));
                    int at = i < own.CarryCount ? i
                        : i == own.CarryCount + own.ResultCount ? one.Length - 1
                        : all.IndexOf(own.Body.Results[own.First + i], own.First + own.CarryCount) - own.First;
                    replacements.Add(one[at]);
                }
            }

            return Merge(Body.Substitute(merged, [.. replaced], [.. replacements]));
        }

        return merged;
    }

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs)
    {
        int lead = Lead, elements = lead + CarryCount;
        for (int i = 0; i < CarryCount; i++)
        {
            if (Body.Results[First + i].Shape != inputs[lead + i])
                throw Misfit($"carried number {i} becomes {Body.Results[First + i].Shape} in a step.", inputs[lead + i]);
        }

        for (int i = 0; i < SequenceCount; i++)
        {
            if (inputs[elements + i].Rank == 0 || inputs[elements + i][0] != Length)
                throw Misfit($"a sequence must have {Length} elements along its first axis.", inputs[elements + i]);
        }

        var shapes = new Shape[CarryCount + ResultCount + First];
        for (int i = 0; i < CarryCount; i++)
            shapes[i] = inputs[lead + i];
        for (int i = 0; i < ResultCount; i++)
            shapes[CarryCount + i] = Body.Results[First + CarryCount + i].Shape.After([Length]);
        return shapes;
    }

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => throw new System.Diagnostics.UnreachableException();

    internal override Variable?[] Cotangents(Node node, ReadOnlySpan<bool> wanted, ReadOnlySpan<Variable?> cotangents)
    {
        int lead = Lead, sequences = lead + CarryCount, captured = sequences + SequenceCount, capturedCount = node.Inputs.Length - captured;
        Variable[] arguments = Body.Arguments;
        Variable step = arguments[CarryCount + SequenceCount];
        ReadOnlySpan<Variable> bodyCaptured = arguments.AsSpan(CarryCount + SequenceCount + 1);

        // One step backwards: from the cotangents of what the step carried on and of its results to those of its arguments.
        var carryBar = new Variable[CarryCount];
        var seeds = new Variable?[Body.Results.Length];
        for (int i = 0; i < CarryCount; i++)
            seeds[First + i] = carryBar[i] = Variable.Input("cotangent", Body.Results[First + i].Shape);
        var resultBar = new List<Variable>();
        var resultCotangents = new List<Variable>();
        for (int i = 0; i < ResultCount; i++)
        {
            if (cotangents[CarryCount + i] is not { } given)
                continue;
            var bar = Variable.Input("cotangent", Body.Results[First + CarryCount + i].Shape);
            seeds[First + CarryCount + i] = bar;
            resultBar.Add(bar);
            resultCotangents.Add(given);
        }

        var by = new List<Variable>();
        var places = new List<int>();
        for (int i = 0; i < CarryCount + SequenceCount; i++)
        {
            if (i < CarryCount || wanted[lead + i])
            {
                by.Add(arguments[i]);
                places.Add(lead + i);
            }
        }

        for (int i = 0; i < capturedCount; i++)
        {
            if (wanted[captured + i])
            {
                by.Add(bodyCaptured[i]);
                places.Add(captured + i);
            }
        }

        Variable?[] backs = Pullback.Of(Body.Results, seeds, [.. by]);
        var outputs = new Variable[backs.Length];
        for (int i = 0; i < outputs.Length; i++)
            outputs[i] = backs[i] ?? Operations.BroadcastTo(0, by[i].Shape);

        // What the backward step uses of the forward one: kept as results of the forward loop, unless it is an argument that is there anyway.
        HashSet<Node> backward = Body.Dependents(outputs, [.. carryBar, .. resultBar]), ofArguments = Body.Dependents(outputs, arguments);
        var kept = new List<Variable>();
        var used = new HashSet<Variable>();
        void Use(Variable variable)
        {
            int argument = Array.IndexOf(arguments, variable);
            if (backward.Contains(variable.Node) || variable == step || (argument < 0 && !ofArguments.Contains(variable.Node)) || !used.Add(variable))
                return;
            if (argument < CarryCount)
                kept.Add(variable);
        }

        foreach (Node inner in Node.InOrder(outputs))
        {
            if (!backward.Contains(inner))
                continue;
            foreach (Variable input in inner.Inputs)
                Use(input);
        }

        foreach (Variable output in outputs)
            Use(output);

        ScanOperation forward = this;
        Node forwardNode = node;
        var added = kept.FindAll(variable => Array.IndexOf(Body.Results, variable, First + CarryCount) < 0);
        if (added.Count > 0)
        {
            forward = this with { Body = new Body(arguments, [.. Body.Results, .. added]), Origin = Origin };
            forwardNode = new Node(forward, node.Inputs);
        }

        // The backward loop: carries cotangents of what was carried, and sums of those of what was captured.
        List<Variable> carryArguments = [.. carryBar], carryResults = [], elementResults = [], initial = [];
        for (int i = 0; i < CarryCount; i++)
        {
            carryResults.Add(outputs[i]);
            initial.Add(cotangents[i] ?? Operations.BroadcastTo(0, carryBar[i].Shape));
        }

        for (int i = CarryCount; i < outputs.Length; i++)
        {
            if (places[i] < captured)
            {
                elementResults.Add(outputs[i]);
                continue;
            }

            var sum = Variable.Input("sum", outputs[i].Shape);
            carryArguments.Add(sum);
            carryResults.Add(sum + outputs[i]);
            initial.Add(Operations.BroadcastTo(0, outputs[i].Shape));
        }

        List<Variable> elementArguments = [.. resultBar], sequenceInputs = [.. resultCotangents], fresh = [];
        foreach (Variable variable in kept)
        {
            fresh.Add(Variable.Input("kept", variable.Shape));
            elementArguments.Add(fresh[^1]);
            sequenceInputs.Add(new Variable(forwardNode, Array.IndexOf(forward.Body.Results, variable, First + CarryCount) - First));
        }

        var capturedArguments = new List<Variable>();
        var capturedInputs = new List<Variable>();
        for (int i = CarryCount; i < arguments.Length; i++)
        {
            if (!used.Contains(arguments[i]))
                continue;
            if (i < CarryCount + SequenceCount)
            {
                elementArguments.Add(arguments[i]);
                sequenceInputs.Add(node.Inputs[lead + i]);
            }
            else
            {
                capturedArguments.Add(arguments[i]);
                capturedInputs.Add(node.Inputs[captured + i - CarryCount - SequenceCount - 1]);
            }
        }

        Variable[] stepResults = Body.Substitute([.. carryResults, .. elementResults], [.. kept], [.. fresh]);
        var body = new Body([.. carryArguments, .. elementArguments, step, .. capturedArguments], stepResults);
        bool counted = IsCounted || IsConditional;
        var backwardScan = new ScanOperation(body, carryArguments.Count, elementArguments.Count, Length) { IsReverse = !IsReverse, IsCounted = counted };
        Variable[] count = IsConditional ? [new Variable(forwardNode, forwardNode.Shapes.Length - 1)] : IsCounted ? [node.Inputs[0]] : [];
        Variable[] results = backwardScan.Apply([.. count, .. initial, .. sequenceInputs, .. capturedInputs]);

        var all = new Variable?[wanted.Length];
        int element = carryArguments.Count, sumAt = CarryCount;
        for (int i = 0; i < outputs.Length; i++)
        {
            if (i < CarryCount)
                all[places[i]] = results[i];
            else if (places[i] < captured)
                all[places[i]] = results[element++];
            else
                all[places[i]] = results[sumAt++];
        }

        return all;
    }

    internal override Variable[] Batch(ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size)
    {
        int lead = Lead;
        Variable[] own = inputs.ToArray();
        var inside = new bool[Body.Arguments.Length];
        for (int i = 0; i < CarryCount; i++)
        {
            if (!batched[lead + i])
                own[lead + i] = Operations.BroadcastTo(own[lead + i], own[lead + i].Shape.After([size]));
            inside[i] = true;
        }

        for (int i = 0; i < SequenceCount; i++)
        {
            // Steps come first, elements of the batch second.
            inside[CarryCount + i] = batched[lead + CarryCount + i];
            if (batched[lead + CarryCount + i])
                own[lead + CarryCount + i] = SwapFirstTwo(own[lead + CarryCount + i]);
        }

        for (int i = CarryCount + SequenceCount + 1; i < inside.Length; i++)
            inside[i] = batched[lead + i - 1];
        Body mapped = Batching.Of(Body, inside, size);
        if (IsConditional)
            mapped = WhileAny(mapped, size);
        if (IsCounted && batched[0])
        {
            var counts = Variable.Input("counts", own[0].Shape);
            mapped = Masked(mapped, step => step < counts, counts, size);
            own = [Operations.Max(own[0]), .. own.AsSpan(1), own[0]];
        }

        Variable[] results = (this with { Body = mapped, Origin = mapped }).Apply(own);
        for (int i = CarryCount; i < CarryCount + ResultCount; i++)
            results[i] = SwapFirstTwo(results[i]);
        if (IsConditional)
            results[^1] = Operations.BroadcastTo(results[^1], [size]);
        return results;
    }

    /// <summary>A step is done as long as any element of the batch wants it; the others stay as they are.</summary>
    private Body WhileAny(Body mapped, int size)
    {
        Body masked = Masked(mapped, _ => mapped.Results[0], null, size);
        masked.Results[0] = Operations.Max(mapped.Results[0]);
        return masked;
    }

    /// <summary>A step that changes only what is carried by some elements of the batch, and whose results for the others are 0.</summary>
    private Body Masked(Body mapped, Func<Variable, Variable> isActive, Variable? argument, int size)
    {
        Variable mask = isActive(mapped.Arguments[CarryCount + SequenceCount]);
        Variable[] results = [.. mapped.Results];
        for (int i = First; i < results.Length; i++)
        {
            var lengths = new int[results[i].Rank];
            Array.Fill(lengths, 1);
            lengths[0] = size;
            results[i] = Operations.Select(Operations.Reshape(mask, Shape.Create(lengths)), results[i], i - First < CarryCount ? mapped.Arguments[i - First] : 0);
        }

        return new Body(argument is { } added ? [.. mapped.Arguments, added] : mapped.Arguments, results);
    }

    private static Variable SwapFirstTwo(Variable x)
    {
        var order = new int[x.Rank];
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        (order[0], order[1]) = (1, 0);
        return Operations.Transpose(x, order);
    }

    internal override Kernel<T> Lower<T>(KernelSite site) => new ScanKernel<T>(site, this);

    private sealed unsafe class ScanKernel<T>(KernelSite site, ScanOperation scan) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Nested<T> _nested = new(scan.Body, site);

        public override object? NewState(Frame<T> frame)
        {
            Replay<T> replay = _nested.Start(frame);
            for (int i = 0; i < scan.CarryCount; i++)
                replay.Bind(i, new Block<T>(scan.Body.Arguments[i].Shape.ElementCount));
            replay.Bind(scan.CarryCount + scan.SequenceCount, new Block<T>(1));
            return replay;
        }

        public override void Run(Frame<T> frame)
        {
            var replay = (Replay<T>)frame.States[site.Index]!;
            Frame<T> inner = replay.Frame;
            _nested.PassKeys(frame, inner);
            int lead = scan.Lead, carry = scan.CarryCount, sequences = scan.SequenceCount, first = scan.First, results = scan.ResultCount, step = carry + sequences;
            for (int i = 0; i < carry; i++)
                frame.Span(site.Inputs[lead + i]).CopyTo(replay.Input(i));
            for (int i = step + 1; i < scan.Body.Arguments.Length; i++)
                inner.Bind(Plan<T>.FirstInput + i, frame.At(site.Inputs[lead + i - 1]));
            int count = scan.IsCounted ? Math.Clamp(int.CreateTruncating(*frame.At(site.Inputs[0])), 0, scan.Length) : scan.Length, done = 0;
            if (scan.IsConditional || count < scan.Length)
            {
                for (int i = 0; i < results; i++)
                    frame.Span(site.Outputs[carry + i]).Clear();
            }

            for (; done < count; done++)
            {
                int at = scan.IsReverse ? count - 1 - done : done;
                for (int i = 0; i < sequences; i++)
                    inner.Bind(Plan<T>.FirstInput + carry + i, frame.At(site.Inputs[lead + carry + i]) + ((nint)at * scan.Body.Arguments[carry + i].Shape.ElementCount));
                replay.Input(step)[0] = T.CreateTruncating(at);
                replay.Run();
                if (scan.IsConditional && replay.Output(0)[0] == T.Zero)
                    break;
                for (int i = 0; i < results; i++)
                {
                    ReadOnlySpan<T> element = replay.Output(first + carry + i);
                    element.CopyTo(frame.Span(site.Outputs[carry + i]).Slice(at * element.Length, element.Length));
                }

                for (int i = 0; i < carry; i++)
                    replay.Output(first + i).CopyTo(replay.Input(i));
            }

            for (int i = 0; i < carry; i++)
                replay.Input(i).CopyTo(frame.Span(site.Outputs[i]));
            if (scan.IsConditional)
                *frame.At(site.Outputs[^1]) = T.CreateTruncating(done);
        }
    }
}
