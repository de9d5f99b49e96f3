namespace Picket.Agent.Plates.Grammar;

/// <summary>The reader's classes: 0 the CTC blank, 1..10 the digits, 11..36 the letters A-Z.</summary>
internal static class PlateAlphabet
{
    /// <summary>Number of classes, including the blank.</summary>
    public const int Classes = 37;

    public const int Blank = 0;

    /// <summary>The longest text searched for: the longest format has 11 characters, a bumper sticker may have
    /// more.</summary>
    public const int MaxLength = 16;

    /// <summary>Bit <c>c</c> set: class c is a digit.</summary>
    public const ulong Digits = 0x7FEUL;

    /// <summary>Bit <c>c</c> set: class c is a letter.</summary>
    public const ulong Letters = ((1UL << Classes) - 1) & ~((1UL << 11) - 1);

    /// <summary>The class of a character, or -1 if it is neither A-Z nor 0-9.</summary>
    public static int Class(char character) => character switch
    {
        >= '0' and <= '9' => character - '0' + 1,
        >= 'A' and <= 'Z' => character - 'A' + 11,
        _ => -1,
    };

    /// <summary>The character of a class other than the blank.</summary>
    public static char Character(int symbol) => (char)(symbol <= 10 ? '0' + symbol - 1 : 'A' + symbol - 11);

    /// <summary>Writes the classes of a text.</summary>
    /// <returns>False if it has other characters or is too long.</returns>
    public static bool TryEncode(ReadOnlySpan<char> text, Span<byte> classes)
    {
        if (text.Length > classes.Length) return false;
        for (var i = 0; i < text.Length; i++)
        {
            var symbol = Class(text[i]);
            if (symbol < 0) return false;
            classes[i] = (byte)symbol;
        }
        return true;
    }

    public static string Decode(ReadOnlySpan<byte> classes)
    {
        Span<char> text = stackalloc char[classes.Length];
        for (var i = 0; i < classes.Length; i++) text[i] = Character(classes[i]);
        return new string(text);
    }
}
