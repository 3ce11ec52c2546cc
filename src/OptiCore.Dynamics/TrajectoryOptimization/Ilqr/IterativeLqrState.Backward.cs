using OptiCore.LinearAlgebra;

namespace OptiCore.Dynamics;

/// <content>Expansion along the trajectory and the backward pass.</content>
public sealed partial class IterativeLqrState
{
    private readonly double[] _fx, _fu, _lx, _lu, _lxx, _luu, _lux;
    private readonly double[] _vx, _vxx, _qx, _qu, _qxx, _quu, _qux, _quuRegular, _quxRegular, _va, _vb, _lowStep, _highStep, _freeGain, _hessian;
    private readonly BoxNewton _box;
    private double _linear, _quadratic;

    private double ExpectedAt(double alpha) => -((alpha * _linear) + (alpha * alpha * _quadratic));

    private bool Expand()
    {
        int n = _n, m = _m;
        bool finite = true;
        for (int k = 0; k < _steps; k++)
        {
            ReadOnlySpan<double> x = _x.AsSpan(k * n, n), u = _u.AsSpan(k * m, m);
            Span<double> fx = _fx.AsSpan(k * n * n, n * n), fu = _fu.AsSpan(k * n * m, n * m);

            // The next state is computed again into a buffer: it is the one of the rollout.
            _problem.System.NextAndJacobians(k, x, u, _vx, fx, fu);
            var derivatives = new CostDerivatives
            {
                X = _lx.AsSpan(k * n, n),
                U = _lu.AsSpan(k * m, m),
                XX = _lxx.AsSpan(k * n * n, n * n),
                UU = _luu.AsSpan(k * m * m, m * m),
                UX = _lux.AsSpan(k * m * n, m * n),
            };
            _problem.Cost.StageAndDerivatives(k, x, u, derivatives);
            finite &= Matrices.AllFinite(fx) && Matrices.AllFinite(fu) && Matrices.AllFinite(derivatives.X) && Matrices.AllFinite(derivatives.U)
                && Matrices.AllFinite(derivatives.XX) && Matrices.AllFinite(derivatives.UU) && Matrices.AllFinite(derivatives.UX);
        }

        Span<double> slope = _lx.AsSpan(_steps * n, n), hessian = _lxx.AsSpan(_steps * n * n, n * n);
        _problem.Cost.TerminalAndDerivatives(_x.AsSpan(_steps * n, n), slope, hessian);
        return finite && Matrices.AllFinite(slope) && Matrices.AllFinite(hessian);
    }

