using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Torch;

/// <summary>
/// Forward hooks on some modules inside a network. They stay where they are for as long as this lives and do nothing but in a
/// <see cref="Call"/> of the thread they run on, so that several threads can run the same network, each with a visitor of its own.
/// </summary>
internal sealed class ActivationHooks : IDisposable
{
    private readonly Module<Tensor, Tensor> _network;
    private readonly ThreadLocal<Visitor?> _visitor = new();
    private readonly List<Module<Tensor, Tensor>.HookRemover> _removers;

    /// <param name="network">What is called.</param>
    /// <param name="hooked">Modules inside it, each once.</param>
    public ActivationHooks(Module<Tensor, Tensor> network, IEnumerable<Module<Tensor, Tensor>> hooked)
    {
        _network = network;
        _removers = [.. hooked.Select(m => m.register_forward_hook((module, input, output) => _visitor.Value?.Invoke(module, input, output) ?? output))];
    }

    /// <summary>Sees one run of a hooked module.</summary>
    /// <param name="module">The module.</param>
    /// <param name="input">What it read.</param>
    /// <param name="output">What it made.</param>
    /// <returns>What the rest of the network reads in place of <paramref name="output"/>.</returns>
    public delegate Tensor Visitor(Module module, Tensor input, Tensor output);

    /// <summary>Runs the network; the hooked modules show themselves in the order in which they run.</summary>
    public Tensor Call(Tensor input, Visitor visitor)
    {
        _visitor.Value = visitor;
        try
        {
            return _network.call(input);
        }
        finally
        {
            _visitor.Value = null;
        }
    }

    public void Dispose()
    {
        foreach (var remover in _removers)
            remover.remove();
        _visitor.Dispose();
    }
}
