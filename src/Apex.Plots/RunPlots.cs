using Apex.Plots.Drawing;
using Apex.Plots.Kinds;

namespace Apex.Plots;

/// <summary>
/// Figures of runs, for papers.
/// <code>
/// var run = await PlottedRun.OpenAsync("run");
/// RunPlots.Save(run, "flips", "flips.pdf");
/// </code>
/// The same run and options give the same bytes on every machine that computes alike.
/// </summary>
public static class RunPlots
{
    /// <summary>Fonts and default looks of ScottPlot belong to the process.</summary>
    private static readonly Lock _drawing = new();

    /// <summary>All plots, in the order in which they are told. They hold nothing of ScottPlot, so that commands which draw nothing do not load it.</summary>
    internal static IReadOnlyList<IRunPlot> All { get; } =
    [
        new FlipsPlot(),
        new DependencePlot(),
        new SharesPlot(),
        new EscapePlot(),
        new RegularityPlot(),
        new TransitionsPlot(),
        new SensitivityPlot(),
        new SamplePlot(),
    ];

    /// <summary>Name and subject of each plot.</summary>
    public static IReadOnlyList<(string Name, string What)> Known { get; } = [.. All.Select(p => (p.Name, p.What))];

    /// <summary>Draws a plot and writes it, as a whole or not at all; a file of that name is replaced.</summary>
    /// <param name="run">The run.</param>
    /// <param name="plot">Name of the plot, see <see cref="Known"/>.</param>
    /// <param name="path">The file; its ending says the format: .svg, .png or .pdf.</param>
    /// <param name="options">What to show and how large; null for what the page shows, one column wide.</param>
    /// <exception cref="InvalidInputException">There is no such plot, it makes no sense for the run, or the file cannot be written.</exception>
    public static void Save(PlottedRun run, string plot, string path, PlotOptions? options = null) => Save([run], plot, path, options);

    /// <summary>Draws a plot and writes it, as a whole or not at all; a file of that name is replaced.</summary>
    /// <param name="runs">One run, or two that are laid over each other.</param>
    /// <param name="plot">Name of the plot, see <see cref="Known"/>.</param>
    /// <param name="path">The file; its ending says the format: .svg, .png or .pdf.</param>
    /// <param name="options">What to show and how large; null for what the page shows, one column wide.</param>
    /// <exception cref="InvalidInputException">There is no such plot, it makes no sense for a run, or the file cannot be written.</exception>
    public static void Save(IReadOnlyList<PlottedRun> runs, string plot, string path, PlotOptions? options = null)
    {
        CheckTarget(path);
        var format = FormatOf(path)
            ?? throw new InvalidInputException($"{path}: a figure is written as .svg, .png or .pdf; end the name in one of them");
        Save(runs, plot, path, format, options);
    }

    /// <summary>Draws a plot and writes it, as a whole or not at all; a file of that name is replaced.</summary>
    /// <param name="runs">One run, or two that are laid over each other.</param>
    /// <param name="plot">Name of the plot, see <see cref="Known"/>.</param>
    /// <param name="path">The file.</param>
    /// <param name="format">What to write it as, whatever the name ends in.</param>
    /// <param name="options">What to show and how large; null for what the page shows, one column wide.</param>
    /// <exception cref="InvalidInputException">There is no such plot, it makes no sense for a run, or the file cannot be written.</exception>
    public static void Save(IReadOnlyList<PlottedRun> runs, string plot, string path, PlotFormat format, PlotOptions? options = null)
    {
        CheckTarget(path);
        byte[] bytes = Draw(runs, plot, format, options);
        try
        {
            WholeFile.Write(path, bytes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"{path}: the figure cannot be written there: {error.Message}", error);
        }
    }

    /// <summary>Draws a plot.</summary>
    /// <param name="runs">One run, or two that are laid over each other.</param>
    /// <param name="plot">Name of the plot, see <see cref="Known"/>.</param>
    /// <param name="format">What to make it as.</param>
    /// <param name="options">What to show and how large; null for what the page shows, one column wide.</param>
    /// <returns>What a file of it holds.</returns>
    /// <exception cref="InvalidInputException">There is no such plot, or it makes no sense for the run.</exception>
    public static byte[] Draw(IReadOnlyList<PlottedRun> runs, string plot, PlotFormat format, PlotOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var chosen = Find(plot, runs.Count);
        var asked = (options ?? new PlotOptions()).Checked();
        chosen.Check(runs, asked);
        foreach (var run in runs)
        {
            if (Why(chosen, run, asked) is { } why)
                throw new InvalidInputException($"plot {plot} of {run.Name}: {why}; {Others(chosen, run, asked)}");
        }

        lock (_drawing)
        {
            using var figure = new Figure(FigureFont.Of(asked.Font));
            chosen.Draw(figure, runs, asked);
            return FigureFile.Draw(figure, format, asked.Size ?? FigureFile.SizeOf(figure, chosen.AxesOf(runs[0])), asked.Dpi);
        }
    }

    /// <summary>The format that a file's ending names; null where it names none.</summary>
    public static PlotFormat? FormatOf(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".svg" => PlotFormat.Svg,
        ".png" => PlotFormat.Png,
        ".pdf" => PlotFormat.Pdf,
        _ => null,
    };

    /// <summary>Checks a plot's name before any work is spent on it.</summary>
    /// <param name="plot">The name.</param>
    /// <param name="runs">How many runs it is of.</param>
    /// <exception cref="InvalidInputException">There is no such plot, or it is not of so many runs.</exception>
    public static void Check(string plot, int runs) => Find(plot, runs);

    /// <summary>Checks that a figure can be written there, before any work is spent on it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidInputException">Its folder does not exist, or it is one itself.</exception>
    public static void CheckTarget(string path)
    {
        if (string.IsNullOrEmpty(path))
            throw new InvalidInputException("the name of the figure is empty; name a file, e.g. flips.pdf");
        if (Directory.Exists(path))
            throw new InvalidInputException($"{path}: is a folder; name a file, e.g. {Path.Combine(path, "flips.pdf")}");
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
            throw new InvalidInputException($"{path}: its folder does not exist");
    }

    private static IRunPlot Find(string name, int runs)
    {
        if (runs is < 1 or > 2)
            throw new InvalidInputException($"a plot is of one run or two, not {runs}");
        var plot = All.FirstOrDefault(p => p.Name == name)
            ?? throw new InvalidInputException($"no such plot: {name}; there are {string.Join(", ", All.Select(p => p.Name))}");
        return runs == 1 || plot.Overlays
            ? plot
            : throw new InvalidInputException($"plot {name}: is of one run; "
                + $"two are laid over each other in {string.Join(", ", All.Where(p => p.Overlays).Select(p => p.Name))}");
    }

    private static string? Why(IRunPlot plot, PlottedRun run, PlotOptions options)
    {
        try
        {
            return plot.Refusal(run, options);
        }
        catch (InvalidInputException told)
        {
            return told.Message;
        }
    }

    private static string Others(IRunPlot plot, PlottedRun run, PlotOptions options)
    {
        var asked = options with { Sample = options.Sample ?? run.Observations.Samples[0].SampleId };
        string[] others = [.. All.Where(p => p != plot && Why(p, run, asked) is null).Select(p => p.Name)];
        return others.Length == 0 ? "no other plot does either" : $"it has {string.Join(", ", others)}";
    }
}
