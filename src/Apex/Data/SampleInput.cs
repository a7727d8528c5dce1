namespace Apex.Data;

/// <summary>What the numbers of one sample are, which decides how preprocessing treats them.</summary>
internal enum SampleKind
{
    /// <summary>An image with pixel values 0..255, shape <c>[channels, height, width]</c>.</summary>
    Image,

    /// <summary>Real numbers of any shape (a vector, an image that was already normalised, ...).</summary>
    Values,

    /// <summary>Integer tokens, shape <c>[length]</c>; held in <see cref="SampleInput.Tokens"/>.</summary>
    Tokens,
}

/// <summary>
/// One sample as its source holds it, before preprocessing.
/// </summary>
/// <param name="Id">
/// The sample's index in its source (0-based, counted before any selection). It keys the sample's noise, so it must not change with the selection or its order.
/// </param>
/// <param name="Kind">What the numbers are.</param>
/// <param name="Shape">Shape of one sample, without a batch axis; images are <c>[channels, height, width]</c>.</param>
/// <param name="Values">The numbers in row-major order (pixels as 0..255 for <see cref="SampleKind.Image"/>); empty for tokens.</param>
/// <param name="Tokens">The integers for <see cref="SampleKind.Tokens"/>; empty otherwise.</param>
/// <param name="Label">Class index, or null where the source has no labels.</param>
internal sealed record SampleInput(long Id, SampleKind Kind, int[] Shape, float[] Values, long[] Tokens, int? Label)
{
    /// <summary>What the source holds for the further inputs of a model, by their names; null where it holds one array.</summary>
    public IReadOnlyDictionary<string, SampleInput>? Others { get; init; }
}
