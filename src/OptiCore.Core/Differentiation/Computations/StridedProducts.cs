namespace OptiCore.Differentiation;

/// <summary>
/// Expressions in which products read and write tensors whose axes are exchanged where they lie, as long as rows stay whole: attention moves its heads before the places and back without a copy.
/// </summary>
internal static class StridedProducts
{
    /// <summary>Rewrites expressions.</summary>
    /// <returns>The expressions, in the order given.</returns>
    public static Variable[] Of(ReadOnlySpan<Variable> results)
    {
        List<Node> order = Node.InOrder(results);
        Dictionary<Node, int> uses = Rewriting.Uses(order, results);
        return Rewriting.Of(order, results, Replace);

        Variable? Replace(Node node, Func<Variable, Variable> rewritten)
        {
            if (node.Operation is MatMulOperation)
                return Product(node, null, rewritten);
            return Rows(node) is { } moved && node.Inputs[0].Node is { Operation: MatMulOperation } product && uses[product] == 1 ? Product(product, moved, rewritten) : null;
        }
    }

    /// <summary>The product with the moves of its factors, and of its result where there is one, taken up; null where there is none.</summary>
    private static Variable? Product(Node node, AxisList? ofResult, Func<Variable, Variable> rewritten)
    {
        var operation = (MatMulOperation)node.Operation;
        (Variable a, AxisList? ofA) = Unmoved(node.Inputs[0], rewritten);
        (Variable b, AxisList? ofB) = Unmoved(node.Inputs[1], rewritten);
        return ofA is null && ofB is null && ofResult is null ? null : new StridedMatMulOperation(operation, ofA, ofB, ofResult).ApplyOne(a, b);
    }

    private static (Variable Factor, AxisList? Order) Unmoved(Variable factor, Func<Variable, Variable> rewritten) =>
        Rows(factor.Node) is { } order ? (rewritten(factor.Node.Inputs[0]), order) : (rewritten(factor), null);

    /// <summary>The order in which a node puts axes, if it moves whole rows.</summary>
    private static AxisList? Rows(Node node) =>
        node.Operation is TransposeOperation { Order: var order } && order.Values.Length > 2 && order.Values[^1] == order.Values.Length - 1 && !node.Operation.TryView(node, out _) ? order : null;
}
