using System.CommandLine;
using System.Globalization;
using Apex.Plots;
using Apex.Questions;

namespace Apex.Cli.Commands;

/// <summary><c>apex plot RUN NAME</c>: figures for papers.</summary>
internal static class PlotCommand
{
    public static Command Create()
    {
        var standard = new PlotOptions();
        var first = RunArguments.Run();
        var name = new Argument<string>("NAME") { Description = string.Join(", ", RunPlots.Known.Select(p => p.Name)) + "." };
        var with = new Option<string?>("--with") { Description = "A second run, laid over the first.", HelpName = "RUN_B" };
        var format = new Option<string?>("--format") { Description = "svg, png or pdf. Default: what --out ends in, else svg.", HelpName = "FORMAT" };
        var output = new Option<string?>("--out") { Description = "The file. Default: NAME.FORMAT in the run's folder.", HelpName = "FILE" };
        var size = new Option<string?>("--size")
        {
            Description = "Width and height on paper in mm. Default: one column of a paper, 85 wide; wider for matrices of many classes.",
            HelpName = "WxH",
        };
        var dpi = Typed.Whole("--dpi", "N", "Pixels an inch of a PNG.", standard.Dpi);
        var sample = Typed.Long("--sample", "ID", "The sample that `sample` shows, by its index in the source.");
        var byClass = new Option<bool>("--by-class") { Description = "Draw `escape` for each predicted class." };
        var flipLevel = Typed.Number("--flip-level", "TAU", "tau of escape noise, between 0 and 1.", standard.FlipLevel);
        var font = new Option<string?>("--font")
        {
            Description = "Set the text in this font. Default: Liberation Sans, which comes with apex.",
            HelpName = "FILE.ttf",
        };
        var partial = RunArguments.Partial();
        var json = RunArguments.Json();
        var command = new Command("plot", $"""
            Draw a figure of a run for a paper, as SVG, PNG or PDF: the plots of its page, one column wide, with intervals and n.
            The file's name is printed.

            {string.Join('\n', RunPlots.Known.Select(p => $"  {p.Name.PadRight(RunPlots.Known.Max(k => k.Name.Length))}  {OptionWords.Translate(p.What)}"))}

            Examples:
              apex plot run flips
              apex plot run-a dependence --with run-b --out dependence.pdf
              apex plot run sample --sample 103 --format png --size 120x70
            """)
        { first, name, with, format, output, size, dpi, sample, byClass, flipLevel, font, partial, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string plot = parsed.GetValue(name)!;
            string[] paths = parsed.GetValue(with) is { } second ? [parsed.GetValue(first)!, second] : [parsed.GetValue(first)!];
            RunPlots.Check(plot, paths.Length);
            var options = new PlotOptions
            {
                Size = parsed.GetValue(size) is { } given ? PlotSize.Parse(given) : null,
                Dpi = parsed.GetValue(dpi),
                Sample = parsed.GetValue(sample),
                ByClass = parsed.GetValue(byClass),
                FlipLevel = parsed.GetValue(flipLevel),
                Font = parsed.GetValue(font),
            };
            var chosen = Format(parsed.GetValue(format), parsed.GetValue(output));
            AskedRun[] asked = [.. paths.Select(p => RunArguments.Open(p, parsed.GetValue(partial)))];
            string target = parsed.GetValue(output) ?? Path.Combine(paths[0], FileName(plot, options, asked) + "." + chosen.ToString().ToLowerInvariant());
            RunPlots.CheckTarget(target);
            var runs = new List<PlottedRun>();
            foreach (var run in asked)
                runs.Add(await PlottedRun.OfAsync(run, cancellationToken));
            await Task.Run(() => RunPlots.Save(runs, plot, target, chosen, options), cancellationToken).WaitAsync(cancellationToken);
            var answer = new PlotAnswer(plot, paths, target, chosen) { Warnings = [.. runs.SelectMany(r => r.Info.Warnings ?? [])] };
            Warn.Say(answer.Warnings);
            Print.Answer(answer, parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }

    private static string FileName(string plot, PlotOptions options, AskedRun[] runs) => string.Concat(
        plot,
        plot == "sample" ? string.Create(CultureInfo.InvariantCulture, $"-{options.Sample}") : "",
        plot == "escape" && options.ByClass ? "-by-class" : "",
        runs.Length > 1 ? $"-with-{runs[1].Name}" : "");

    private static PlotFormat Format(string? given, string? output)
    {
        var named = given is null
            ? (PlotFormat?)null
            : RunPlots.FormatOf("." + given) ?? throw new InvalidInputException($"--format {given}: give svg, png or pdf");
        var ending = output is null ? null : RunPlots.FormatOf(output);
        if (named is not null && ending is not null && named != ending)
            throw new InvalidInputException($"--out {output}: ends in another format than --format {given}; leave one of them out");
        return named ?? ending ?? (output is null
            ? PlotFormat.Svg
            : throw new InvalidInputException($"--out {output}: end the name in .svg, .png or .pdf, or give --format"));
    }
}
