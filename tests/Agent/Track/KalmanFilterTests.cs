using Picket.Agent.Track;

namespace Picket.Tests.Agent.Track;

public sealed class KalmanFilterTests
{
    [Fact]
    public void PredictAndUpdate_RandomWalk_EqualsTheTextbookMatrices()
    {
        var random = new Random(7);
        var box = new Detection(100, 80, 60, 84, 0.9f);
        var filter = KalmanFilter.Start(box);
        var reference = new MatrixFilter(box);
        for (var i = 0; i < 40; i++)
        {
            filter.Predict(1);
            reference.Predict();
            var expected = reference.State;
            var actual = filter.Box(1);
            Assert.Equal(expected[0], actual.CenterX, 2e-2);
            Assert.Equal(expected[1], actual.CenterY, 2e-2);
            Assert.Equal(expected[3], actual.Height, 2e-2);
            Assert.Equal(expected[2] * expected[3], actual.Width, 2e-2);
            if (i % 4 == 3) continue;
            var measured = new Detection(
                100 + 3 * i + random.NextSingle() * 4, 80 - i + random.NextSingle() * 4, 60 + random.NextSingle() * 3,
                84 + i * 0.5f, 0.9f);
            filter.Update(measured);
            reference.Update(measured);
        }
    }

    [Fact]
    public void Predict_TwoHalfSteps_MovesAsFarAsOneWhole()
    {
        var one = KalmanFilter.Start(new Detection(0, 0, 50, 50, 1));
        one.Predict(1);
        one.Update(new Detection(10, 0, 50, 50, 1));
        var two = one;
        one.Predict(1);
        two.Predict(0.5f);
        two.Predict(0.5f);
        Assert.Equal(one.Box(1).X, two.Box(1).X, 1e-3);
        Assert.True(one.Box(1).X > 0);
    }

    /// <summary>
    /// The 8-dimensional filter of DeepSORT written out with matrices (Wojke et al. 2017, appendix of the published
    /// code's formulas), one frame a step.
    /// </summary>
    private sealed class MatrixFilter
    {
        private const double Position = 1.0 / 20, Velocity = 1.0 / 160, Start = 1.0 / 4;
        private double[,] _p = new double[8, 8];
        public double[] State { get; private set; }

        public MatrixFilter(in Detection b)
        {
            double h = b.Height;
            State = [b.CenterX, b.CenterY, b.Width / h, h, 0, 0, 0, 0];
            double[] std =
            [
                2 * Position * h, 2 * Position * h, 1e-2, 2 * Position * h,
                Start * h, Start * h, 1e-5, Start * h,
            ];
            for (var i = 0; i < 8; i++) _p[i, i] = std[i] * std[i];
        }

        public void Predict()
        {
            var h = State[3];
            double[] std =
            [
                Position * h, Position * h, 1e-2, Position * h,
                Velocity * h, Velocity * h, 1e-5, Velocity * h,
            ];
            var f = new double[8, 8];
            for (var i = 0; i < 8; i++) f[i, i] = 1;
            for (var i = 0; i < 4; i++) f[i, i + 4] = 1;
            var next = new double[8];
            for (var i = 0; i < 8; i++)
                for (var j = 0; j < 8; j++) next[i] += f[i, j] * State[j];
            State = next;
            _p = Multiply(Multiply(f, _p), Transpose(f));
            for (var i = 0; i < 8; i++) _p[i, i] += std[i] * std[i];
        }

        public void Update(in Detection b)
        {
            var h = State[3];
            double[] std = [Position * h, Position * h, 1e-1, Position * h];
            double[] z = [b.CenterX, b.CenterY, b.Width / b.Height, b.Height];
            // H P H^T + R is diagonal here because P couples a coordinate with its own velocity only; kept as the
            // general gain per measured coordinate.
            var gain = new double[8, 4];
            for (var m = 0; m < 4; m++)
                for (var i = 0; i < 8; i++) gain[i, m] = _p[i, m] / (_p[m, m] + std[m] * std[m]);
            var next = (double[])State.Clone();
            var p = (double[,])_p.Clone();
            for (var m = 0; m < 4; m++)
                for (var i = 0; i < 8; i++)
                {
                    next[i] += gain[i, m] * (z[m] - State[m]);
                    for (var j = 0; j < 8; j++) p[i, j] -= gain[i, m] * _p[m, j];
                }
            State = next;
            _p = p;
        }

        private static double[,] Multiply(double[,] a, double[,] b)
        {
            var c = new double[8, 8];
            for (var i = 0; i < 8; i++)
                for (var j = 0; j < 8; j++)
                    for (var k = 0; k < 8; k++) c[i, j] += a[i, k] * b[k, j];
            return c;
        }

        private static double[,] Transpose(double[,] a)
        {
            var c = new double[8, 8];
            for (var i = 0; i < 8; i++)
                for (var j = 0; j < 8; j++) c[i, j] = a[j, i];
            return c;
        }
    }
}
