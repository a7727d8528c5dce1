using System.CommandLine;
using Apex.Data;
using Apex.Experiments;
using Apex.Facts;
using Apex.Models.Onnx;
using Apex.Probing;

namespace Apex.Cli.Commands;

/// <summary>The argument and options that say what is probed and how, shared by the commands that run a model.</summary>
internal sealed class ProbeArguments
{
    private const string DefaultModel = "fashion-mnist-resnet8.onnx";
    private const string DefaultData = "t10k-images-idx3-ubyte.gz";
    private const int DefaultLimit = 500;

    private readonly Argument<string?> _model = new("MODEL")
    {
        Description = "An ONNX classifier. Without one, the built-in Fashion-MNIST model is probed.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _data = new("--data")
    {
        Description = "CIFAR-10 binary, IDX, NPY, NPZ[:KEY], CSV, or an image folder CLASS/FILE; found by content.",
        HelpName = "SPEC",
    };

    private readonly Option<string?> _labels = new("--labels")
    {
        Description = "A separate source of labels: IDX, NPY, NPZ:KEY, or text with one a line.",
        HelpName = "SPEC",
    };

    private readonly Option<string?> _labelColumn = new("--label-column")
    {
        Description = "CSV: name or index (from 0) of the label column.",
        HelpName = "COLUMN",
    };

    private readonly Option<long?> _limit = Typed.Long("--limit", "N", "At most this many samples. Default: all (500 for the built-in data).");
    private readonly Option<string?> _onlyClass = new("--only-class")
    {
        Description = "Only samples labelled with this class (name or index).",
        HelpName = "CLASS",
    };

    private readonly Option<string?> _indices = new("--indices") { Description = "Only these samples, e.g. 0:100,250,300:400:2.", HelpName = "LIST" };
    private readonly Option<string?> _sigma = new("--sigma")
    {
        Description = "Noise levels: FROM:TO:COUNT (geometric) or a list. Default: found by a pilot.",
        HelpName = "GRID",
    };

    private readonly Option<string> _space = new("--space")
    {
        Description = "What gets noise: activation, input (site 0 alone), "
            + "or parameter (each weight tensor in proportion to its rms, one draw for all samples).",
        DefaultValueFactory = _ => "activation",
        HelpName = "SPACE",
    };

    private readonly Option<string[]> _sites = ModelArguments.Sites();
    private readonly Option<int> _draws = Typed.Whole("--draws", "N", "Noise draws for each sample and sigma.", 32);
    private readonly Option<bool> _relative = new("--relative") { Description = "Scale the noise of each site by the rms of its activations." };
    private readonly Option<ulong?> _seed = Typed.Seed("Keys all noise.");
    private readonly Option<int> _threads = ModelArguments.Threads();
    private readonly Option<int> _rows = Typed.Whole("--rows", "N", "Batch rows of a pass at most. Default: chosen by the model's size.", 0);
    private readonly Option<string?> _memory = new("--memory")
    {
        Description = "Keep the process within this, e.g. 800M or 2G, by fewer threads and smaller parts; results do not depend on it. Default: no bound.",
        HelpName = "SIZE",
    };

    private readonly Option<string?> _shard = new("--shard")
    {
        Description = "Probe the I-th of N shares of the samples, counted from 1, e.g. 3/16; `apex merge` joins them.",
        HelpName = "I/N",
    };

    private readonly Option<double> _checkpoint = Typed.Number("--checkpoint", "SECONDS", "Write what is done after at most so many seconds.", 30);
    private readonly ModelArguments _arguments = new();

    public void AddTo(Command command)
    {
        _space.CompletionSources.Add("activation", "input", "parameter");
        command.Arguments.Add(_model);
        Option[] options =
        [
            _data, _labels, _labelColumn, _limit, _onlyClass, _indices,
            _sigma, _space, _sites, _draws, _relative, _seed, _threads, _rows, _memory, _shard, _checkpoint,
        ];
        foreach (var option in options)
            command.Options.Add(option);
        _arguments.AddTo(command);
    }

    /// <summary>The job that was asked for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="folder">The run's folder, by the model's path; null for none.</param>
    /// <param name="single">How each site is probed alone, or null.</param>
    public ProbeJob Job(ParseResult parsed, Func<string, string?> folder, SingleSiteOptions? single = null)
    {
        var space = Space(parsed);
        var (modelPath, dataSpec, standard) = Choose(parsed.GetValue(_model), parsed.GetValue(_data), parsed.GetValue(_limit));
        return new ProbeJob
        {
            Model = modelPath,
            Data = dataSpec,
            Out = folder(modelPath),
            ModelOptions = _arguments.Options(parsed),
            Preprocessing = _arguments.Preprocessing(parsed),
            Classes = _arguments.Classes(parsed),
            DataOptions = new DatasetOptions { Labels = parsed.GetValue(_labels), LabelColumn = parsed.GetValue(_labelColumn) },
            Selection = new SampleSelection { Limit = standard, OnlyClass = parsed.GetValue(_onlyClass), Indices = parsed.GetValue(_indices) },
            Options = new ProbeOptions
            {
                Space = space,
                Sites = parsed.GetValue(_sites) is { Length: > 0 } chosen ? chosen : ["all"],
                Sigmas = parsed.GetValue(_sigma) is { } grid ? SigmaGrid.Parse(grid) : null,
                Draws = parsed.GetValue(_draws),
                Scale = parsed.GetValue(_relative) ? NoiseScale.Relative : NoiseScale.Absolute,
                Seed = parsed.GetValue(_seed) ?? 0,
                Threads = parsed.GetValue(_threads),
                Rows = parsed.GetValue(_rows),
                Memory = Memory(parsed),
            },
            SingleSites = single,
            Shard = Shard(parsed),
            Checkpoint = Checkpoint(parsed),
            Arguments = Environment.GetCommandLineArgs()[1..],
        };
    }

    /// <summary>The share that was asked for, or null.</summary>
    public Shard? Shard(ParseResult parsed) => parsed.GetValue(_shard) is { } share ? Experiments.Shard.Parse(share) : null;

    /// <summary>
    /// A run's own job with what the command line says besides: all but places, threads and memory must agree with it, which the library checks.
    /// </summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="job">What the run records.</param>
    /// <param name="single">How each site is probed alone, where that is asked for now.</param>
    public ProbeJob Changed(ParseResult parsed, ProbeJob job, SingleSiteOptions? single)
    {
        bool Given(Option option) => parsed.GetResult(option) is { Implicit: false };
        var options = job.Options;
        return job with
        {
            Model = parsed.GetValue(_model) ?? job.Model,
            Data = parsed.GetValue(_data) ?? job.Data,
            ModelOptions = _arguments.Changed(parsed, job.ModelOptions as OnnxOptions? ?? new OnnxOptions()),
            Preprocessing = _arguments.Changed(parsed, job.Preprocessing),
            Classes = _arguments.Classes(parsed) ?? job.Classes,
            DataOptions = job.DataOptions with
            {
                Labels = parsed.GetValue(_labels) ?? job.DataOptions.Labels,
                LabelColumn = parsed.GetValue(_labelColumn) ?? job.DataOptions.LabelColumn,
            },
            Selection = job.Selection with
            {
                Limit = parsed.GetValue(_limit) ?? job.Selection.Limit,
                OnlyClass = parsed.GetValue(_onlyClass) ?? job.Selection.OnlyClass,
                Indices = parsed.GetValue(_indices) ?? job.Selection.Indices,
            },
            Options = options with
            {
                Space = Given(_space) ? Space(parsed) : options.Space,
                Sites = Given(_sites) ? parsed.GetValue(_sites)! : options.Sites,
                Sigmas = parsed.GetValue(_sigma) is { } grid ? SigmaGrid.Parse(grid) : options.Sigmas,
                Draws = Given(_draws) ? parsed.GetValue(_draws) : options.Draws,
                Scale = Given(_relative) ? parsed.GetValue(_relative) ? NoiseScale.Relative : NoiseScale.Absolute : options.Scale,
                Seed = parsed.GetValue(_seed) ?? options.Seed,
                Rows = parsed.GetValue(_rows),
                Threads = parsed.GetValue(_threads),
                Memory = Memory(parsed),
            },
            Shard = Shard(parsed) ?? job.Shard,
            SingleSites = single ?? job.SingleSites,
            Checkpoint = Checkpoint(parsed),
        };
    }

    private long? Memory(ParseResult parsed) => parsed.GetValue(_memory) is { } size ? ProbeOptions.ParseMemory(size) : null;

    private TimeSpan Checkpoint(ParseResult parsed) => parsed.GetValue(_checkpoint) is var seconds and >= 0 and <= 86400
        ? TimeSpan.FromSeconds(seconds)
        : throw new InvalidInputException($"--checkpoint {parsed.GetValue(_checkpoint)}: give 0 to 86400 seconds");

    /// <summary>The built-in model.</summary>
    public static string DefaultModelPath => Path.Combine(AppContext.BaseDirectory, "Default", DefaultModel);

    /// <summary>The model and data asked for, or the built-in ones.</summary>
    /// <exception cref="InvalidInputException">A model was given without data.</exception>
    public static (string Model, string Data) Choose(string? model, string? data)
    {
        var (path, spec, _) = Choose(model, data, null);
        return (path, spec);
    }

    private NoiseSpace Space(ParseResult parsed)
    {
        string text = parsed.GetValue(_space)!;
        var space = text.ToLowerInvariant() switch
        {
            "activation" => NoiseSpace.Activation,
            "input" => NoiseSpace.Input,
            "parameter" => NoiseSpace.Parameter,
            _ => throw new InvalidInputException($"--space {text}: give activation, input or parameter"),
        };
        if (space != NoiseSpace.Activation && parsed.GetValue(_sites) is { Length: > 0 })
            throw new InvalidInputException($"--sites and --space {text} contradict each other: sites are chosen among activations; give one of them");
        return space;
    }

    private static (string Model, string Data, long? Limit) Choose(string? model, string? data, long? limit)
    {
        if (model is not null)
            return (model, data ?? throw new InvalidInputException("--data SPEC is missing: give the samples to probe the model on"), limit);
        string folder = Path.Combine(AppContext.BaseDirectory, "Default");
        return data is null
            ? (DefaultModelPath, Path.Combine(folder, DefaultData), limit ?? DefaultLimit)
            : (DefaultModelPath, data, limit);
    }
}
