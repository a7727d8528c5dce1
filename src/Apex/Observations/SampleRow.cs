using System.Text.Json.Serialization;

namespace Apex.Observations;

/// <summary>One row of <c>samples/part-*.parquet</c>: what does not depend on sigma.</summary>
internal sealed class SampleRow
{
    [JsonPropertyName("sample_id")]
    public long SampleId { get; set; }

    [JsonPropertyName("label")]
    public int? Label { get; set; }

    [JsonPropertyName("clean_prediction")]
    public int? CleanPrediction { get; set; }

    [JsonPropertyName("clean_margin")]
    public float CleanMargin { get; set; }

    [JsonPropertyName("clean_logits")]
    public List<float> CleanLogits { get; set; } = [];

    [JsonPropertyName("first_escape_class")]
    public List<int> FirstEscapeClass { get; set; } = [];

    [JsonPropertyName("first_escape_sigma")]
    public List<int> FirstEscapeSigma { get; set; } = [];
}
