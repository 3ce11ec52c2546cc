namespace OptiCore.Samplers;

/// <summary>A configured filter that follows the state of a model by mean and covariance: an immutable, validated record. It holds no run.</summary>
/// <typeparam name="TModel">What the filter needs of a model.</typeparam>
public interface IGaussianFilter<in TModel> where TModel : IGaussianModel
{
    /// <summary>Starts the filter before the first observation.</summary>
    /// <param name="model">The model.</param>
    GaussianFilterState Start(TModel model);
}

/// <summary>How covariances are carried from step to step.</summary>
public enum CovarianceForm
{
    /// <summary>As symmetric matrices; the correction is Joseph's, (I - K H) P (I - K H)' + K R K', which keeps them positive semidefinite and forgives errors of the gain.</summary>
    Full,

    /// <summary>As triangular roots, corrected by orthogonal transformations: twice the digits where a covariance is nearly singular, for some 2 to 3 times the work.</summary>
    SquareRoot,
}
