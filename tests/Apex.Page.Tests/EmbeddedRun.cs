using System.Text.Json;
using Apex.Facts;
using Apex.Questions;
using Xunit;

[assembly: AssemblyFixture(typeof(Apex.Page.Tests.EmbeddedRun))]

namespace Apex.Page.Tests;

/// <summary>A run of the built-in model and its page, made by the real command, and what the other commands print of it.</summary>
public sealed class EmbeddedRun : IDisposable
{
    private readonly TempFolder _folder = new();

    public EmbeddedRun()
    {
        Ok("probe", "--limit", "200", "--sigma", "0.0125:0.8:13", "--draws", "16",
            "--by-site", "40", "--by-site-sigma", "0.25:8:6", "--by-site-draws", "8", "--out", "run");
        Ok("report", "run", "--out", "report.html");
        (Summary, Dependence, Transitions) = (Json("show", "run"), Json("dependence", "run"), Json("transitions", "run"));
        (Sensitivity, Classes) = (Json("sensitivity", "run"), Json("classes", "run"));
        Samples = AskedRun.Open(_folder["run"]).ReadAsync().GetAwaiter().GetResult().Samples;
        (Regularity, Escape, Audit) = (Json("regularity", "run"), Json("escape", "run"), Json("audit", "run"));
    }

    public string Page => _folder["report.html"];

    public IReadOnlyList<SampleObservation> Samples { get; }

    public JsonElement Summary { get; }

    public JsonElement Dependence { get; }

    public JsonElement Transitions { get; }

    public JsonElement Sensitivity { get; }

    public JsonElement Classes { get; }

    public JsonElement Regularity { get; }

    public JsonElement Escape { get; }

    public JsonElement Audit { get; }

    public void Dispose() => _folder.Dispose();

    private JsonElement Json(params string[] arguments) => JsonDocument.Parse(Ok([.. arguments, "--json"])).RootElement;

    private string Ok(params string[] arguments)
    {
        var result = CommandLine.Run(_folder.Path, arguments);
        Assert.True(result.ExitCode == 0, result.Error);
        return result.Out;
    }
}
