using OptiCore.LinearAlgebra;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// The linear model of residuals, |r + J p|, and its minimiser in an ellipsoid |D p| &lt;= Delta: section 5 of Moré (1978). The damping lambda of
/// min |r + J p|^2 + lambda |D p|^2 is found by Newton's method on the secular equation, safeguarded by bounds, and each damped problem is solved by
/// eliminating sqrt(lambda) D from the triangle of the factorization by Givens rotations.
/// </summary>
internal sealed class TrustRegionStep : IPersistent
{
    private const int MaxSecularIterations = 10;
    private const double RelativeRegionError = 0.1;

    private readonly int _m, _n;
    private readonly PivotedQr<double> _qr;
    private readonly double[] _r, _qtb, _damped, _dampedDiagonal, _rotated, _work, _image, _qtResiduals;

    public TrustRegionStep(int m, int n)
    {
        (_m, _n) = (m, n);
        _qr = new PivotedQr<double>(m, n);
        _r = new double[n * n];
        _qtb = new double[n];
        _damped = new double[n * n];
        _dampedDiagonal = new double[n];
        _rotated = new double[n];
        _work = new double[n];
        _image = new double[n];
        _qtResiduals = new double[m];
    }

    public ReadOnlySpan<double> ColumnNorms => _qr.ColumnNorms;

    /// <summary>max_j |(J^T r)_j|.</summary>
    public double GradientNorm { get; private set; }

    /// <summary>max_j |(J^T r)_j| / |J_j|: the length of the residuals' largest projection onto a column.</summary>
    public double LargestProjection { get; private set; }

    /// <summary>The length of the residuals' projection onto the range of J: what the undamped step would remove.</summary>
    public double PromisedNorm { get; private set; }

    public void Factor(ReadOnlySpan<double> jacobian, ReadOnlySpan<double> residuals)
    {
        int rows = Math.Min(_m, _n);
        _qr.Factor(jacobian);
        _r.AsSpan().Clear();
        _qr.CopyR(_r.AsSpan(0, rows * _n));
        residuals.CopyTo(_qtResiduals);
        _qr.ApplyQTransposed(_qtResiduals);
        _qtb.AsSpan().Clear();
        for (int i = 0; i < rows; i++)
            _qtb[i] = -_qtResiduals[i];

        (GradientNorm, LargestProjection) = (0, 0);
        for (int j = 0; j < _n; j++)
        {
            double product = 0, norm = _qr.ColumnNorms[_qr.Permutation[j]];
            for (int i = 0; i <= j; i++)
                product += _r[(i * _n) + j] * _qtb[i];
            GradientNorm = Math.Max(GradientNorm, Math.Abs(product));
            if (norm > 0)
                LargestProjection = Math.Max(LargestProjection, Math.Abs(product / norm));
        }

        PromisedNorm = Norm(_qtb);
    }

    /// <summary>Writes the step for the region and returns its damping; 0 where the undamped step lies inside.</summary>
    /// <param name="scale">D.</param>
    /// <param name="region">Delta.</param>
    /// <param name="guess">The damping to begin with.</param>
    /// <param name="step">Receives p.</param>
    public double Solve(ReadOnlySpan<double> scale, double region, double guess, Span<double> step)
    {
        ReadOnlySpan<int> permutation = _qr.Permutation;
        bool fullRank = GaussNewton(step);
        double length = ScaledNorm(scale, step), excess = length - region;
        if (excess <= RelativeRegionError * region)
            return 0;

        // Bounds: from below by the slope of the secular equation at 0, which needs full rank; from above by the gradient.
        double lower = 0;
        if (fullRank && double.IsFinite(length))
        {
            for (int j = 0; j < _n; j++)
            {
                int l = permutation[j];
                _work[j] = scale[l] * (scale[l] * step[l] / length);
            }

            for (int j = 0; j < _n; j++)
            {
                double sum = _work[j];
                for (int i = 0; i < j; i++)
                    sum -= _r[(i * _n) + j] * _work[i];
                _work[j] = sum / _r[(j * _n) + j];
            }

            double w = Norm(_work);
            lower = excess / region / w / w;
        }

        for (int j = 0; j < _n; j++)
        {
            double sum = 0;
            for (int i = 0; i <= j; i++)
                sum += _r[(i * _n) + j] * _qtb[i];
            _work[j] = sum / scale[permutation[j]];
        }

        const double Smallest = 2.2250738585072014e-308;
        double gradient = Norm(_work), upper = gradient / region;
        if (upper == 0)
            upper = Smallest / Math.Min(region, 0.1);
        double damping = Math.Min(Math.Max(guess, lower), upper);
        if (damping == 0)
            damping = double.IsFinite(length) ? gradient / length : 0;

        for (int iteration = 1; ; iteration++)
        {
            if (damping == 0)
                damping = Math.Max(Smallest, 1e-3 * upper);
            bool regular = SolveDamped(scale, damping, _qtb, step);
            length = ScaledNorm(scale, step);
            double before = excess;
            excess = length - region;
            if (Math.Abs(excess) <= RelativeRegionError * region || (lower == 0 && excess <= before && before < 0) || iteration == MaxSecularIterations || !regular)
                return damping;

            // Newton's correction for 1/|D p(lambda)|, which is nearly linear in lambda.
            for (int j = 0; j < _n; j++)
            {
                int l = permutation[j];
                _work[j] = scale[l] * (scale[l] * step[l] / length);
            }

            for (int j = 0; j < _n; j++)
            {
                _work[j] /= _dampedDiagonal[j];
                for (int i = j + 1; i < _n; i++)
                    _work[i] -= _damped[(j * _n) + i] * _work[j];
            }

            double w = Norm(_work), correction = excess / region / w / w;
            if (excess > 0)
                lower = Math.Max(lower, damping);
            else
                upper = Math.Min(upper, damping);
            damping = Math.Max(lower, damping + correction);
        }
    }

