namespace OptiCore.Dynamics;

/// <summary>
/// The derivative u that minimises alpha TV(u) + 1/2 min over c of |A u + c - f|^2, where A integrates from the start: noise is suppressed, jumps of the derivative stay. The smoothed series is A u + c.
/// </summary>
/// <remarks>
/// <para>Lagged diffusivity: with |u'| replaced by sqrt(u'^2 + epsilon), each iteration solves (alpha D'E D + A'A) s = -gradient by conjugate gradients, preconditioned by the tridiagonal
/// alpha D'E D + diag(A'A). An iteration costs some tens of passes over the series.</para>
/// <para>The paper takes c = f_0, which lets the noise of one element bend the derivative at the start; the constant is free here.</para>
/// <para>R. Chartrand (2011), Numerical differentiation of noisy, nonsmooth data, ISRN Appl. Math. 2011.</para>
/// </remarks>
[Algorithm("Total-variation derivative", "System identification", "Chartrand (2011), Numerical differentiation of noisy, nonsmooth data")]
public sealed record TotalVariation : DerivativeEstimate
{
    /// <summary>The weight alpha of the total variation: larger is flatter. Default: 0.01.</summary>
    public double Weight { get; init => field = Require.Positive(value); } = 0.01;

    /// <summary>What keeps the total variation smooth, epsilon. Default: 1e-6.</summary>
    public double Smoothing { get; init => field = Require.Positive(value); } = 1e-6;

    /// <summary>The most iterations of lagged diffusivity. Default: 50.</summary>
    public int MaxIterations { get; init => field = Require.Positive(value); } = 50;

    /// <summary>The relative change of u at which the iteration ends. Default: 1e-6.</summary>
    public double Tolerance { get; init => field = Require.Positive(value); } = 1e-6;

    /// <inheritdoc/>
    public override int MinimumLength => 3;

    /// <inheritdoc/>
    public override void Estimate(ReadOnlySpan<double> values, double step, Span<double> smoothed, Span<double> derivative)
    {
        Check(values, step, smoothed, derivative);
        new Descent(this, values, step).Run(smoothed, derivative);
    }

    /// <summary>The iteration. u lives at the elements; (A u)_i is the trapezoidal integral from the first element to element i.</summary>
    private sealed class Descent
    {
        private readonly TotalVariation _options;
        private readonly double _h;
        private readonly int _m;
        private readonly double[] _f, _u, _edge, _gradient, _step, _residual, _direction, _preconditioned, _product, _integral, _diagonal, _factor, _off;

        public Descent(TotalVariation options, ReadOnlySpan<double> values, double step)
        {
            (_options, _h, _m) = (options, step, values.Length);
            _f = values.ToArray();
            _u = new double[_m];
            _edge = new double[_m - 1];
            _gradient = new double[_m];
            _step = new double[_m];
            _residual = new double[_m];
            _direction = new double[_m];
            _preconditioned = new double[_m];
            _product = new double[_m];
            _integral = new double[_m];
            _diagonal = new double[_m];
            _factor = new double[_m];
            _off = new double[_m];
            for (int i = 0; i < _m; i++)
                _u[i] = i == 0 ? (_f[1] - _f[0]) / step : i == _m - 1 ? (_f[i] - _f[i - 1]) / step : (_f[i + 1] - _f[i - 1]) / (2 * step);

            // The diagonal of A'A: column j of A has h/2 in row j (not for the first) and h (h/2 for the first) below.
            for (int j = 0; j < _m; j++)
            {
                double below = j == 0 ? 0.25 : 1;
                _diagonal[j] = step * step * ((j == 0 ? 0 : 0.25) + (below * (_m - 1 - j)));
            }
        }

