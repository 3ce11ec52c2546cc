using OptiCore.LinearAlgebra;

namespace OptiCore.Differentiation;

/// <summary>
/// Expressions in which a sum of products A_i' B_i, such as the gradient of a weight that every step of a sequence uses, is one product of the A and the B below each other: one pass over the
/// result instead of one for each step, and a depth at which a product runs at full speed.
/// </summary>
/// <remarks>Done when expressions are compiled and not when they are written: only the sum is linear in each of its terms, as the derivative along a direction needs it.</remarks>
internal static class JoinedProducts
{
    /// <summary>Rewrites expressions.</summary>
    /// <returns>The expressions, in the order given.</returns>
    public static Variable[] Of(ReadOnlySpan<Variable> results)
    {
        List<Node> order = Node.InOrder(results);
        Dictionary<Node, int> uses = Rewriting.Uses(order, results);
        var inner = new HashSet<Node>();
        foreach (Node node in order)
        {
            foreach (Variable input in node.Inputs)
            {
                if (IsSum(node) && IsTerm(input, node))
                    inner.Add(input.Node);
            }
        }

        // Of a chain of sums the last one is rewritten, with all terms at hand.
        return Rewriting.Of(order, results, (node, rewritten) => IsSum(node) && !inner.Contains(node) ? Join(node, rewritten) : null);

        bool IsTerm(Variable input, Node sum) => uses[input.Node] == 1 && input.Shape == sum.Shapes[0];

        Variable? Join(Node sum, Func<Variable, Variable> rewritten)
        {
            List<Variable> left = [], right = [], others = [];
            var open = new Stack<Variable>();
            open.Push(new Variable(sum, 0));
            int rows = 0;
            while (open.Count > 0)
            {
                Variable term = open.Pop();
                bool isOwn = term.Node == sum || IsTerm(term, sum);
                if (isOwn && IsSum(term.Node))
                {
                    // The way back meets the last use first: so the terms come out in the order of their uses.
                    open.Push(term.Node.Inputs[0]);
                    open.Push(term.Node.Inputs[1]);
                }
                else if (isOwn && term.Node is { Operation: MatMulOperation { TransposeA: true, TransposeB: false }, Inputs: [{ Rank: 2 } a, { Rank: 2 } b] })
                {
                    left.Add(rewritten(a));
                    right.Add(rewritten(b));
                    rows += a.Shape[0];
                }
                else
                    others.Add(rewritten(term));
            }

            // Blocks of the full depth are added by the product itself.
            if (left.Count < 2 || rows / left.Count >= Gemm.DepthBlock)
                return null;
            Variable total = MatMulOperation.Of(Operations.Concatenate(0, [.. left]), Operations.Concatenate(0, [.. right]), true, false);
            foreach (Variable other in others)
                total += other;
            return total;
        }
    }

    private static bool IsSum(Node node) => node.Operation is Binary<Add>;
}
