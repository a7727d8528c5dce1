using System.Runtime.InteropServices;
using Apex.Models;
using Apex.Sites;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Torch;

/// <summary>What running a module on made-up samples tells about it.</summary>
/// <param name="Calls">The runs of its hooked modules, in order.</param>
/// <param name="Sites">Site 0 (absent for tokens) and the hidden ones.</param>
/// <param name="Classes">Number of logits.</param>
internal sealed record TorchDryRun(TorchCall[] Calls, IReadOnlyList<Site> Sites, int Classes)
{
    // Two sizes that share no factor show which axis is the batch.
    private const int FirstBatch = 2, SecondBatch = 3;

    /// <summary>Where a module's weights are.</summary>
    public static Device DeviceOf(Module module) => module.parameters().FirstOrDefault()?.device ?? module.buffers().FirstOrDefault()?.device ?? CPU;

    /// <exception cref="InvalidInputException">The module does not run on such samples, or is no classifier.</exception>
    public static TorchDryRun Run(
        Module<Tensor, Tensor> module, string name, ClassifierInput input, ActivationHooks hooks,
        Dictionary<Module<Tensor, Tensor>, (string Path, string? Op)> hooked)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var first = See(module, name, input, hooks, FirstBatch);
        var second = See(module, name, input, hooks, SecondBatch);
        if (!first.Calls.Select(c => c.Module).SequenceEqual(second.Calls.Select(c => c.Module), ReferenceEqualityComparer.Instance))
            throw new InvalidInputException(
                $"{name}: the module runs other non-linearities for other samples; control flow that depends on the data cannot be probed");
        long[] shape = first.Logits.shape;
        long classes = shape.Length < 2 ? 1 : shape[1..].Max();
        if (shape.Length == 0 || shape[0] != FirstBatch || second.Logits.shape[0] != SecondBatch || first.Logits.numel() != FirstBatch * classes)
            throw new InvalidInputException(
                $"{name}: gives [{string.Join(", ", shape)}] for {FirstBatch} samples; logits of shape [samples, classes] were expected");
        if (classes < 2)
            throw new InvalidInputException($"{name}: gives {classes} value(s) a sample; a classifier with at least 2 logits was expected");

        // Where the module ends in a softmax, the logits are what that reads.
        float[] logits = first.Logits.Floats();
        int end = first.Calls.FindLastIndex(c => TorchActivations.ReadsLogits(c.Module) && c.Makes(logits));
        if (end >= 0)
            logits = first.Calls[end].Input;

        var sites = new List<Site>();
        if (input.Kind != InputKind.Tokens)
            sites.Add(new Site(0, "input", "Input", input.Shape, input.Elements));
        var calls = new TorchCall[first.Calls.Count];
        var names = new HashSet<string>(StringComparer.Ordinal);
        int index = 1;
        for (int i = 0; i < calls.Length; i++)
        {
            var seen = first.Calls[i];
            var (path, op) = hooked[seen.Module];
            string unique = ModulePaths.Unique(names, path);
            calls[i] = new TorchCall(seen.Module, unique, null, 0, ReadsLogits: i == end);
            // What makes the logits themselves is an output, not hidden.
            if (i == end || op is null || seen.Makes(logits))
                continue;
            var (axis, perSample) = PerSample(seen.Shape, second.Calls[i].Shape)
                ?? throw new InvalidInputException(
                    $"{name}: '{unique}' makes [{string.Join(", ", seen.Shape)}] for {FirstBatch} samples, in which no axis is the batch");
            int elements = perSample.Aggregate(1, (product, d) => checked(product * d));
            calls[i] = calls[i] with { Site = new Site(index++, unique, op, perSample, elements), BatchAxis = axis };
            sites.Add(calls[i].Site!);
        }

        return new TorchDryRun(calls, sites, (int)classes);
    }

    /// <summary>
    /// The axis that grows with the batch and the shape without it; several entries of the first axis may belong to a sample (windows of an image).
    /// </summary>
    private static (int Axis, int[] PerSample)? PerSample(long[] first, long[] second)
    {
        if (first.Length != second.Length)
            return null;
        bool IsBatch(int a) =>
            first[a] * SecondBatch == second[a] * FirstBatch && (first[a] == FirstBatch || (a == 0 && first[a] % FirstBatch == 0));
        int axis = Enumerable.Range(0, first.Length).FirstOrDefault(IsBatch, -1);
        if (axis < 0)
            return null;
        int leading = (int)(first[axis] / FirstBatch);
        int[] rest = [.. first.Where((_, a) => a != axis).Select(d => checked((int)d))];
        return (axis, leading > 1 ? [leading, .. rest] : rest);
    }

    private static Sighting See(Module<Tensor, Tensor> module, string name, ClassifierInput input, ActivationHooks hooks, int batch)
    {
        long[] shape = [batch, .. input.Shape.Select(d => (long)d)];
        // Not from libtorch's generator, whose state is the caller's; token 0 is a word of every vocabulary.
        var random = new Random(1);
        using var x = input.Kind == InputKind.Tokens
            ? zeros(shape, int64)
            : tensor([.. Enumerable.Range(0, checked(batch * input.Elements)).Select(_ => 2 * random.NextSingle() - 1)], shape);
        var calls = new List<Seen>();
        try
        {
            // Copies: what a module made may be changed in place by the next.
            var logits = hooks.Call(x.to(DeviceOf(module)), (hooked, read, made) =>
            {
                calls.Add(new Seen((Module<Tensor, Tensor>)hooked, made.shape, made.Floats(), TorchActivations.ReadsLogits(hooked) ? read.Floats() : []));
                return made;
            });
            return new Sighting(calls, logits);
        }
        catch (Exception error) when (error is ExternalException or ArgumentException or InvalidOperationException)
        {
            string reason = error.Message.Split('\n', 2)[0].Trim();
            throw new InvalidInputException($"{name}: the module does not run on samples of shape [{string.Join(", ", input.Shape)}]: {reason}", error);
        }
    }

    private sealed record Sighting(List<Seen> Calls, Tensor Logits);

    private sealed record Seen(Module<Tensor, Tensor> Module, long[] Shape, float[] Values, float[] Input)
    {
        /// <summary>Whether its output is these numbers, in whatever view.</summary>
        public bool Makes(float[] values) => Values.AsSpan().SequenceEqual(values);
    }
}
