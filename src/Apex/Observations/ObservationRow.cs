using System.Text.Json.Serialization;

namespace Apex.Observations;

/// <summary>One row of <c>observations/part-*.parquet</c>: one (sample, sigma).</summary>
internal sealed class ObservationRow
{
    [JsonPropertyName("sample_id")]
    public long SampleId { get; set; }

    [JsonPropertyName("sigma_index")]
    public int SigmaIndex { get; set; }

    [JsonPropertyName("sigma")]
    public double Sigma { get; set; }

    [JsonPropertyName("counts")]
    public List<int> Counts { get; set; } = [];

    [JsonPropertyName("mean_softmax")]
    public List<float> MeanSoftmax { get; set; } = [];

    [JsonPropertyName("margin_mean")]
    public float MarginMean { get; set; }

    [JsonPropertyName("margin_variance")]
    public float MarginVariance { get; set; }

    [JsonPropertyName("non_finite")]
    public int NonFinite { get; set; }
}
