using OptiCore.Differentiation;

namespace OptiCore.Gpu;

// Products of matrices.
internal sealed partial class Lowering<T>
{
    private void Product(KernelSite site, MatMulOperation product)
    {
        (Shape a, Shape b, Shape c) = (site.Inputs[0].Shape, site.Inputs[1].Shape, site.Outputs[0].Shape);
        Product(site, product, a, c, MatrixPlaces.Of(a, null, c), MatrixPlaces.Of(b, null, c), MatrixPlaces.Of(c, null, c));
    }

    private void Product(KernelSite site, StridedMatMulOperation moved)
    {
        (Shape left, Shape whole, MatrixPlaces a, MatrixPlaces b, MatrixPlaces c) = moved.Places(site.Inputs[0].Shape, site.Inputs[1].Shape, site.Outputs[0].Shape);
        Product(site, moved.Product, left, whole, a, b, c);
    }

    private void Product(KernelSite site, MatMulOperation product, Shape left, Shape result, MatrixPlaces a, MatrixPlaces b, MatrixPlaces c)
    {
        if (result.ElementCount > 0)
            _steps.Add(new ProductStep<T>(product, result[-2], result[-1], left[product.TransposeA ? -2 : -1], Moved(a, site.Inputs[0]), Moved(b, site.Inputs[1]), Moved(c, site.Outputs[0])));
    }

    /// <summary>The places counted from the beginning of the program's memory.</summary>
    private MatrixPlaces Moved(MatrixPlaces places, Operand operand) => places with { Offsets = Array.ConvertAll(places.Offsets, at => at + offset(operand)) };
}
