using System.Text.Json;
using System.Text.Json.Serialization;
using Apex.Models;

namespace Apex.Facts;

/// <summary>What was asked for, with every path in full: with the plan, all that is needed to go on with a run from anywhere.</summary>
/// <param name="Model">Path of the model, or what a classifier in memory is called.</param>
/// <param name="Data">The data set's spec.</param>
/// <param name="Labels">Separate label source, or null.</param>
/// <param name="ModelOptions">How to read the model, as its backend writes it; null where the run was made of a classifier in memory.</param>
/// <param name="Preprocessing">Settings that win over the sidecar's, or null.</param>
/// <param name="Classes">Class names that win over the sidecar's and the data's, or null.</param>
/// <param name="Sites">Site selectors.</param>
/// <param name="SingleSites">How each site is probed alone after the run, or null.</param>
/// <param name="Backend">The backend of <paramref name="ModelOptions"/>; null for ONNX.</param>
public sealed record JobInfo(
    string Model, string Data, string? Labels, JsonElement? ModelOptions, Preprocessing? Preprocessing, IReadOnlyList<string>? Classes,
    IReadOnlyList<string> Sites,
    SingleSiteOptions? SingleSites = null, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Backend = null);
