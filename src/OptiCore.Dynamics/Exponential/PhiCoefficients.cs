using OptiCore.LinearAlgebra;

namespace OptiCore.Dynamics;

/// <summary>The coefficients of an <see cref="ExponentialScheme"/> for one L and one step size at a time: each a matrix, or a diagonal.</summary>
internal sealed class PhiCoefficients
{
    private readonly ISemilinearOde _system;
    private readonly PhiTerm[][] _sums;
    private readonly bool[] _isTimesStep;
    private readonly double[][] _values;
    private readonly double[] _scales;
    private readonly PhiFunctions?[] _functions;
    private readonly double[] _phi;
    private readonly int _highest;
    private double _step = double.NaN;

    /// <summary>Allocates everything.</summary>
    /// <param name="system">The system.</param>
    /// <param name="sums">The coefficients.</param>
    /// <param name="isTimesStep">Which of them are multiplied by the step.</param>
    public PhiCoefficients(ISemilinearOde system, PhiTerm[][] sums, bool[] isTimesStep)
    {
        int n = system.Dimension, size = system.IsDiagonal ? n : n * n;
        _system = system;
        _sums = sums;
        _isTimesStep = isTimesStep;
        _values = new double[sums.Length][];
        var highest = new SortedDictionary<double, int>();
        for (int i = 0; i < sums.Length; i++)
        {
            _values[i] = new double[size];
            foreach ((int function, double scale, _) in sums[i])
            {
                highest[scale] = Math.Max(function, highest.GetValueOrDefault(scale));
                _highest = Math.Max(_highest, function);
            }
        }

        _scales = [.. highest.Keys];
        _phi = new double[system.IsDiagonal ? _highest + 1 : (_highest + 1) * size];
        _functions = new PhiFunctions?[_scales.Length];
        for (int i = 0; i < _scales.Length; i++)
            _functions[i] = system.IsDiagonal || _scales[i] == 0 ? null : new PhiFunctions(n, highest[_scales[i]]);
    }

    /// <summary>Computes the coefficients for a step unless they are those already.</summary>
    public void Prepare(double h)
    {
        if (h == _step)
            return;
        _step = double.NaN;
        foreach (double[] values in _values)
            Array.Clear(values);
        for (int i = 0; i < _scales.Length; i++)
        {
            if (_system.IsDiagonal)
                AddDiagonal(_scales[i], h);
            else
                AddDense(_functions[i], _scales[i], h);
        }

        _step = h;
    }

    /// <summary>to += coefficient * from.</summary>
    public void AddProduct(int index, ReadOnlySpan<double> from, Span<double> to)
    {
        double[] values = _values[index];
        int n = to.Length;
        if (!_system.IsDiagonal)
        {
            Blas.Gemv(false, n, n, 1, values, n, from, 1, to);
            return;
        }

        for (int i = 0; i < n; i++)
            to[i] += values[i] * from[i];
    }

    private void AddDiagonal(double scale, double h)
    {
        ReadOnlySpan<double> linear = _system.Linear;
        for (int j = 0; j < linear.Length; j++)
        {
            PhiFunctions.Evaluate(scale * h * linear[j], _phi);
            for (int i = 0; i < _sums.Length; i++)
            {
                foreach (PhiTerm term in _sums[i])
                {
                    if (term.Scale == scale)
                        _values[i][j] += (_isTimesStep[i] ? h : 1) * term.Weight * _phi[term.Function];
                }
            }
        }
    }

    private void AddDense(PhiFunctions? functions, double scale, double h)
    {
        int n = _system.Dimension, size = n * n;
        functions?.Compute(scale * h, _system.Linear, _phi.AsSpan(0, (functions.Highest + 1) * size));
        for (int i = 0; i < _sums.Length; i++)
        {
            double[] values = _values[i];
            foreach (PhiTerm term in _sums[i])
            {
                if (term.Scale != scale)
                    continue;
                double factor = (_isTimesStep[i] ? h : 1) * term.Weight;
                if (functions is null)
                {
                    for (int j = 0; j < size; j += n + 1)
                        values[j] += factor / ExponentialScheme.Factorial(term.Function);
                    continue;
                }

                ReadOnlySpan<double> phi = _phi.AsSpan(term.Function * size, size);
                for (int j = 0; j < size; j++)
                    values[j] += factor * phi[j];
            }
        }
    }
}
