using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>A point as a convex combination of atoms: what away and pairwise steps remember. Grows by doubling when a new atom has no room.</summary>
internal sealed class AtomCombination : IPersistent
{
    private readonly int _n;
    private double[] _atoms;
    private double[] _weights;
    private int _count = 1;

    public AtomCombination(ReadOnlySpan<double> start)
    {
        _n = start.Length;
        _weights = new double[16];
        _atoms = new double[16 * _n];
        start.CopyTo(_atoms);
        _weights[0] = 1;
    }

    public int Count => _count;

    public ReadOnlySpan<double> Atom(int k) => _atoms.AsSpan(k * _n, _n);

    public double Weight(int k) => _weights[k];

    /// <summary>The atom with the largest product with the gradient.</summary>
    public int Worst(ReadOnlySpan<double> gradient)
    {
        int worst = 0;
        double largest = double.NegativeInfinity;
        for (int k = 0; k < _count; k++)
        {
            double product = Reduce.Dot(Atom(k), gradient);
            if (product > largest)
                (worst, largest) = (k, product);
        }

        return worst;
    }

    /// <summary>x + gamma (v - x).</summary>
    public void Towards(ReadOnlySpan<double> vertex, double gamma, bool whole)
    {
        if (whole)
        {
            vertex.CopyTo(_atoms);
            _weights[0] = 1;
            _count = 1;
            return;
        }

        for (int k = 0; k < _count; k++)
            _weights[k] *= 1 - gamma;
        _weights[Find(vertex)] += gamma;
    }

    /// <summary>x + gamma (x - a).</summary>
    public void AwayFrom(int atom, double gamma, bool whole)
    {
        for (int k = 0; k < _count; k++)
            _weights[k] *= 1 + gamma;
        _weights[atom] -= gamma;
        if (whole || _weights[atom] <= 0)
            Remove(atom);
    }

    /// <summary>x + gamma (v - a).</summary>
    public void Transfer(int atom, ReadOnlySpan<double> vertex, double gamma, bool whole)
    {
        _weights[atom] -= gamma;
        if (whole || _weights[atom] <= 0)
            Remove(atom);
        _weights[Find(vertex)] += gamma;
    }

    private int Find(ReadOnlySpan<double> vertex)
    {
        for (int k = 0; k < _count; k++)
        {
            if (Atom(k).SequenceEqual(vertex))
                return k;
        }

        if (_count == _weights.Length)
        {
            Array.Resize(ref _weights, 2 * _count);
            Array.Resize(ref _atoms, 2 * _count * _n);
        }

        vertex.CopyTo(_atoms.AsSpan(_count * _n));
        _weights[_count] = 0;
        return _count++;
    }

    private void Remove(int atom)
    {
        _count--;
        _weights[atom] = _weights[_count];
        Atom(_count).CopyTo(_atoms.AsSpan(atom * _n));
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer(ref _atoms);
        archive.Transfer(ref _weights);
        archive.Transfer(ref _count);
    }
}
