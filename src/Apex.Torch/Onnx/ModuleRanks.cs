using System.Runtime.InteropServices;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Torch.Onnx;

/// <summary>How many axes each module's input has, found by running the network once on zeros.</summary>
internal sealed class ModuleRanks
{
    private const int Batch = 2;
    private readonly Dictionary<Module, int> _ranks = new(ReferenceEqualityComparer.Instance);

    private ModuleRanks(long[] outputShape) => OutputShape = outputShape;

    /// <summary>Shape of the network's output for a batch of 2.</summary>
    public long[] OutputShape { get; private set; }

    /// <exception cref="InvalidInputException">The network does not run on such samples.</exception>
    public static ModuleRanks Find(Module<Tensor, Tensor> network, IReadOnlyList<int> sampleShape)
    {
        using var scope = NewDisposeScope();
        using var mode = new EvalMode(network);
        var ranks = new ModuleRanks([]);
        using var hooks = new ActivationHooks(network, ModulePaths.Of(network).Select(m => m.Module).OfType<Module<Tensor, Tensor>>());
        try
        {
            ranks.OutputShape = hooks.Call(
                zeros([Batch, .. sampleShape.Select(d => (long)d)], device: TorchDryRun.DeviceOf(network)), (module, input, output) =>
            {
                int axes = (int)input.dim();
                if (ranks._ranks.TryGetValue(module, out int other) && other != axes)
                    throw new InvalidInputException(
                        $"{ModulePaths.NameOf(network)}: {module.GetType().FullName} reads {other} axes at one place and {axes} at another; "
                            + "use a module of its own for each");
                ranks._ranks[module] = axes;
                return output;
            }).shape;
            return ranks;
        }
        catch (Exception error) when (error is ExternalException or ArgumentException or InvalidOperationException)
        {
            string reason = error.Message.Split('\n', 2)[0].Trim();
            throw new InvalidInputException(
                $"{ModulePaths.NameOf(network)}: the module does not run on samples of shape [{string.Join(", ", sampleShape)}]: {reason}", error);
        }
    }

    /// <summary>Axes of what a module reads, the batch included; null for one that does not run.</summary>
    public int? For(Module module) => _ranks.TryGetValue(module, out int axes) ? axes : null;
}
