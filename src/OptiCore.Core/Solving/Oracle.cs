namespace OptiCore.Solving;

/// <summary>What an algorithm wants to know at a point.</summary>
[Flags]
public enum Oracle
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The value f(x).</summary>
    Value = 1,

    /// <summary>The gradient of f at x, together with the value.</summary>
    Gradient = 2,

    /// <summary>The product of the Hessian at x and a direction.</summary>
    HessianProduct = 4,

    /// <summary>The residual vector r(x).</summary>
    Residuals = 8,

    /// <summary>The Jacobian of the residuals, together with the residuals.</summary>
    Jacobian = 16,

    /// <summary>The values c(x) of the constraints.</summary>
    Constraints = 32,

    /// <summary>The Jacobian of the constraints, together with their values.</summary>
    ConstraintJacobian = 64,

    /// <summary>The Hessian of the Lagrangian f(x) + sum_i y_i c_i(x) for the multipliers y of the question.</summary>
    LagrangianHessian = 128,
}
