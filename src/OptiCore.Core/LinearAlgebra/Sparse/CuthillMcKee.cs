namespace OptiCore.LinearAlgebra;

/// <summary>
/// The reverse Cuthill-McKee order: breadth first from a vertex at the rim, neighbours by degree, and the whole reversed. Orders each connected part by itself.
/// </summary>
/// <remarks>E. Cuthill, J. McKee (1969), Reducing the bandwidth of sparse symmetric matrices; A. George, J. W. H. Liu (1979), An implementation of a pseudoperipheral node finder, ACM Trans. Math. Softw. 5, 284-295.</remarks>
internal static class CuthillMcKee
{
    public static int[] Reverse(Graph graph)
    {
        int n = graph.Order, done = 0, stamp = 0;
        int[] order = new int[n], seen = new int[n];
        bool[] placed = new bool[n];
        for (int i = 0; i < n; i++)
        {
            if (placed[i])
                continue;
            int root = Rim(graph, i, order.AsSpan(done), seen, ref stamp);
            int end = Breadth(graph, root, order.AsSpan(done), seen, ++stamp, sorted: true, out _).Length;
            foreach (int vertex in order.AsSpan(done, end))
                placed[vertex] = true;
            done += end;
        }

        Array.Reverse(order);
        return order;
    }

    /// <summary>A vertex of nearly the largest distance to another one: of the last level the least degree, as long as levels are gained.</summary>
    private static int Rim(Graph graph, int root, Span<int> space, int[] seen, ref int stamp)
    {
        ReadOnlySpan<int> reached = Breadth(graph, root, space, seen, ++stamp, sorted: false, out (int Count, int Last) levels);
        while (true)
        {
            int candidate = reached[levels.Last];
            foreach (int vertex in reached[levels.Last..])
            {
                if (Degree(graph, vertex) < Degree(graph, candidate))
                    candidate = vertex;
            }

            reached = Breadth(graph, candidate, space, seen, ++stamp, sorted: false, out (int Count, int Last) further);
            if (further.Count <= levels.Count)
                return candidate;
            levels = further;
        }
    }

    private static ReadOnlySpan<int> Breadth(Graph graph, int root, Span<int> queue, int[] seen, int stamp, bool sorted, out (int Count, int Last) levels)
    {
        queue[0] = root;
        seen[root] = stamp;
        int read = 0, written = 1, levelEnd = 1;
        levels = (1, 0);
        while (read < written)
        {
            if (read == levelEnd)
            {
                levels = (levels.Count + 1, read);
                levelEnd = written;
            }

            int vertex = queue[read++], first = written;
            foreach (int neighbour in graph.Neighbours.AsSpan(graph.Starts[vertex]..graph.Starts[vertex + 1]))
            {
                if (seen[neighbour] == stamp)
                    continue;
                seen[neighbour] = stamp;
                queue[written++] = neighbour;
            }

            if (sorted)
                ByDegree(graph, queue[first..written]);
        }

        return queue[..written];
    }

    // Insertion sort: stable and without allocation, for lists as short as the neighbours of one vertex usually are.
    private static void ByDegree(Graph graph, Span<int> vertices)
    {
        for (int i = 1; i < vertices.Length; i++)
        {
            int vertex = vertices[i], j = i;
            for (; j > 0 && Degree(graph, vertices[j - 1]) > Degree(graph, vertex); j--)
                vertices[j] = vertices[j - 1];
            vertices[j] = vertex;
        }
    }

    private static int Degree(Graph graph, int vertex) => graph.Starts[vertex + 1] - graph.Starts[vertex];
}