    /// <summary>Gains from the last step to the first; false where the Hessian in the free controls isn't positive definite.</summary>
    private bool BackwardPass()
    {
        int n = _n, m = _m;
        bool ofStates = _options.Regularization == TrajectoryRegularization.States;
        _lx.AsSpan(_steps * n, n).CopyTo(_vx);
        _lxx.AsSpan(_steps * n * n, n * n).CopyTo(_vxx);
        (_linear, _quadratic, _largestStep) = (0, 0, 0);
        for (int k = _steps - 1; k >= 0; k--)
        {
            ReadOnlySpan<double> fx = _fx.AsSpan(k * n * n, n * n), fu = _fu.AsSpan(k * n * m, n * m);
            _lx.AsSpan(k * n, n).CopyTo(_qx);
            Blas.Gemv(true, n, n, 1.0, fx, n, _vx, 1.0, _qx);
            _lu.AsSpan(k * m, m).CopyTo(_qu);
            Blas.Gemv(true, n, m, 1.0, fu, m, _vx, 1.0, _qu);
            _lxx.AsSpan(k * n * n, n * n).CopyTo(_qxx);
            _luu.AsSpan(k * m * m, m * m).CopyTo(_quu);
            _lux.AsSpan(k * m * n, m * n).CopyTo(_qux);
            if (_curved is not null)
                AddCurvature(k);
            Blas.Multiply<double>(_vxx, fx, _va, n, n, n);
            Blas.Multiply<double>(_vxx, fu, _vb, n, n, m);
            Blas.Gemm(true, false, n, n, n, 1.0, fx, n, _va, n, 1.0, _qxx, n);
            Blas.Gemm(true, false, m, m, n, 1.0, fu, m, _vb, m, 1.0, _quu, m);
            Blas.Gemm(true, false, m, n, n, 1.0, fu, m, _va, n, 1.0, _qux, n);
            _quu.CopyTo(_quuRegular, 0);
            _qux.CopyTo(_quxRegular, 0);
            if (_mu > 0 && ofStates)
            {
                Blas.Gemm(true, false, m, m, n, _mu, fu, m, fu, m, 1.0, _quuRegular, m);
                Blas.Gemm(true, false, m, n, n, _mu, fu, m, fx, n, 1.0, _quxRegular, n);
            }

            for (int j = 0; j < m && _mu > 0 && !ofStates; j++)
                _quuRegular[(j * m) + j] += _mu;
            Matrices.Symmetrize(_quuRegular, m);

            Span<double> step = _k.AsSpan(k * m, m), gain = _gains.AsSpan(k * m * n, m * n);
            for (int j = 0; j < m; j++)
            {
                _lowStep[j] = _lower[j] - _u[(k * m) + j];
                _highStep[j] = _upper[j] - _u[(k * m) + j];
            }

            if (!_box.TrySolve(_quuRegular, _qu, _lowStep, _highStep, step))
                return false;
            gain.Clear();
            int free = _box.FreeCount;
            for (int i = 0; i < free; i++)
                _quxRegular.AsSpan(_box.Free[i] * n, n).CopyTo(_freeGain.AsSpan(i * n));
            if (free > 0)
                Cholesky.Solve<double>(_box.Factor, free, free, _freeGain.AsSpan(0, free * n), n, n);
            for (int i = 0; i < free; i++)
            {
                for (int j = 0; j < n; j++)
                    gain[(_box.Free[i] * n) + j] = -_freeGain[(i * n) + j];
            }

            _linear += Matrices.Dot(step, _qu);
            _quadratic += 0.5 * Matrices.Form(step, _quu, step);
            for (int j = 0; j < m; j++)
                _largestStep = Math.Max(_largestStep, Math.Abs(step[j]) / (1 + Math.Abs(_u[(k * m) + j])));

            // The value with gains that aren't those of the plain minimum: Vx = Qx + K'Quu k + K'Qu + Qux'k, Vxx = Qxx + K'Quu K + K'Qux + Qux'K.
            _qu.CopyTo(_lowStep, 0);
            Blas.Gemv(false, m, m, 1.0, _quu, m, step, 1.0, _lowStep);
            _qx.CopyTo(_vx, 0);
            Blas.Gemv(true, m, n, 1.0, gain, n, _lowStep, 1.0, _vx);
            Blas.Gemv(true, m, n, 1.0, _qux, n, step, 1.0, _vx);
            _qxx.CopyTo(_vxx, 0);
            _qux.CopyTo(_freeGain, 0);
            Blas.Gemm(false, false, m, n, m, 1.0, _quu, m, gain, n, 1.0, _freeGain, n);
            Blas.Gemm(true, false, n, n, m, 1.0, gain, n, _freeGain, n, 1.0, _vxx, n);
            Blas.Gemm(true, false, n, n, m, 1.0, _qux, n, gain, n, 1.0, _vxx, n);
            Matrices.Symmetrize(_vxx, n);
        }

        _expected = ExpectedAt(1);
        return Matrices.AllFinite(_vx) && double.IsFinite(_expected);
    }

    private void AddCurvature(int k)
    {
        int n = _n, m = _m, order = n + m;
        _curved!.Curvature(k, _x.AsSpan(k * n, n), _u.AsSpan(k * m, m), _vx, _hessian);
        for (int i = 0; i < order; i++)
        {
            for (int j = 0; j < order; j++)
            {
                double value = _hessian[(i * order) + j];
                if (i < n && j < n)
                    _qxx[(i * n) + j] += value;
                else if (i >= n && j < n)
                    _qux[((i - n) * n) + j] += value;
                else if (i >= n)
                    _quu[((i - n) * m) + j - n] += value;
            }
        }
    }
}
