namespace Picket.Tests.Fuzz;

/// <summary>A parser that bytes from outside reach, and what it promises.</summary>
internal sealed record FuzzTarget
{
    public required string Name { get; init; }

    /// <summary>Inputs that are accepted: real ones, the wire's goldens where there are any.</summary>
    public required IReadOnlyList<byte[]> Seeds { get; init; }

    /// <summary>Inputs as large as they may get, made to cost as much as possible.</summary>
    public IReadOnlyList<byte[]> Bombs { get; init; } = [];

    /// <summary>Words of the format, put into inputs.</summary>
    public IReadOnlyList<byte[]> Words { get; init; } = [];

    /// <summary>The exception by which the parser refuses, or null when it returns null instead.</summary>
    public Type? Refusal { get; init; }

    /// <summary>What reading may allocate: this, and <see cref="BudgetPerByte"/> for each byte of the input.</summary>
    public required long BudgetBytes { get; init; }

    public required int BudgetPerByte { get; init; }

    /// <summary>Reads; gives the value written again, in the one way in which it is always written, or null for a
    /// refusal.</summary>
    public required Func<byte[], byte[]?> Read { get; init; }

    /// <summary>Whether what <see cref="Read"/> wrote is an input itself, which must give the same again.</summary>
    public bool RoundTrips { get; init; } = true;

    /// <summary>The longest input that is looked at; what is written longer than that is read no more.</summary>
    public int MaxBytes { get; init; } = int.MaxValue;

    /// <summary>Whether a change of any one byte is refused, so that hardly a mutated input is accepted.</summary>
    public bool IsSealed { get; init; }

    /// <summary>Inputs of the whole run for each one of this parser; more than 1 for those that work with files and
    /// keys.</summary>
    public int Costs { get; init; } = 1;

    /// <summary>What <see cref="Read"/> needs; disposed after the run.</summary>
    public IDisposable? Owned { get; init; }

    public override string ToString() => Name;
}
