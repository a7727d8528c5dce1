using Apex.Analysis.Regularity;

namespace Apex.Experiments;

/// <summary>What an adaptive search found of one sample.</summary>
/// <param name="SampleId">Index in its source.</param>
/// <param name="Label">Given class, or null.</param>
/// <param name="CleanPrediction">ŷ0, or null where a clean logit is not finite: then nothing was searched.</param>
/// <param name="CleanMargin">s_ŷ0 - max of the other logits.</param>
/// <param name="Escape">The flip-level reading.</param>
/// <param name="Passes">Noisy forward passes spent, rows that filled up a batch included.</param>
/// <param name="NonFinite">Draws that were given up because a logit was not finite.</param>
internal sealed record SampleEscape(long SampleId, int? Label, int? CleanPrediction, float CleanMargin, EscapeNoise Escape, int Passes, int NonFinite);
