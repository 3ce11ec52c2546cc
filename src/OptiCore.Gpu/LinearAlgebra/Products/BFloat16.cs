namespace OptiCore.Gpu;

/// <summary>A number of 16 bits, the upper half of a <see cref="float"/>: its range, 8 bits of precision. What networks are stored in where memory is short.</summary>
/// <param name="Bits">The sign, 8 bits of the exponent, 7 of the fraction.</param>
public readonly record struct BFloat16(ushort Bits)
{
    /// <summary>The nearest number, of two the even one; a NaN stays one.</summary>
    /// <param name="value">The number.</param>
    public static explicit operator BFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);

        // The quiet bit keeps a NaN from becoming an infinity when its lower bits are cut.
        return new((ushort)(float.IsNaN(value) ? (bits >> 16) | 0x40 : (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16));
    }

    /// <summary>The same number; exact.</summary>
    /// <param name="value">The number.</param>
    public static implicit operator float(BFloat16 value) => value.ToSingle();

    /// <inheritdoc cref="op_Explicit(float)"/>
    public static BFloat16 FromSingle(float value) => (BFloat16)value;

    /// <summary>The same number; exact.</summary>
    public float ToSingle() => BitConverter.UInt32BitsToSingle((uint)Bits << 16);
}
