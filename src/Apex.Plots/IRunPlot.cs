using Apex.Plots.Drawing;

namespace Apex.Plots;

/// <summary>
/// One plot of a run. It computes nothing: its numbers are those of the analyses. A new one is a file and a line in <see cref="RunPlots.All"/>.
/// </summary>
internal interface IRunPlot
{
    /// <summary>Its name, as in <c>apex plot RUN NAME</c>.</summary>
    string Name { get; }

    /// <summary>What it shows, in a phrase.</summary>
    string What { get; }

    /// <summary>Whether a second run can be laid over the first.</summary>
    bool Overlays { get; }

    /// <summary>Size of its axes with their labels where none is given of the figure.</summary>
    PlotSize AxesOf(PlottedRun run);

    /// <summary>Whether the options fit the runs.</summary>
    /// <exception cref="InvalidInputException">They do not.</exception>
    void Check(IReadOnlyList<PlottedRun> runs, PlotOptions options)
    {
    }

    /// <summary>Why it makes no sense for a run; null where it does.</summary>
    /// <exception cref="InvalidInputException">The run cannot tell, and the message says why.</exception>
    string? Refusal(PlottedRun run, PlotOptions options);

    /// <summary>Draws it.</summary>
    /// <param name="figure">An empty figure.</param>
    /// <param name="runs">One run; or two, if it overlays.</param>
    /// <param name="options">What to show.</param>
    void Draw(Figure figure, IReadOnlyList<PlottedRun> runs, PlotOptions options);
}