    /// <summary>Writes the damped least-squares solution for another right side of m elements, which is overwritten.</summary>
    public void SolveDamped(ReadOnlySpan<double> scale, double damping, Span<double> rightSide, Span<double> solution)
    {
        _qr.ApplyQTransposed(rightSide);
        Span<double> head = _image;
        head.Clear();
        rightSide[..Math.Min(_m, _n)].CopyTo(head);
        SolveDamped(scale, damping, head, solution);
    }

    /// <summary>|J p|.</summary>
    public double ImageNorm(ReadOnlySpan<double> p)
    {
        Triangle(p);
        return Norm(_image);
    }

    /// <summary>Writes J p, m elements.</summary>
    public void Image(ReadOnlySpan<double> p, Span<double> image)
    {
        Triangle(p);
        image.Clear();
        int rows = Math.Min(_m, _n);
        _image.AsSpan(0, rows).CopyTo(image);
        _qr.ApplyQ(image);
    }

    private void Triangle(ReadOnlySpan<double> p)
    {
        for (int i = 0; i < _n; i++)
        {
            double sum = 0;
            for (int j = i; j < _n; j++)
                sum += _r[(i * _n) + j] * p[_qr.Permutation[j]];
            _image[i] = sum;
        }
    }

    /// <summary>The undamped step; of a singular triangle the basic solution of its leading regular part. False if it is singular.</summary>
    private bool GaussNewton(Span<double> step)
    {
        int rank = 0;
        while (rank < _n && _r[(rank * _n) + rank] != 0)
            rank++;
        _qtb.AsSpan(0, rank).CopyTo(_work);
        _work.AsSpan(rank).Clear();
        for (int j = rank - 1; j >= 0; j--)
        {
            double sum = _work[j];
            for (int k = j + 1; k < rank; k++)
                sum -= _r[(j * _n) + k] * _work[k];
            _work[j] = sum / _r[(j * _n) + j];
        }

        Scatter(step);
        return rank == _n;
    }

    /// <summary>
    /// Solves min |R P^T p - b|^2 + damping |D p|^2: row l of sqrt(damping) D is rotated into the triangle, which leaves the triangle S with its diagonal apart.
    /// False if S is singular.
    /// </summary>
    private bool SolveDamped(ReadOnlySpan<double> scale, double damping, ReadOnlySpan<double> b, Span<double> step)
    {
        double root = Math.Sqrt(damping);
        _r.AsSpan().CopyTo(_damped);
        b.CopyTo(_rotated);
        for (int j = 0; j < _n; j++)
        {
            double d = root * scale[_qr.Permutation[j]];
            if (d == 0)
                continue;

            // The row begins as (0, ..., 0, d, 0, ..., 0) and fills to the right of the column that is eliminated.
            Span<double> row = _dampedDiagonal.AsSpan(j, _n - j);
            row.Clear();
            row[0] = d;
            double rest = 0;
            for (int k = j; k < _n; k++)
            {
                double f = row[k - j];
                if (f == 0)
                    continue;
                double pivot = _damped[(k * _n) + k], length = Math.Sqrt((pivot * pivot) + (f * f));
                double cosine = pivot / length, sine = f / length;
                _damped[(k * _n) + k] = length;
                (_rotated[k], rest) = ((cosine * _rotated[k]) + (sine * rest), (cosine * rest) - (sine * _rotated[k]));
                for (int i = k + 1; i < _n; i++)
                {
                    double above = _damped[(k * _n) + i], below = row[i - j];
                    _damped[(k * _n) + i] = (cosine * above) + (sine * below);
                    row[i - j] = (cosine * below) - (sine * above);
                }
            }
        }

        int rank = 0;
        for (int j = 0; j < _n; j++)
        {
            _dampedDiagonal[j] = _damped[(j * _n) + j];
            if (rank == j && _dampedDiagonal[j] != 0)
                rank++;
        }

        _rotated.AsSpan(0, rank).CopyTo(_work);
        _work.AsSpan(rank).Clear();
        for (int j = rank - 1; j >= 0; j--)
        {
            double sum = _work[j];
            for (int k = j + 1; k < rank; k++)
                sum -= _damped[(j * _n) + k] * _work[k];
            _work[j] = sum / _dampedDiagonal[j];
        }

        Scatter(step);
        return rank == _n;
    }

    private void Scatter(Span<double> step)
    {
        for (int j = 0; j < _n; j++)
            step[_qr.Permutation[j]] = _work[j];
    }

    private static double ScaledNorm(ReadOnlySpan<double> scale, ReadOnlySpan<double> p)
    {
        double sum = 0;
        for (int j = 0; j < p.Length; j++)
        {
            double w = scale[j] * p[j];
            sum += w * w;
        }

        return Math.Sqrt(sum);
    }

    private static double Norm(ReadOnlySpan<double> v)
    {
        double sum = 0;
        foreach (double w in v)
            sum += w * w;
        return Math.Sqrt(sum);
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer(_qr);
        archive.Transfer<double>(_r);
        archive.Transfer<double>(_qtb);
        double gradient = GradientNorm, projection = LargestProjection, promised = PromisedNorm;
        archive.Transfer(ref gradient);
        archive.Transfer(ref projection);
        archive.Transfer(ref promised);
        (GradientNorm, LargestProjection, PromisedNorm) = (gradient, projection, promised);
    }
}
