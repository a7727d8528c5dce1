using System.Text.Json.Serialization;

namespace Apex.Observations;

/// <summary>One row of <c>sites.parquet</c>: one (site, sample, sigma).</summary>
internal sealed class SiteRow
{
    [JsonPropertyName("site")]
    public int Site { get; set; }

    [JsonPropertyName("sample_id")]
    public long SampleId { get; set; }

    [JsonPropertyName("clean_prediction")]
    public int? CleanPrediction { get; set; }

    [JsonPropertyName("sigma_index")]
    public int SigmaIndex { get; set; }

    [JsonPropertyName("sigma")]
    public double Sigma { get; set; }

    [JsonPropertyName("counts")]
    public List<int> Counts { get; set; } = [];

    [JsonPropertyName("non_finite")]
    public int NonFinite { get; set; }
}
