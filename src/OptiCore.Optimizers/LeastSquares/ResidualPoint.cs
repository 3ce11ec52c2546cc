using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>An iterate of a least-squares method: the point with residuals and Jacobian, corrected for the loss, and the gradient J'r of its objective.</summary>
internal sealed class ResidualPoint : IPersistent
{
    private readonly RobustLoss _loss;
    private readonly double[] _x, _residuals, _jacobian, _gradient;
    private double _value = double.NaN, _sizeOfX;

    public ResidualPoint(ProblemShape shape, ReadOnlySpan<double> start, RobustLoss loss)
    {
        _loss = loss;
        _x = start.ToArray();
        _residuals = new double[shape.ResidualCount];
        _jacobian = new double[shape.ResidualCount * shape.Dimension];
        _gradient = new double[shape.Dimension];
    }

    public Span<double> X => _x;

    public ReadOnlySpan<double> Residuals => _residuals;

    public ReadOnlySpan<double> Jacobian => _jacobian;

    public ReadOnlySpan<double> Gradient => _gradient;

    public double Value => _value;

    /// <summary>|x|.</summary>
    public double Size => _sizeOfX;

    public void Take(Query<double> query)
    {
        query.Point().CopyTo(_x);
        query.Residuals().CopyTo(_residuals);
        query.Jacobian.CopyTo(_jacobian);
        _value = _loss.Objective(_residuals);
        _loss.Correct(_residuals, _jacobian);
        Blas.Gemv(true, _residuals.Length, _x.Length, 1, _jacobian, _x.Length, _residuals, 0, _gradient);
        _sizeOfX = Reduce.Norm<double>(_x);
    }

    /// <summary>The largest cosine of the angle between the residuals and a column of the Jacobian; 0 for residuals of 0.</summary>
    /// <param name="columnNorms">The lengths of the columns.</param>
    public double LargestCosine(ReadOnlySpan<double> columnNorms)
    {
        double largest = 0, residual = Reduce.Norm<double>(_residuals);
        for (int j = 0; residual > 0 && j < _x.Length; j++)
        {
            if (columnNorms[j] > 0)
                largest = Math.Max(largest, Math.Abs(_gradient[j]) / (columnNorms[j] * residual));
        }

        return largest;
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer<double>(_x);
        archive.Transfer<double>(_residuals);
        archive.Transfer<double>(_jacobian);
        archive.Transfer<double>(_gradient);
        archive.Transfer(ref _value);
        archive.Transfer(ref _sizeOfX);
    }
}
