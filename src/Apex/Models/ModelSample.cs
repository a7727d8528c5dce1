namespace Apex.Models;

/// <summary>One preprocessed sample, ready for the network.</summary>
/// <param name="Values">The input in the model's own layout, row-major; empty where the model reads tokens.</param>
/// <param name="Tokens">The integers for a token model; empty otherwise.</param>
public readonly record struct ModelSample(float[] Values, long[] Tokens);
