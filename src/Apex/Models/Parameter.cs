namespace Apex.Models;

/// <summary>A tensor that training set.</summary>
/// <param name="Index">Position in <see cref="IParametricClassifier.Parameters"/>, from 0; keys its noise.</param>
/// <param name="Name">Name in the model.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Elements">Number of elements.</param>
/// <param name="Rms">sqrt(mean of W^2), which scales its noise.</param>
public sealed record Parameter(int Index, string Name, int[] Shape, int Elements, double Rms);
