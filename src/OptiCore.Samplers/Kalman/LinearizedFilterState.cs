using OptiCore.LinearAlgebra;
using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>The recursion that the Kalman filter and the extended one share: the model linearised at the filtered and at the predicted mean.</summary>
internal sealed class LinearizedFilterState : GaussianFilterState
{
    private readonly IDifferentiableGaussianModel _model;
    private readonly CovarianceForm _form;
    private readonly int _iterations;
    private readonly double[] _f, _h, _y, _residual, _weighted, _noise, _gain, _point, _first, _second;
    private readonly double[] _root, _predictedRoot, _noiseRoot, _innovation, _array, _triangle;
    private readonly Qr<double>? _predictQr, _correctQr;

    public LinearizedFilterState(IDifferentiableGaussianModel model, CovarianceForm form, int iterations) : base(model)
    {
        (_model, _form, _iterations) = (model, form, iterations);
        int n = StateCount, p = ObservationCount, most = Math.Max(n, p);
        (_f, _h, _y, _residual, _weighted) = (new double[n * n], new double[p * n], new double[p], new double[p], new double[p]);
        (_noise, _gain, _point, _first, _second) = (new double[p * p], new double[p * n], new double[n], new double[most * n], new double[most * n]);
        _innovation = new double[p * p];
        (_root, _predictedRoot, _noiseRoot, _array, _triangle) = ([], [], [], [], []);
        if (form == CovarianceForm.SquareRoot)
        {
            (_root, _predictedRoot, _noiseRoot) = (new double[n * n], new double[n * n], new double[p * p]);
            _array = new double[Math.Max(2 * n * n, (n + p) * (n + p))];
            _triangle = new double[(n + p) * (n + p)];
            (_predictQr, _correctQr) = (new Qr<double>(2 * n, n), new Qr<double>(n + p, n + p));
            model.InitialCovariance.CopyTo(_predictedRoot);
            GaussianRoot.TryFactor(_predictedRoot, n, out _);
        }
    }

    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Transfer<double>(_root);
        archive.Transfer<double>(_predictedRoot);
    }

    protected override bool Predict(int step, Moments moments)
    {
        int n = StateCount;
        _model.TransitionAndJacobian(step, moments.Mean, moments.PredictedMean, _f);
        ReadOnlySpan<double> q = _model.TransitionCovariance(step);
        Blas.Gemm(false, true, n, n, n, 1.0, moments.Covariance, n, _f, n, 0.0, moments.Cross, n);
        if (_form == CovarianceForm.Full)
        {
            q.CopyTo(moments.PredictedCovariance);
            Blas.Gemm(false, false, n, n, n, 1.0, _f, n, moments.Cross, n, 1.0, moments.PredictedCovariance, n);
            SmallMatrix.Symmetrize(moments.PredictedCovariance, n);
            return true;
        }

        // [(F S)'; L_Q'] = Q R, and R'R = F P F' + Q.
        q.CopyTo(_predictedRoot);
        if (!GaussianRoot.TryFactor(_predictedRoot, n, out _))
            return false;
        Span<double> array = _array.AsSpan(0, 2 * n * n);
        Blas.Gemm(true, true, n, n, n, 1.0, _root, n, _f, n, 0.0, array, n);
        SmallMatrix.Transpose(_predictedRoot, n, n, array[(n * n)..]);
        _predictQr!.Factor(array);
        SmallMatrix.LowerRoot(_predictQr, n, _triangle, _predictedRoot);
        Blas.Gemm(false, true, n, n, n, 1.0, _predictedRoot, n, _predictedRoot, n, 0.0, moments.PredictedCovariance, n);
        return true;
    }

    protected override bool Correct(int step, ReadOnlySpan<double> observation, Moments moments, out double logLikelihood)
    {
        int n = StateCount;
        logLikelihood = 0;
        _model.ObservationCovariance(step).CopyTo(_noise);
        int present = Missing.Mask(observation, _noise);
        if (_form == CovarianceForm.SquareRoot)
        {
            _noise.CopyTo(_noiseRoot, 0);
            if (!GaussianRoot.TryFactor(_noiseRoot, ObservationCount, out _))
                return false;
        }

        moments.PredictedMean.CopyTo(moments.Mean);
        for (int iteration = 0; iteration < _iterations; iteration++)
        {
            moments.Mean.CopyTo(_point);
            Linearize(step, observation, moments.PredictedMean);
            double value = _form == CovarianceForm.Full ? CorrectFull(moments, present) : CorrectRoot(moments, present);
            if (double.IsNaN(value))
                return false;
            if (iteration == 0)
                logLikelihood = value;
        }

        if (_form == CovarianceForm.SquareRoot)
            Blas.Gemm(false, true, n, n, n, 1.0, _root, n, _root, n, 0.0, moments.Covariance, n);
        return true;
    }

    protected override void KeepPrediction(Moments moments)
    {
        base.KeepPrediction(moments);
        _predictedRoot.CopyTo(_root, 0);
    }

    /// <summary>H at the point, and the residual y - h(point) - H (predicted - point), both 0 where the observation is missing.</summary>
    private void Linearize(int step, ReadOnlySpan<double> observation, ReadOnlySpan<double> predicted)
    {
        int n = StateCount;
        _model.ObservationAndJacobian(step, _point, _y, _h);
        for (int i = 0; i < _y.Length; i++)
        {
            Span<double> row = _h.AsSpan(i * n, n);
            if (double.IsNaN(observation[i]))
            {
                row.Clear();
                _residual[i] = 0;
                continue;
            }

            double residual = observation[i] - _y[i];
            for (int j = 0; j < n; j++)
                residual -= row[j] * (predicted[j] - _point[j]);
            _residual[i] = residual;
        }
    }

    private double CorrectFull(Moments moments, int present)
    {
        int n = StateCount, p = ObservationCount;
        Span<double> hp = _first.AsSpan(0, p * n), s = _innovation, identityMinus = _first.AsSpan(0, n * n), product = _second.AsSpan(0, n * n);
        Blas.Gemm(false, false, p, n, n, 1.0, _h, n, moments.PredictedCovariance, n, 0.0, hp, n);
        _noise.CopyTo(s);
        Blas.Gemm(false, true, p, p, n, 1.0, hp, n, _h, n, 1.0, s, p);
        if (!GaussianRoot.TryFactor(s, p, out bool definite) || !definite)
            return double.NaN;

        // The transposed gain S^-1 H P.
        hp.CopyTo(_gain);
        Cholesky.Solve(s, p, p, _gain.AsSpan(), n, n);
        moments.PredictedMean.CopyTo(moments.Mean);
        Blas.Gemv(true, p, n, 1.0, _gain, n, _residual, 1.0, moments.Mean);

        identityMinus.Clear();
        for (int i = 0; i < n; i++)
            identityMinus[(i * n) + i] = 1;
        Blas.Gemm(true, false, n, n, p, -1.0, _gain, n, _h, n, 1.0, identityMinus, n);
        Blas.Gemm(false, false, n, n, n, 1.0, identityMinus, n, moments.PredictedCovariance, n, 0.0, product, n);
        Blas.Gemm(false, true, n, n, n, 1.0, product, n, identityMinus, n, 0.0, moments.Covariance, n);
        Span<double> noisy = _first.AsSpan(0, p * n);
        Blas.Gemm(false, false, p, n, p, 1.0, _noise, p, _gain, n, 0.0, noisy, n);
        Blas.Gemm(true, false, n, n, p, 1.0, _gain, n, noisy, n, 1.0, moments.Covariance, n);
        SmallMatrix.Symmetrize(moments.Covariance, n);
        _residual.CopyTo(_weighted, 0);
        return SmallMatrix.LogDensity(s, p, _weighted, present);
    }

    /// <summary>[L_R' 0; (H S)' S'] = Q [L_S' K~'; 0 S+'], after which K = K~ L_S^-1.</summary>
    private double CorrectRoot(Moments moments, int present)
    {
        int n = StateCount, p = ObservationCount, m = n + p;
        Span<double> array = _array.AsSpan(0, m * m);
        array.Clear();
        for (int i = 0; i < p; i++)
        {
            for (int j = 0; j <= i; j++)
                array[(j * m) + i] = _noiseRoot[(i * p) + j];
        }

        Blas.Gemm(true, true, n, p, n, 1.0, _predictedRoot, n, _h, n, 0.0, array[(p * m)..], m);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
                array[((p + j) * m) + p + i] = _predictedRoot[(i * n) + j];
        }

        _correctQr!.Factor(array);
        SmallMatrix.LowerRoot(_correctQr, m, _triangle, array);
        Span<double> s = _innovation;
        for (int i = 0; i < p; i++)
        {
            array.Slice(i * m, p).CopyTo(s[(i * p)..]);
            if (s[(i * p) + i] <= 0)
                return double.NaN;
        }

        _residual.CopyTo(_weighted, 0);
        double value = SmallMatrix.LogDensity(s, p, _weighted, present);
        moments.PredictedMean.CopyTo(moments.Mean);
        for (int i = 0; i < n; i++)
        {
            ReadOnlySpan<double> row = array.Slice((p + i) * m, m);
            for (int k = 0; k < p; k++)
                moments.Mean[i] += row[k] * _weighted[k];
            row.Slice(p, n).CopyTo(_root.AsSpan(i * n));
        }

        return value;
    }
}
