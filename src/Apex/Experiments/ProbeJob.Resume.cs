using Apex.Data;
using Apex.Facts;
using Apex.Observations;
using Apex.Probing;

namespace Apex.Experiments;

public sealed partial record ProbeJob
{
    /// <summary>The job that a run records: the same model, data and options, with the noise levels that it found.</summary>
    /// <param name="run">Folder of the run.</param>
    /// <exception cref="InvalidInputException">It is no run, or does not record enough to be repeated.</exception>
    public static ProbeJob Of(string run) => Create(run, RunReader.Describe(run));

    /// <summary>
    /// Goes on with a run that was killed or stopped, from what is on disk, under the plan that it recorded:
    /// <code>
    /// await ProbeJob.ResumeAsync("run");
    /// await ProbeJob.ResumeAsync("run", job => job with { Options = job.Options with { Threads = 4 } });
    /// </code>
    /// The result is that of a run that was never stopped, to the bit. A complete run is left as it is, unless it lacks the part in which each site is probed
    /// alone.
    /// </summary>
    /// <param name="run">Folder of the run.</param>
    /// <param name="change">
    /// Changes the job that the run records: another place of the same model or data, threads, memory. Whatever would change the results is refused.
    /// </param>
    /// <param name="prepared">Told once the run stands and work goes on.</param>
    /// <param name="progress">Told after each sample.</param>
    /// <param name="cancellationToken">Stops cleanly: what is done is kept and the run marked interrupted.</param>
    /// <returns>The run as written.</returns>
    /// <exception cref="InvalidInputException">
    /// Model, data or options are not what they were, another process writes the run, or it cannot be resumed.
    /// </exception>
    public static async Task<RunInfo> ResumeAsync(
        string run, Func<ProbeJob, ProbeJob>? change = null, Action<RunInfo>? prepared = null, IProgress<ProbeProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var recorded = RunReader.Describe(run);
        if (recorded is { Status: RunStatus.Complete, Job: null })
            return recorded;
        var job = Create(run, recorded);
        job = change?.Invoke(job) ?? job;
        if (IsDone(run, recorded, job))
            return recorded;
        if (recorded.Job!.ModelOptions is null && job.Classifier is null)
        {
            throw new InvalidInputException(
                $"{run}: was made of a network in memory ({job.Model}), which is in no file; " +
                "go on with it from the program that made it: ProbeJob.ResumeAsync with the same Classifier");
        }

        using var held = RunLock.Take(run);
        // Only now is it sure that nobody writes it.
        recorded = RunReader.Describe(run);
        if (IsDone(run, recorded, job))
            return recorded;
        using var setup = new Setup(job, cancellationToken);
        var plan = setup.Probe.PlanOf(recorded.Plan);
        bool isDifferentiated = job.FirstOrder ?? recorded.FirstOrderSites is not null;
        var now = job.Describe(setup, plan, setup.Hash()) with { FirstOrderSites = isDifferentiated ? FirstOrderProbe.SitesOf(setup.Classifier) : null };
        string[] differences = [.. RunDifferences.Between(recorded, now, "in the run", "now")];
        if (recorded.Shard != now.Shard)
            differences = [.. differences, $"`Shard` is {recorded.Shard?.ToString() ?? "none"} in the run and {now.Shard?.ToString() ?? "none"} now"];
        if (differences.Length > 0)
            throw new InvalidInputException($"{run}: cannot be resumed, because what was there is not what would be added: {string.Join("; ", differences)}");
        // Where model and data are may have changed; what they are has not.
        var info = recorded with
        {
            Job = now.Job,
            Model = recorded.Model with { Path = now.Model.Path },
            Data = recorded.Data with { Spec = now.Data.Spec, Labels = now.Data.Labels },
        };
        var single = job.Single(setup);
        using var first = isDifferentiated ? new FirstOrderProbe(setup.Classifier) : null;
        await using var writer = recorded.Status == RunStatus.Complete
            ? RunWriter.Reopen(run, held, info)
            : await RunWriter.ResumeAsync(run, held, info, job.Checkpoint, cancellationToken);
        prepared?.Invoke(writer.Info);
        if (recorded.Status != RunStatus.Complete)
            await ProbeInto(writer, setup, plan, first, progress, cancellationToken);
        if (single is not null && writer.Info.Status == RunStatus.Complete)
            await ProbeSitesInto(writer, setup, single, progress, cancellationToken);
        return writer.Info;
    }

    /// <summary>Whether a run holds all that is asked of it.</summary>
    /// <exception cref="InvalidInputException">Its sites were probed alone, but otherwise.</exception>
    private static bool IsDone(string run, RunInfo recorded, ProbeJob job)
    {
        if (recorded.Status != RunStatus.Complete)
            return false;
        if (job.SingleSites is not { } asked)
            return true;
        if (recorded.SingleSites is null)
            return false;
        return recorded.Job?.SingleSites is { } had && (had.Samples, had.Draws) == (asked.Samples, asked.Draws) && had.Sigmas.SequenceEqual(asked.Sigmas)
            ? true
            : throw new InvalidInputException($"{run}: its sites were probed alone already, with other options of `SingleSites`; probe again");
    }

    private static ProbeJob Create(string run, RunInfo info)
    {
        if (info.Job is not { } asked)
            throw new InvalidInputException($"{run}: does not record what is needed to repeat it; probe again");
        return new ProbeJob
        {
            Model = asked.Model,
            Data = asked.Data,
            Out = run,
            ModelOptions = asked.ModelOptions is { } options ? Backends.Read(run, asked.Backend, options) : null,
            DataOptions = new DatasetOptions { Labels = asked.Labels, LabelColumn = info.Data.LabelColumn },
            Selection = new SampleSelection { Limit = info.Data.Limit, OnlyClass = info.Data.OnlyClass, Indices = info.Data.Indices },
            Preprocessing = asked.Preprocessing,
            Classes = asked.Classes,
            SingleSites = asked.SingleSites,
            FirstOrder = info.FirstOrderSites is not null,
            Shard = info.Shard is { } shard ? new Shard(shard.Index, shard.Count) : null,
            Arguments = info.Arguments,
            Options = new ProbeOptions
            {
                // Input noise is activation noise at the input, by whichever name it was asked for.
                Space = asked.Sites is ["all"] ? info.Plan.Space : NoiseSpace.Activation,
                Sites = asked.Sites,
                Sigmas = info.Plan.Sigmas,
                Draws = info.Plan.Draws,
                Scale = info.Plan.Space == NoiseSpace.Parameter ? NoiseScale.Absolute : info.Plan.Scale,
                Seed = info.Plan.Seed,
            },
        };
    }
}
