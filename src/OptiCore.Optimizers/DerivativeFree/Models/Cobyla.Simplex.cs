using OptiCore.LinearAlgebra;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <content>The simplex: its vertices, its shape and the linear models through it.</content>
public sealed partial record Cobyla
{
    private sealed partial class State
    {
        private void AskFirst()
        {
            int skip = _retries == 0 ? 0 : 1;
            for (int k = skip; k <= _n; k++)
            {
                Vertex(k).Clear();
                if (k > 0)
                    Vertex(k)[k - 1] = _rho <= _upper[k - 1] ? _rho : _upper[k - 1] >= -_lower[k - 1] ? _upper[k - 1] : Math.Max(-_rho, _lower[k - 1]);
                ToPoint(Vertex(k), Query.Point(k - skip));
            }

            Query.Count = _n + 1 - skip;
            _phase = Phase.First;
        }

        private Advance TakeFirst()
        {
            int skip = _retries == 0 ? 0 : 1;
            if (skip == 0 && _undefined)
                return Advance.Stop(StopReason.NonFiniteStart);
            for (int i = 0; i < Query.Count; i++)
            {
                if (!Query.IsFinite(i))
                {
                    if (skip == 0)
                    {
                        Store(0, Vertex(0), 0);
                        Commit();
                    }

                    _retries++;
                    _rho /= 10;
                    if (_rho < _options.RadiusTolerance)
                        return Advance.Stop(StopReason.NonFinite);
                    AskFirst();
                    return Advance.Continue;
                }
            }

            for (int i = 0; i < Query.Count; i++)
                Store(i + skip, Vertex(i + skip), i);
            FindBest();
            Commit();
            return _n == 0 ? Advance.Stop(StopReason.StepTolerance, iterated: true) : Proceed(Advance.Iteration);
        }

        /// <summary>Writes the answer into a vertex. Without a value it gets what the models say, and can't be the best.</summary>
        private void Store(int k, ReadOnlySpan<double> point, int answer)
        {
            Span<double> data = Data(k);
            if (Query.IsFinite(answer))
            {
                data[0] = Query.Value(answer);
                data[1] = _m == 0 ? 0 : Query.Violation(answer);
                if (_m > 0)
                    Query.Constraints(answer).CopyTo(data[2..]);
                _undefinedVertex[k] = false;
            }
            else
            {
                ReadOnlySpan<double> best = Data(_bestVertex);
                data[0] = best[0] + Along(0);
                for (int i = 0; i < _m; i++)
                    data[2 + i] = best[2 + i] + Along(1 + i);
                data[1] = Violation(data[2..]);
                _undefinedVertex[k] = true;
            }

            point.CopyTo(Vertex(k));
        }

        /// <summary>Moves the worst placed vertex: along the normal of the face opposite to it, to the side where the merit is predicted to be lower.</summary>
        private Advance MoveForShape(Advance done)
        {
            int worst = -1;
            double most = Beta * _rho;
            for (int e = 0; e < _n; e++)
            {
                if (_distances[e] > most)
                {
                    most = _distances[e];
                    worst = e;
                }
            }

            if (worst < 0)
            {
                double least = double.PositiveInfinity;
                for (int e = 0; e < _n; e++)
                {
                    double height = Height(e);
                    if (height < least)
                    {
                        least = height;
                        worst = e;
                    }
                }
            }

            _shapeSteps++;
            double length = Gamma * _rho * Height(worst);
            for (int j = 0; j < _n; j++)
                _step[j] = length * _inverse[(j * _n) + worst];
            double gain = PredictedMerit(1), other = PredictedMerit(-1);
            int sign = other < gain ? -1 : 1;

            // Bounds may cut the step; then the side counts that leaves the vertex further from the face.
            double cut = Reach(worst, sign), opposite = Reach(worst, -sign);
            if (cut < 0.5 * Gamma * _rho && opposite > cut)
                sign = -sign;
            for (int j = 0; j < _n; j++)
            {
                double at = Vertex(_bestVertex)[j];
                _trial[j] = Math.Min(Math.Max(at + (sign * _step[j]), _lower[j]), _upper[j]);
                _step[j] = _trial[j] - at;
            }

            _moved = VertexOf(worst);
            return Ask(Phase.Geometry, done);
        }

