using System.CommandLine;
using Apex.Analysis;
using Apex.Data;
using Apex.Observations;
using Apex.Probing;
using Apex.Reporting;

namespace Apex.Cli.Commands;

/// <summary><c>apex probe [MODEL --data SPEC]</c>: run the noise and write a run.</summary>
internal static class ProbeCommand
{
    private const string DefaultModel = "fashion-mnist-resnet8.onnx";
    private const string DefaultData = "t10k-images-idx3-ubyte.gz";
    private const int DefaultLimit = 500;

    public static Command Create()
    {
        var model = new Argument<string?>("MODEL") { Description = "An ONNX classifier. Without one, the built-in Fashion-MNIST model is probed.", Arity = ArgumentArity.ZeroOrOne };
        var data = new Option<string?>("--data") { Description = "CIFAR-10 binary, IDX, NPY, NPZ[:KEY], CSV, or an image folder CLASS/FILE; found by content.", HelpName = "SPEC" };
        var labels = new Option<string?>("--labels") { Description = "A separate source of labels: IDX, NPY, NPZ:KEY, or text with one a line.", HelpName = "SPEC" };
        var labelColumn = new Option<string?>("--label-column") { Description = "CSV: name or index (from 0) of the label column.", HelpName = "COLUMN" };
        var output = new Option<string?>("--out") { Description = "Folder of the run; it must not exist. Default: apex-runs/MODEL-TIME.", HelpName = "RUN" };
        var limit = new Option<long?>("--limit") { Description = "At most this many samples. Default: all (500 for the built-in data).", HelpName = "N" };
        var onlyClass = new Option<string?>("--only-class") { Description = "Only samples labelled with this class (name or index).", HelpName = "CLASS" };
        var indices = new Option<string?>("--indices") { Description = "Only these samples, e.g. 0:100,250,300:400:2.", HelpName = "LIST" };
        var sigma = new Option<string?>("--sigma") { Description = "Noise levels: FROM:TO:COUNT (geometric) or a list. Default: found by a pilot.", HelpName = "GRID" };
        var sites = new Option<string[]>("--sites") { Description = "all, last, input, a name or glob, A..B, or an index; repeat to combine. Default: all.", HelpName = "SITES" };
        var draws = new Option<int>("--draws") { Description = "Noise draws for each sample and sigma.", DefaultValueFactory = _ => 32, HelpName = "N" };
        var relative = new Option<bool>("--relative") { Description = "Scale the noise of each site by the rms of its activations." };
        var seed = new Option<ulong>("--seed") { Description = "Keys all noise.", HelpName = "SEED" };
        var threads = new Option<int>("--threads") { Description = "Worker threads; results do not depend on it. Default: one for each core.", HelpName = "N" };
        var rows = new Option<int>("--rows") { Description = "Batch rows of a pass at most. Default: chosen by the model's size.", HelpName = "N" };
        var json = new Option<bool>("--json") { Description = "Print the run's summary as JSON (schema: docs/cli.schema.json)." };
        var arguments = new ModelArguments();
        var command = new Command("probe", """
            Add Gaussian noise to a model's hidden activations, for a grid of noise levels, and write what its predictions do to a run.

            Examples:
              apex probe
              apex probe resnet20.onnx --data train_batch.bin --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225 --out run
              apex probe model.onnx --data images/ --resize 224 --limit 200 --sigma 0.02:2:12 --draws 32
              apex probe model.onnx --data x.npz:images --labels x.npz:y --sites last --relative
            """)
        { model, data, labels, labelColumn, output, limit, onlyClass, indices, sigma, sites, draws, relative, seed, threads, rows, json };
        arguments.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (modelPath, dataSpec, standard) = Choose(parsed.GetValue(model), parsed.GetValue(data), parsed.GetValue(limit));
            var job = new ProbeJob
            {
                Model = modelPath,
                Data = dataSpec,
                Out = parsed.GetValue(output) ?? DefaultOut(modelPath),
                ModelOptions = arguments.Options(parsed),
                Preprocessing = arguments.Preprocessing(parsed),
                Classes = arguments.Classes(parsed),
                DataOptions = new DatasetOptions { Labels = parsed.GetValue(labels), LabelColumn = parsed.GetValue(labelColumn) },
                Selection = new SampleSelection { Limit = standard, OnlyClass = parsed.GetValue(onlyClass), Indices = parsed.GetValue(indices) },
                Options = new ProbeOptions
                {
                    Sites = parsed.GetValue(sites) is { Length: > 0 } chosen ? chosen : ["all"],
                    Sigmas = parsed.GetValue(sigma) is { } grid ? SigmaGrid.Parse(grid) : null,
                    Draws = parsed.GetValue(draws),
                    Scale = parsed.GetValue(relative) ? NoiseScale.Relative : NoiseScale.Absolute,
                    Seed = parsed.GetValue(seed),
                    Threads = parsed.GetValue(threads),
                    Rows = parsed.GetValue(rows),
                },
                Arguments = Environment.GetCommandLineArgs()[1..],
            };
            return await RunAsync(job, parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(ProbeJob job, bool json, CancellationToken cancellationToken)
    {
        using var progress = new ProgressDisplay();
        var info = await job.RunAsync(started => progress.Say(PlanReport.Of(started)), progress, cancellationToken);
        progress.Dispose();
        if (info is null)
        {
            Console.Error.WriteLine("apex: stopped before the first sample was done; nothing was written");
            return ExitCode.Stopped;
        }

        var reader = RunReader.Open(job.Out);
        var summary = await RunSummary.FromAsync(reader.Info, reader.ReadAsync(CancellationToken.None), cancellationToken: CancellationToken.None);
        var report = new SummaryReport(reader.Info, summary, job.Out);
        Console.Out.Write(json ? report.ToJson() : report.ToText());
        Console.Error.WriteLine($"Run written to {job.Out} (look again with: apex show {job.Out})");
        if (info.Status != RunStatus.Interrupted)
            return ExitCode.Done;
        Console.Error.WriteLine($"apex: stopped; {info.Samples} of {info.Data.Selected} samples are kept");
        return ExitCode.Stopped;
    }

    private static (string Model, string Data, long? Limit) Choose(string? model, string? data, long? limit)
    {
        if (model is not null)
            return (model, data ?? throw new InvalidInputException("--data SPEC is missing: give the samples to probe the model on"), limit);
        string folder = Path.Combine(AppContext.BaseDirectory, "Default");
        return data is null
            ? (Path.Combine(folder, DefaultModel), Path.Combine(folder, DefaultData), limit ?? DefaultLimit)
            : (Path.Combine(folder, DefaultModel), data, limit);
    }

    private static string DefaultOut(string model) =>
        Path.Combine("apex-runs", $"{Path.GetFileNameWithoutExtension(model)}-{DateTime.Now:yyyyMMdd-HHmmss}");
}
