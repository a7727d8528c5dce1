using System.Text.RegularExpressions;

namespace Apex.Cli;

/// <summary>
/// What the library calls its properties, methods and parameters, in backquotes, and what they are on the command line: an option, or a whole command, which
/// stays in backquotes.
/// </summary>
internal static partial class OptionWords
{
    /// <summary>A word of the library and what takes its place.</summary>
    public static IReadOnlyDictionary<string, string> Table { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        // The model.
        ["Output"] = "--output",
        ["InputShape"] = "--input-shape",
        ["Provider"] = "--device",
        ["Classes"] = "--classes",
        ["Preprocessing.Scale"] = "--scale",
        ["Mean"] = "--mean",
        ["Std"] = "--std",
        ["Layout"] = "--layout",
        ["Resize"] = "--resize",
        ["ResizeFilter"] = "--resize-filter",

        // The data.
        ["Data"] = "--data",
        ["data"] = "--data",
        ["Labels"] = "--labels",
        ["LabelColumn"] = "--label-column",
        ["Limit"] = "--limit",
        ["limit"] = "--limit",
        ["OnlyClass"] = "--only-class",
        ["Indices"] = "--indices",

        // The noise.
        ["Space"] = "--space",
        ["Sites"] = "--sites",
        ["Sigmas"] = "--sigma",
        ["Draws"] = "--draws",
        ["draws"] = "--draws",
        ["ProbeOptions.Scale"] = "--relative",
        ["NoiseScale.Relative"] = "--relative",
        ["Seed"] = "--seed",

        // The work.
        ["Threads"] = "--threads",
        ["Rows"] = "--rows",
        ["Memory"] = "--memory",
        ["Shard"] = "--shard",
        ["Out"] = "--out",
        ["ResumeAsync"] = "--resume",

        // Each site alone, the adaptive search, reach.
        ["SingleSites"] = "--by-site",
        ["SingleSiteOptions.Samples"] = "--by-site",
        ["SingleSiteOptions.Sigmas"] = "--by-site-sigma",
        ["SingleSiteOptions.Draws"] = "--by-site-draws",
        ["FindEscapeAsync"] = "--adaptive",
        ["FirstOrder"] = "--first-order",
        ["Width"] = "--width",
        ["Probes"] = "--probes",
        ["Directions"] = "--directions",

        // Reading of runs.
        ["FlipLevel"] = "--flip-level",
        ["partial"] = "--partial",
        ["Top"] = "--top",
        ["Against"] = "--against",
        ["InputRun"] = "--input-run",
        ["Truth"] = "--truth",
        ["Taxonomy"] = "--taxonomy",
        ["Mode"] = "--mode",

        // Figures.
        ["Size"] = "--size",
        ["Dpi"] = "--dpi",
        ["Font"] = "--font",
        ["Sample"] = "--sample",
        ["ByClass"] = "--by-class",

        // Screening.
        ["references"] = "--reference",

        // Whole commands.
        ["IClassifier.Sites"] = "apex sites MODEL",
        ["ProbeJob.RunAsync"] = "apex probe --out",
        ["ProbeJob.ResumeAsync"] = "apex probe --resume",
        ["ProbeJob.Shard"] = "apex probe --shard I/N",
        ["ProbeJob.SingleSites"] = "apex probe ... --by-site",
        ["NoiseSpace.Input"] = "apex probe ... --sites input",
        ["EscapeSummary.Summarise"] = "apex escape RUN",
        ["ProbeJob.FindEscapeAsync"] = "apex probe --adaptive",
    };

    /// <summary>The same text in the words of the command line. Backquoted text that is not in the table stays as it is.</summary>
    /// <param name="text">
    /// What the library said; a method may be told with its argument, as in <c>`ProbeJob.ResumeAsync(run)`</c>, which then follows the command.
    /// </param>
    public static string Translate(string text) => Backquoted().Replace(text, found =>
    {
        if (!Table.TryGetValue(found.Groups["word"].Value, out string? option))
            return found.Value;
        string argument = found.Groups["argument"] is { Success: true, Value: var given } ? $" {given}" : "";
        return option.StartsWith("apex ", StringComparison.Ordinal) ? $"`{option}{argument}`" : option + argument;
    });

    [GeneratedRegex(@"`(?<word>[A-Za-z]\w*(\.\w+)?)(\((?<argument>[^`]*)\))?`")]
    private static partial Regex Backquoted();
}
