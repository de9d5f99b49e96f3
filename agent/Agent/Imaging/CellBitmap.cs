using System.Numerics;

namespace Picket.Agent.Imaging;

/// <summary>A bit per cell, filled by polygons in cell coordinates (cell i covers i..i+1).</summary>
internal sealed class CellBitmap
{
    private readonly int _words;
    private readonly ulong[] _bits;

    public CellBitmap(int width, int height)
    {
        (Width, Height) = (width, height);
        _words = (width + 63) / 64;
        _bits = new ulong[_words * height];
    }

    public int Width { get; }
    public int Height { get; }

    public bool this[int x, int y] => ((_bits[(y * _words) + (x >> 6)] >> (x & 63)) & 1) != 0;

    /// <summary>Whether any cell in the rectangle, its last column and row included, is set.</summary>
    public bool Any(int x0, int y0, int x1, int y1)
    {
        ulong first = ulong.MaxValue << (x0 & 63), last = ulong.MaxValue >> (63 - (x1 & 63));
        for (var y = y0; y <= y1; y++)
        {
            for (var word = x0 >> 6; word <= x1 >> 6; word++)
            {
                var wanted = (word == x0 >> 6 ? first : ulong.MaxValue) & (word == x1 >> 6 ? last : ulong.MaxValue);
                if ((_bits[(y * _words) + word] & wanted) != 0) return true;
            }
        }

        return false;
    }

    /// <summary>Sets every cell that the polygon touches: those whose center it encloses (nonzero winding) and those
    /// that an edge passes through.</summary>
    public void Fill(ReadOnlySpan<Vector2> polygon)
    {
        for (var y = 0; y < Height; y++)
        {
            for (var i = 0; i < polygon.Length; i++)
                MarkEdge(polygon[i], polygon[(i + 1) % polygon.Length], y);
            FillInside(polygon, y);
        }
    }

    /// <summary>One column and row larger: bit (x, y) is set when any of the cells (x-1..x, y-1..y) is set
    /// here.</summary>
    public CellBitmap Reach()
    {
        var reach = new CellBitmap(Width + 1, Height + 1);
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++)
            {
                if (this[x, y])
                {
                    reach.Set(x, x + 1, y);
                    reach.Set(x, x + 1, y + 1);
                }
            }
        }

        return reach;
    }

    private void Set(int first, int last, int y)
    {
        for (var x = Math.Max(first, 0); x <= Math.Min(last, Width - 1); x++)
            _bits[(y * _words) + (x >> 6)] |= 1ul << (x & 63);
    }

    // The part of the edge within the row's band covers a range of columns, all of which are touched.
    private void MarkEdge(Vector2 from, Vector2 to, int y)
    {
        var (upper, lower) = from.Y <= to.Y ? (from, to) : (to, from);
        if (upper.Y > y + 1 || lower.Y < y) return;
        double slope = lower.Y > upper.Y ? ((double)lower.X - upper.X) / ((double)lower.Y - upper.Y) : 0;
        double x0 = upper.Y >= y ? upper.X : upper.X + ((y - upper.Y) * slope);
        double x1 = lower.Y <= y + 1 ? lower.X : upper.X + ((y + 1 - upper.Y) * slope);
        Set(Column(Math.Min(x0, x1)), Column(Math.Max(x0, x1)), y);
    }

    private void FillInside(ReadOnlySpan<Vector2> polygon, int y)
    {
        var center = y + 0.5;
        for (var x = 0; x < Width; x++)
        {
            var winding = 0;
            for (var i = 0; i < polygon.Length; i++)
            {
                Vector2 a = polygon[i], b = polygon[(i + 1) % polygon.Length];
                if (a.Y <= center != b.Y <= center)
                {
                    var crossing = a.X + ((center - a.Y) / ((double)b.Y - a.Y) * ((double)b.X - a.X));
                    winding += crossing > x + 0.5 ? (b.Y > a.Y ? 1 : -1) : 0;
                }
            }

            if (winding != 0) Set(x, x, y);
        }
    }

    // Clamped before the conversion: corners may lie far outside the frame.
    private int Column(double x) => (int)Math.Clamp(Math.Floor(x), -1, Width);
}
