namespace Apex.Training.Studies;

/// <summary>A network behind a study.</summary>
/// <param name="Name">File name without its end.</param>
/// <param name="Recipe">How it was made.</param>
/// <param name="Seed">Keys its training.</param>
/// <param name="TrainingAccuracy">Share of its training labels that it learned; null where that is not known.</param>
/// <param name="TestAccuracy">Share of test images that it gets right; null where that is not known.</param>
internal sealed record UsedModel(string Name, string Recipe, int Seed, double? TrainingAccuracy, double? TestAccuracy);
