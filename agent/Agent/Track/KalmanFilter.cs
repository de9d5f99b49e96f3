namespace Picket.Agent.Track;

/// <summary>
/// Constant-velocity Kalman filter over a box (center x, center y, aspect, height), with the noise weights of SORT and
/// ByteTrack.
/// </summary>
/// <remarks>
/// Source: Bewley et al. 2016 (SORT), Wojke et al. 2017 (DeepSORT), Zhang et al. 2022 (ByteTrack): position noise h/20,
/// velocity noise h/160 a frame. Their transition, process and measurement matrices couple a coordinate with its own
/// velocity only, so the 8-dimensional filter is exactly four filters of two dimensions, which need no matrix code.
/// Time is in nominal frames of 1/30 s, for which the weights were chosen.
/// </remarks>
internal struct KalmanFilter
{
    /// <summary>The frame rate that the noise weights assume.</summary>
    public const double NominalFramesPerSecond = 30;

    private const float PositionWeight = 1f / 20;
    private const float VelocityWeight = 1f / 160;

    /// <summary>
    /// Of a new box, in heights a frame. DeepSORT's h/16 fits pedestrians detected on every frame; a face of 24 cm passing at 2 m/s moves
    /// by 8 heights a second, a quarter of a height a frame, and has to be matched on its second sighting.
    /// </summary>
    private const float StartVelocityWeight = 1f / 4;
    private const float AspectPosition = 1e-2f;
    private const float AspectVelocity = 1e-5f;
    private const float AspectMeasurement = 1e-1f;

    private Axis _x;
    private Axis _y;
    private Axis _aspect;
    private Axis _height;

    /// <summary>The state as a box; never of negative size.</summary>
    public readonly Detection Box(float score)
    {
        var h = MathF.Max(_height.Position, 0);
        var w = MathF.Max(_aspect.Position, 0) * h;
        return new Detection(_x.Position - w / 2, _y.Position - h / 2, w, h, score);
    }

    /// <summary>Starts at a measured box, standing still.</summary>
    public static KalmanFilter Start(in Detection box)
    {
        var h = box.Height;
        float position = 2 * PositionWeight * h, velocity = StartVelocityWeight * h;
        return new KalmanFilter
        {
            _x = Axis.Start(box.CenterX, position, velocity),
            _y = Axis.Start(box.CenterY, position, velocity),
            _aspect = Axis.Start(box.Width / h, AspectPosition, AspectVelocity),
            _height = Axis.Start(h, position, velocity),
        };
    }

    /// <summary>
    /// Advances the state by <paramref name="frames"/> nominal frames (0 or more, fractions allowed).
    /// </summary>
    public void Predict(float frames)
    {
        var h = MathF.Max(_height.Position, 1);
        float position = PositionWeight * h, velocity = VelocityWeight * h;
        _x.Predict(frames, position, velocity);
        _y.Predict(frames, position, velocity);
        _aspect.Predict(frames, AspectPosition, AspectVelocity);
        _height.Predict(frames, position, velocity);
    }

    /// <summary>Corrects the state by a measured box of positive height.</summary>
    public void Update(in Detection box)
    {
        var noise = PositionWeight * MathF.Max(_height.Position, 1);
        _x.Update(box.CenterX, noise);
        _y.Update(box.CenterY, noise);
        _aspect.Update(box.Width / box.Height, AspectMeasurement);
        _height.Update(box.Height, noise);
    }

    /// <summary>One coordinate: position, velocity a frame, and their 2x2 covariance.</summary>
    private struct Axis
    {
        public float Position;
        private float _velocity;
        private float _pp;
        private float _pv;
        private float _vv;

        public static Axis Start(float position, float positionNoise, float velocityNoise) =>
            new() { Position = position, _pp = positionNoise * positionNoise, _vv = velocityNoise * velocityNoise };

        // x' = F x, P' = F P F^T + Q with F = [1 t; 0 1], Q = t diag(position^2, velocity^2).
        public void Predict(float t, float positionNoise, float velocityNoise)
        {
            Position += t * _velocity;
            _pp += t * (2 * _pv + t * _vv) + t * positionNoise * positionNoise;
            _pv += t * _vv;
            _vv += t * velocityNoise * velocityNoise;
        }

        // K = P H^T / (H P H^T + R) with H = [1 0]; P' = (I - K H) P.
        public void Update(float measured, float noise)
        {
            var s = _pp + noise * noise;
            float gainPosition = _pp / s, gainVelocity = _pv / s, residual = measured - Position;
            Position += gainPosition * residual;
            _velocity += gainVelocity * residual;
            _vv -= gainVelocity * _pv;
            _pv -= gainPosition * _pv;
            _pp -= gainPosition * _pp;
        }
    }
}
