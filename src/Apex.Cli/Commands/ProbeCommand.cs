using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Apex.Analysis.Regularity;
using Apex.Answers;
using Apex.Experiments;
using Apex.Facts;
using Apex.Page;
using Apex.Probing;
using Apex.Questions;

namespace Apex.Cli.Commands;

/// <summary><c>apex probe [MODEL --data SPEC]</c>: run the noise and write a run.</summary>
internal static class ProbeCommand
{
    private const int ListedSamples = 10;

    public static Command Create()
    {
        var output = new Option<string?>("--out") { Description = "Folder of the run; it must not exist. Default: apex-runs/MODEL-TIME.", HelpName = "RUN" };
        var resume = new Option<string?>("--resume")
        {
            Description = "Go on with a run that was killed or stopped, with the model, data, options and noise levels that it records.",
            HelpName = "RUN",
        };
        var adaptive = new Option<bool>("--adaptive")
        {
            Description = "Find only each sample's escape noise, with as few passes as that takes; "
                + "prints it, and writes --out FILE (.csv or .parquet) instead of a run.",
        };
        var flipLevel = Typed.Number(
            "--flip-level",
            "TAU",
            FormattableString.Invariant($"With --adaptive: the share of flipped draws that counts as escape. Default: {EscapeNoise.DefaultFlipLevel}."));
        var width = Typed.Number(
            "--width", "RATIO", "With --adaptive: stop at intervals whose upper end is at most this many times the lower. Default: all of --draws.");
        var bySite = new Option<int?>("--by-site")
        {
            Description = "After that, probe each site alone too, on the first N samples: which layers matter (apex sensitivity RUN). Default of N: 100.",
            HelpName = "N",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var bySiteSigma = new Option<string?>("--by-site-sigma")
        {
            Description = "With --by-site: noise levels in units of each site's rms. Default: 0.125:64:19.",
            HelpName = "GRID",
        };
        var bySiteDraws = Typed.Whole("--by-site-draws", "N", "With --by-site: noise draws for each site, sample and sigma. Default: --draws, at most 16.");
        var firstOrder = new Option<bool?>("--first-order")
        {
            Description = "Keep of each sample how steep its margin is at the input and every site, by one backward pass: "
                + "`apex regularity` and `apex audit` then have the readout first-order, `apex sensitivity` the profile over the layers. "
                + "Default: true where the network has gradients and a sample gets 60 draws or more, so that it costs under 5 % of the run.",
            HelpName = "true|false",
        };
        var noReport = new Option<bool>("--no-report") { Description = $"Write no {ReportCommand.FileName}; `apex report RUN` makes it later." };
        var json = new Option<bool>("--json") { Description = "Print the run's summary as JSON (schema: docs/cli.schema.json)." };
        var arguments = new ProbeArguments();
        var command = new Command("probe", """
            Add Gaussian noise to a model's hidden activations, for a grid of noise levels, and write what its predictions do to a run.
            For comparison, --space input and --space parameter put the noise on the input or on the weights.

            Examples:
              apex probe
              apex probe resnet20.onnx --data train_batch.bin --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225 --out run
              apex probe model.onnx --data images/ --resize 224 --limit 200 --sigma 0.02:2:12 --draws 32
              apex probe model.onnx --data x.npz:images --labels x.npz:y --sites last --relative
              apex probe model.onnx --data images/ --adaptive --draws 64 --out escape.csv
              apex probe model.onnx --data images/ --space parameter --limit 500 --out run-parameters
              apex probe model.onnx --data images/ --by-site --out run && apex sensitivity run
              apex probe --resume run
              apex probe model.onnx --data images/ --shard 3/16 --memory 2G --out run-3
            """)
        { output, resume, adaptive, flipLevel, width, bySite, bySiteSigma, bySiteDraws, firstOrder, noReport, json };
        arguments.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            bool single = parsed.GetResult(bySite) is not null;
            if (single && parsed.GetValue(adaptive))
                throw new InvalidInputException("--by-site and --adaptive contradict each other: "
                    + "sites are probed alone beside a run, and the adaptive search writes none");
            if (!single && (parsed.GetValue(bySiteSigma) is not null || parsed.GetValue(bySiteDraws) is not null))
                throw new InvalidInputException("--by-site-sigma and --by-site-draws go with --by-site");
            if (parsed.GetValue(firstOrder) == true && (parsed.GetValue(adaptive) || parsed.GetValue(resume) is not null))
                throw new InvalidInputException("--first-order is kept in a run from its first sample on: it goes with neither --adaptive nor --resume, "
                    + "which goes on with it where the run has it");
            if (parsed.GetValue(adaptive))
            {
                if (parsed.GetValue(resume) is not null || arguments.Shard(parsed) is not null)
                    throw new InvalidInputException("--adaptive writes one table at its end, which --resume and --shard cannot go on with or divide; "
                        + "give --indices to search a part of the samples, or probe the whole grid");
                var options = new EscapeSearchOptions
                {
                    FlipLevel = parsed.GetValue(flipLevel) ?? new EscapeSearchOptions().FlipLevel,
                    Width = parsed.GetValue(width),
                };
                return await SearchAsync(arguments.Job(parsed, _ => null), options, parsed.GetValue(output), parsed.GetValue(json), cancellationToken);
            }

            if ((parsed.GetValue(flipLevel) ?? parsed.GetValue(width)) is not null)
                throw new InvalidInputException("--flip-level and --width go with --adaptive; "
                    + "of a run over the whole grid, `apex escape RUN` reads any flip level");
            var standard = new SingleSiteOptions();
            SingleSiteOptions? each = single ? standard with
            {
                Samples = parsed.GetValue(bySite) ?? standard.Samples,
                Sigmas = parsed.GetValue(bySiteSigma) is { } grid ? SigmaGrid.Parse(grid, "`SingleSiteOptions.Sigmas`") : standard.Sigmas,
                Draws = parsed.GetValue(bySiteDraws),
            } : null;
            if (parsed.GetValue(resume) is { } run)
            {
                if (parsed.GetValue(output) is not null)
                    throw new InvalidInputException("--resume and --out contradict each other: a run is resumed in its own folder");
                return await ResumeAsync(
                    run, job => arguments.Changed(parsed, job, each), parsed.GetValue(json), !parsed.GetValue(noReport), cancellationToken);
            }

            var job = arguments.Job(parsed, model => parsed.GetValue(output) ?? DefaultOut(model, arguments.Shard(parsed)), each);
            job = job with { FirstOrder = parsed.GetValue(firstOrder) };
            return await RunAsync(job, parsed.GetValue(json), !parsed.GetValue(noReport), cancellationToken);
        });
        return command;
    }

    /// <summary>Counts of samples, levels and classes up to which a page is made without being asked for.</summary>
    private const long MostCounts = 20_000_000, WorthAWord = 1_000_000;

    private static async Task<int> RunAsync(ProbeJob job, bool json, bool page, CancellationToken cancellationToken)
    {
        using var progress = new ProgressDisplay();
        var info = await job.RunAsync(started => progress.Say(PlanReport.Of(started)), progress, cancellationToken);
        progress.Dispose();
        if (info is null)
        {
            Console.Error.WriteLine("apex: stopped before the first sample was done; nothing was written");
            return ExitCode.Stopped;
        }

        return await SummariseAsync(info, job.Out!, json, page, cancellationToken);
    }

    private static async Task<int> ResumeAsync(string run, Func<ProbeJob, ProbeJob> change, bool json, bool page, CancellationToken cancellationToken)
    {
        bool goesOn = false;
        using var progress = new ProgressDisplay();
        var info = await ProbeJob.ResumeAsync(run, change, started =>
        {
            goesOn = true;
            progress.Say($"{run}: {started.Samples} of {started.Wanted} samples are there\n{PlanReport.Of(started)}");
        }, progress, cancellationToken);
        progress.Dispose();
        if (goesOn)
            return await SummariseAsync(info, run, json, page, cancellationToken);
        Console.Error.WriteLine($"{run}: is complete, all {info.Samples} samples are there; nothing to do");
        return json ? await SummariseAsync(info, run, json, false, cancellationToken) : ExitCode.Done;
    }

    private static async Task<int> SummariseAsync(RunInfo info, string run, bool json, bool page, CancellationToken cancellationToken)
    {
        if (info.Samples == 0)
        {
            Console.Error.WriteLine($"apex: stopped; {run} holds its plan and no sample yet");
            return ExitCode.Stopped;
        }

        var asked = AskedRun.Open(run);
        // A shard is there to be merged.
        bool makesPage = page && info.Shard is null && Counts(asked.Info) <= MostCounts;
        if (makesPage)
            await asked.LoadAsync(CancellationToken.None);
        Print.Answer(await RunQuestions.Show.AskAsync(asked, null, CancellationToken.None), json);
        Console.Error.WriteLine($"Run written to {run} (look again with: {Called()} show {run})");
        if (info.Status == RunStatus.Interrupted)
        {
            Console.Error.WriteLine($"apex: stopped; {info.Samples} of {info.Wanted} samples are kept; go on with: {Called()} probe --resume {run}");
            return ExitCode.Stopped;
        }

        if (info is { Status: RunStatus.Complete, SingleSites: null, Job.SingleSites: not null })
        {
            Console.Error.WriteLine("apex: stopped before every site had been probed alone; the run is complete without that part, "
                + $"which is added by: {Called()} probe --resume {run}");
            return ExitCode.Stopped;
        }

        int code = page && info.Shard is null ? await WritePageAsync(asked, cancellationToken) : ExitCode.Done;
        Console.Error.WriteLine(Took());
        return code;
    }

    /// <summary>What the user waited for: all of the command, where the summary tells of the passes alone.</summary>
    private static string Took()
    {
        using var own = Process.GetCurrentProcess();
        return string.Create(CultureInfo.InvariantCulture, $"The whole command took {(DateTime.UtcNow - own.StartTime.ToUniversalTime()).TotalSeconds:f1} s");
    }

    /// <summary>
    /// How this command is called from here: by its path where it lies below the current folder and not on the PATH, as in a clone; else by its name.
    /// </summary>
    private static string Called()
    {
        string name = "apex", own = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        bool isOnPath = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Any(f => Path.TrimEndingDirectorySeparator(Path.GetFullPath(f)) == own);
        string path = Path.GetRelativePath(Environment.CurrentDirectory, Environment.ProcessPath ?? name);
        return isOnPath || path.StartsWith("..", StringComparison.Ordinal) ? name : path;
    }

    private static long Counts(RunInfo info) => info.Samples * info.Plan.Sigmas.Count * info.Model.Classes.Count;

    /// <summary>The run is done and kept; a page that cannot be made takes nothing from it.</summary>
    private static async Task<int> WritePageAsync(AskedRun run, CancellationToken cancellationToken)
    {
        string path = run.Path!, page = Path.Combine(path, ReportCommand.FileName);
        long counts = Counts(run.Info);
        if (counts > MostCounts)
        {
            // Analyses hold the run in memory and take their time: not what the end of a long probe should do unasked.
            Console.Error.WriteLine($"No page was made of so large a run; {Called()} report {path} makes one");
            return ExitCode.Done;
        }

        if (counts > WorthAWord)
            Console.Error.WriteLine("Making the page");

        try
        {
            (await ReportPage.OfAsync([run], null, OptionWords.Translate, cancellationToken)).Write(page);
            Console.Error.WriteLine($"To look at in a browser: {page}");
            string other = run.Info.SingleSites is not null ? "sensitivity" : RunQuestions.Audit.IsFor(run) ? "audit" : "classes";
            Console.Error.WriteLine($"Next: {Called()} regularity {path}, or {Called()} {other} {path}");
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine($"apex: stopped while the page was made; the run is complete, and {Called()} report {path} makes its page");
            return ExitCode.Stopped;
        }
        catch (Exception error)
        {
            // Whatever it is: the run is there, and nothing about its page may look like a failed probe. The command by itself tells a bug as one.
            Console.Error.WriteLine($"apex: note: no page was made ({error.Message.ReplaceLineEndings(" ")}); try: {Called()} report {path} --verbose");
        }

        return ExitCode.Done;
    }

    private static async Task<int> SearchAsync(ProbeJob job, EscapeSearchOptions options, string? table, bool json, CancellationToken cancellationToken)
    {
        if (table is not null)
            TableFile.CheckTarget(table);
        using var progress = new ProgressDisplay();
        var (answer, searched, wanted) = await ModelQuestions.EscapeAsync(
            job, options, ListedSamples, started => progress.Say(PlanReport.Of(started)), progress, cancellationToken);
        progress.Dispose();
        if (answer is null)
        {
            Console.Error.WriteLine("apex: stopped before the first sample was done; nothing was written");
            return ExitCode.Stopped;
        }

        if (table is not null)
        {
            await answer.ToTable().WriteAsync(table);
            Console.Error.WriteLine($"Escape noise of every sample written to {table}");
        }

        Print.Answer(answer, json);
        if (searched == wanted)
            return ExitCode.Done;
        Console.Error.WriteLine($"apex: stopped; {searched} of {wanted} samples were searched");
        return ExitCode.Stopped;
    }

    private static string DefaultOut(string model, Shard? shard)
    {
        string part = shard is { } s ? $"-{s.Index}of{s.Count}" : "";
        return Path.Combine("apex-runs", $"{Path.GetFileNameWithoutExtension(model)}-{DateTime.Now:yyyyMMdd-HHmmss}{part}");
    }
}
