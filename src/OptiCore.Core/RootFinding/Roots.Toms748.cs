namespace OptiCore.RootFinding;

public static partial class Roots
{
    /// <summary>
    /// Algorithm 748: inverse cubic interpolation inside a bracket, then a double-length secant step that brings the other end near, then a bisection
    /// when the bracket didn't halve. Order about 1.65 per evaluation for simple roots, and at most three times the evaluations of bisection for
    /// any. Alefeld, Potra and Shi (1995), Algorithm 748: Enclosing zeros of continuous functions (their algorithm 4.1, one interpolation per
    /// iteration).
    /// </summary>
    /// <inheritdoc cref="Bisection(Func{double, double}, double, double, RootOptions?)"/>
    public static RootResult Toms748(Func<double, double> f, double a, double b, RootOptions? options = null) =>
        Toms748(new DelegateFunction(Require.NotNull(f)), a, b, options);

    /// <inheritdoc cref="Toms748(Func{double, double}, double, double, RootOptions?)"/>
    /// <typeparam name="TFunction">The function's type.</typeparam>
    public static RootResult Toms748<TFunction>(TFunction f, double a, double b, RootOptions? options = null) where TFunction : struct, IScalarFunction
    {
        options ??= RootOptions.Default;
        if (AtEnds(ref f, a, b, out double fa, out double fb, out RootResult result))
            return result;
        if (a > b)
            (a, fa, b, fb) = (b, fb, a, fa);
        var enclosure = new Enclosure<TFunction>(f, options, a, fa, b, fb);
        enclosure.Secant();
        int iteration = 1;
        while (!enclosure.Done && iteration < options.MaxIterations)
        {
            iteration++;
            double width = enclosure.Width;
            if (enclosure.Interpolate() || enclosure.DoubleSecant())
                break;
            if (enclosure.Width > 0.5 * width)
                enclosure.Bisect();
        }

        return enclosure.Result(iteration);
    }

    /// <summary>The bracket of the paper: a and b, and the two points d and e that dropped out last.</summary>
    private struct Enclosure<TFunction>(TFunction f, RootOptions options, double a, double fa, double b, double fb) where TFunction : struct, IScalarFunction
    {
        private double _a = a, _fa = fa, _b = b, _fb = fb, _d = double.NaN, _fd = double.NaN, _e = double.NaN, _fe = double.NaN;
        private int _evaluations = 2;
        private bool _failed;

        public readonly double Width => _b - _a;

        public readonly bool Done => _failed || _fa == 0 || _fb == 0 || Width < Tolerance;

        private readonly double Tolerance => options.At(Math.Abs(_fa) < Math.Abs(_fb) ? _a : _b);

        public readonly RootResult Result(int iterations)
        {
            RootStatus status = _failed ? RootStatus.NotANumber : Done ? RootStatus.Converged : RootStatus.IterationLimit;
            return Best(_a, _fa, _b, _fb, iterations, _evaluations, status);
        }

        public void Secant()
        {
            double c = _a - (_fa / (_fb - _fa) * (_b - _a));
            Bracket(c > _a && c < _b ? c : Midpoint(_a, _b));
        }

        public bool Interpolate()
        {
            double c = AllDistinct() ? InverseCubic() : double.NaN;
            if (!(c > _a && c < _b))
                c = QuadraticNewton(2);
            Bracket(c);
            return Done;
        }

        public bool DoubleSecant()
        {
            (double u, double fu) = Math.Abs(_fa) < Math.Abs(_fb) ? (_a, _fa) : (_b, _fb);
            double c = u - (2 * (fu / (_fb - _fa)) * (_b - _a));
            if (!(Math.Abs(c - u) <= 0.5 * Width))
                c = Midpoint(_a, _b);
            Bracket(c);
            return Done;
        }

        public void Bisect() => Bracket(Midpoint(_a, _b));

        // The paper's bracket(): a point closer to an end than a fraction of the tolerance moves inward, so that the last bracket closes.
        private void Bracket(double c)
        {
            double delta = 0.35 * Tolerance;
            if (Width <= 4 * delta)
                c = Midpoint(_a, _b);
            else if (c <= _a + (2 * delta))
                c = _a + (2 * delta);
            else if (c >= _b - (2 * delta))
                c = _b - (2 * delta);
            double fc = f.Evaluate(c);
            _evaluations++;
            if (double.IsNaN(fc))
            {
                _failed = true;
                return;
            }

            (_e, _fe) = (_d, _fd);
            if (fc == 0)
            {
                (_d, _fd) = (_a, _fa);
                (_a, _fa) = (c, fc);
            }
            else if (SignsDiffer(_fa, fc))
            {
                (_d, _fd) = (_b, _fb);
                (_b, _fb) = (c, fc);
            }
            else
            {
                (_d, _fd) = (_a, _fa);
                (_a, _fa) = (c, fc);
            }
        }

        private readonly bool AllDistinct()
        {
            const double Tiny = 1e-300;
            return Math.Abs(_fa - _fb) > Tiny && Math.Abs(_fa - _fd) > Tiny && Math.Abs(_fa - _fe) > Tiny
                && Math.Abs(_fb - _fd) > Tiny && Math.Abs(_fb - _fe) > Tiny && Math.Abs(_fd - _fe) > Tiny;
        }

        // The inverse interpolating cubic at 0 by Aitken's scheme, in the paper's names.
        private readonly double InverseCubic()
        {
            double q11 = (_d - _e) * _fd / (_fe - _fd);
            double q21 = (_b - _d) * _fb / (_fd - _fb);
            double q31 = (_a - _b) * _fa / (_fb - _fa);
            double d21 = (_b - _d) * _fd / (_fd - _fb);
            double d31 = (_a - _b) * _fb / (_fb - _fa);
            double q22 = (d21 - q11) * _fb / (_fe - _fb);
            double q32 = (d31 - q21) * _fa / (_fd - _fa);
            double d32 = (d31 - q21) * _fd / (_fd - _fa);
            double q33 = (d32 - q22) * _fa / (_fe - _fa);
            return _a + (q31 + q32 + q33);
        }

        // Newton steps on the parabola through a, b and d, from the end where the parabola's sign is that of its curvature.
        private readonly double QuadraticNewton(int steps)
        {
            double first = (_fb - _fa) / (_b - _a), second = (((_fd - _fb) / (_d - _b)) - first) / (_d - _a);
            if (second == 0 || !double.IsFinite(second))
                return _a - (_fa / first);
            double r = second > 0 == _fa > 0 ? _a : _b;
            for (int i = 0; i < steps; i++)
            {
                double value = _fa + ((first + (second * (r - _b))) * (r - _a));
                double slope = first + (second * ((2 * r) - _a - _b));
                if (slope == 0)
                    return _a - (_fa / first);
                r -= value / slope;
            }

            return double.IsNaN(r) ? Midpoint(_a, _b) : r;
        }
    }
}
