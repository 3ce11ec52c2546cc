namespace OptiCore.Differentiation;

// Complex tensors have real and imaginary parts on a last axis of length 2, as they lie in memory for the transforms: x[.., 0] + i x[.., 1].
public static partial class Operations
{
    /// <summary>The discrete Fourier transform y[k] = sum_j x[j] exp(-2 pi i j k / n) along the axis before the last. O(n log n).</summary>
    /// <param name="x">Complex sequences, [.., n, 2] with real and imaginary parts on the last axis.</param>
    /// <exception cref="ArgumentException">The last axis hasn't length 2, or there is no other, or n is 0.</exception>
    public static Variable Fft(Variable x) => new FourierOperation(false, false).ApplyOne(x);

    /// <summary>The inverse transform x[j] = 1/n sum_k y[k] exp(2 pi i j k / n) along the axis before the last.</summary>
    /// <param name="y">Complex sequences, [.., n, 2] with real and imaginary parts on the last axis.</param>
    /// <exception cref="ArgumentException">The last axis hasn't length 2, or there is no other, or n is 0.</exception>
    public static Variable InverseFft(Variable y) => new FourierOperation(true, true).ApplyOne(y);

    /// <summary>The first n/2 + 1 elements of the transform of real sequences; the others are conjugate to them. Half the work of <see cref="Fft"/>.</summary>
    /// <param name="x">Real sequences, [.., n].</param>
    /// <returns>The spectra, [.., n/2 + 1, 2] with real and imaginary parts on the last axis.</returns>
    /// <exception cref="ArgumentException">The tensor is a scalar, or n is 0.</exception>
    public static Variable RealFft(Variable x) => new RealFourierOperation(false).ApplyOne(x);

    /// <summary>The real sequences of spectra, inverse to <see cref="RealFft"/>. The imaginary parts of the first and, for an even length, of the last element count as 0.</summary>
    /// <param name="y">Spectra, [.., n/2 + 1, 2] with real and imaginary parts on the last axis.</param>
    /// <param name="length">The length n of the sequences, which the spectra leave open by one.</param>
    /// <exception cref="ArgumentException">The shape isn't that of spectra of this length.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The length is smaller than 1.</exception>
    public static Variable InverseRealFft(Variable y, int length) => new InverseRealFourierOperation(Require.Positive(length, nameof(length)), true).ApplyOne(y);

    /// <summary>The orthonormal cosine transform of type II along the last axis: an orthogonal matrix in O(n log n).</summary>
    /// <param name="x">Sequences [.., n].</param>
    /// <exception cref="ArgumentException">There is no last axis, or it is empty.</exception>
    public static Variable CosineTransform(Variable x) => new CosineTransformOperation(false).ApplyOne(x);

    /// <summary>The inverse, and transpose, of <see cref="CosineTransform"/>: the orthonormal transform of type III.</summary>
    /// <param name="y">Sequences [.., n].</param>
    /// <exception cref="ArgumentException">There is no last axis, or it is empty.</exception>
    public static Variable InverseCosineTransform(Variable y) => new CosineTransformOperation(true).ApplyOne(y);
}