        public void Run(Span<double> smoothed, Span<double> derivative)
        {
            for (int iteration = 0; iteration < _options.MaxIterations; iteration++)
            {
                for (int i = 0; i < _m - 1; i++)
                {
                    double slope = (_u[i + 1] - _u[i]) / _h;
                    _edge[i] = _options.Weight / (_h * Math.Sqrt((slope * slope) + _options.Smoothing));
                }

                // Data part of the gradient, A'(A u + c - f).
                Integrate(_u, _integral);
                for (int i = 0; i < _m; i++)
                    _integral[i] -= _f[i];
                Centre(_integral);
                Adjoint(_integral, _gradient);
                AddDiffusion(_u, _gradient);
                Solve();
                double change = 0, size = 0;
                for (int i = 0; i < _m; i++)
                {
                    change += _step[i] * _step[i];
                    _u[i] += _step[i];
                    size += _u[i] * _u[i];
                }

                if (change <= _options.Tolerance * _options.Tolerance * size)
                    break;
            }

            _u.CopyTo(derivative);
            Integrate(_u, smoothed);
            double shift = 0;
            for (int i = 0; i < _m; i++)
                shift += (_f[i] - smoothed[i]) / _m;
            for (int i = 0; i < _m; i++)
                smoothed[i] += shift;
        }

        /// <summary>Conjugate gradients for (L + A'A) s = -gradient.</summary>
        private void Solve()
        {
            FactorTridiagonal();
            Array.Clear(_step);
            for (int i = 0; i < _m; i++)
                _residual[i] = -_gradient[i];
            Precondition(_residual, _preconditioned);
            _preconditioned.CopyTo(_direction, 0);
            double rho = Numerics.Reduce.Dot<double>(_residual, _preconditioned), first = rho;
            for (int k = 0; k < 200 && rho > 1e-10 * first && rho > 0; k++)
            {
                Integrate(_direction, _integral);
                Centre(_integral);
                Adjoint(_integral, _product);
                AddDiffusion(_direction, _product);
                double alpha = rho / Numerics.Reduce.Dot<double>(_direction, _product);
                for (int i = 0; i < _m; i++)
                {
                    _step[i] += alpha * _direction[i];
                    _residual[i] -= alpha * _product[i];
                }

                Precondition(_residual, _preconditioned);
                double next = Numerics.Reduce.Dot<double>(_residual, _preconditioned), beta = next / rho;
                rho = next;
                for (int i = 0; i < _m; i++)
                    _direction[i] = _preconditioned[i] + (beta * _direction[i]);
            }
        }

        private void Integrate(ReadOnlySpan<double> u, Span<double> integral)
        {
            double sum = 0;
            integral[0] = 0;
            for (int i = 1; i < _m; i++)
                integral[i] = sum += 0.5 * _h * (u[i - 1] + u[i]);
        }

        private static void Centre(Span<double> w)
        {
            double mean = Numerics.Reduce.Mean<double>(w);
            foreach (ref double value in w)
                value -= mean;
        }

        private void Adjoint(ReadOnlySpan<double> w, Span<double> result)
        {
            double below = 0;
            for (int j = _m - 1; j >= 0; j--)
            {
                result[j] = j == 0 ? 0.5 * _h * below : _h * (below + (0.5 * w[j]));
                below += w[j];
            }
        }

        private void AddDiffusion(ReadOnlySpan<double> u, Span<double> result)
        {
            for (int i = 0; i < _m - 1; i++)
            {
                double flux = _edge[i] * (u[i + 1] - u[i]);
                result[i] -= flux;
                result[i + 1] += flux;
            }
        }

        private void FactorTridiagonal()
        {
            for (int i = 0; i < _m; i++)
            {
                double diagonal = _diagonal[i] + (i > 0 ? _edge[i - 1] : 0) + (i < _m - 1 ? _edge[i] : 0);
                if (i > 0)
                {
                    _off[i] = -_edge[i - 1] / _factor[i - 1];
                    diagonal += _off[i] * _edge[i - 1];
                }

                _factor[i] = diagonal;
            }
        }

        private void Precondition(ReadOnlySpan<double> r, Span<double> z)
        {
            z[0] = r[0];
            for (int i = 1; i < _m; i++)
                z[i] = r[i] - (_off[i] * z[i - 1]);
            z[_m - 1] /= _factor[_m - 1];
            for (int i = _m - 2; i >= 0; i--)
                z[i] = (z[i] / _factor[i]) - (_off[i + 1] * z[i + 1]);
        }
    }
}