        /// <summary>How far from the face a step ends within bounds.</summary>
        private double Reach(int e, int sign)
        {
            double sum = 0;
            for (int j = 0; j < _n; j++)
            {
                double at = Vertex(_bestVertex)[j];
                sum += _inverse[(j * _n) + e] * (Math.Min(Math.Max(at + (sign * _step[j]), _lower[j]), _upper[j]) - at);
            }

            return Math.Abs(sum) * Height(e);
        }

        /// <summary>Gradients of the linear models. Returns false when the simplex has no volume.</summary>
        private bool Model()
        {
            for (int e = 0; e < _n; e++)
            {
                double square = 0;
                for (int j = 0; j < _n; j++)
                {
                    double d = Vertex(VertexOf(e))[j] - Vertex(_bestVertex)[j];
                    _edges[(e * _n) + j] = d;
                    square += d * d;
                }

                _distances[e] = Math.Sqrt(square);
            }

            if (!Lu.TryFactor<double>(_edges, _n, _n, _permutation))
                return false;
            Lu.Inverse<double>(_edges, _n, _n, _permutation, _inverse, _n);
            for (int item = 0; item <= _m; item++)
            {
                int place = item == 0 ? 0 : item + 1;
                Span<double> slope = Slope(item);
                for (int j = 0; j < _n; j++)
                {
                    double sum = 0;
                    for (int e = 0; e < _n; e++)
                        sum += _inverse[(j * _n) + e] * (Data(VertexOf(e))[place] - Data(_bestVertex)[place]);
                    slope[j] = sum;
                }
            }

            return true;
        }

        private bool IsAcceptable()
        {
            for (int e = 0; e < _n; e++)
            {
                if (Height(e) < Alpha * _rho || _distances[e] > Beta * _rho)
                    return false;
            }

            return true;
        }

        private void FindBest()
        {
            int best = -1;
            for (int k = 0; k <= _n; k++)
            {
                if (_undefinedVertex[k])
                    continue;
                if (best < 0)
                {
                    best = k;
                    continue;
                }

                double merit = Data(k)[0] + (_mu * Data(k)[1]), least = Data(best)[0] + (_mu * Data(best)[1]);
                if (merit < least || (merit == least && _mu == 0 && Data(k)[1] < Data(best)[1]))
                    best = k;
            }

            _bestVertex = best;
        }

        /// <summary>Where bounds cut the steps the shape may stay bad: then the radius must fall all the same.</summary>
        private int MaxShapeSteps => 2 * (_n + 1);

        /// <summary>The distance of a vertex from the face opposite to it.</summary>
        private double Height(int e)
        {
            double sum = 0;
            for (int j = 0; j < _n; j++)
                sum += _inverse[(j * _n) + e] * _inverse[(j * _n) + e];
            return 1 / Math.Sqrt(sum);
        }

        /// <summary>The coefficient of an edge in the step: how the volume changes when the vertex goes to the new point.</summary>
        private double Component(int e)
        {
            double sum = 0;
            for (int j = 0; j < _n; j++)
                sum += _inverse[(j * _n) + e] * _step[j];
            return sum;
        }

        /// <summary>The vertex at the end of an edge: all but the best one, in order.</summary>
        private int VertexOf(int e) => e < _bestVertex ? e : e + 1;

        private Span<double> Vertex(int k) => _vertices.AsSpan(k * _n, _n);

        private Span<double> Data(int k) => _data.AsSpan(k * _width, _width);

        private void ToPoint(ReadOnlySpan<double> displacement, Span<double> x)
        {
            _origin.CopyTo(x);
            for (int j = 0; j < _n; j++)
            {
                int i = _box.Free[j];
                x[i] = displacement[j] <= _lower[j] ? _box.Lower[i] : displacement[j] >= _upper[j] ? _box.Upper[i] : _box.Clamp(_origin[i] + (_scale[j] * displacement[j]), i);
            }
        }
    }
}
