using System.Collections.Immutable;
using Module = TorchSharp.torch.nn.Module;

namespace Apex.Torch.Onnx;

/// <summary>
/// How modules are written as ONNX, one entry for each type. A module of your own is one more:
/// <code>
/// var writers = ModuleWriters.Known.With&lt;Scaled&gt;((at, module, x) =>
///     at.Node("Mul", [at.Write("body", module.Body, x), at.Constant("gain", module.Gain)]));
/// TorchOnnx.Save(network, [3, 32, 32], "network.onnx", writers);
/// </code>
/// </summary>
public sealed partial class ModuleWriters
{
    private readonly ImmutableDictionary<Type, Func<ModuleScope, Module, string, string>> _entries;

    private ModuleWriters(ImmutableDictionary<Type, Func<ModuleScope, Module, string, string>> entries) => _entries = entries;

    /// <summary>TorchSharp's modules and those of <see cref="Modules"/> that can be written.</summary>
    public static ModuleWriters Known { get; } = WithComposites(
        WithActivations(WithLayers(new ModuleWriters(ImmutableDictionary<Type, Func<ModuleScope, Module, string, string>>.Empty))));

    /// <summary>Names of the modules that can be written, in alphabetical order.</summary>
    public IEnumerable<string> Names => _entries.Keys.Select(t => t.Name).Order(StringComparer.Ordinal);

    /// <summary>The types of the modules that can be written.</summary>
    public IEnumerable<Type> Types => _entries.Keys;

    /// <summary>These and one more; it takes the place of an entry for the same type.</summary>
    /// <typeparam name="TModule">The module. Types derived from it are written the same way unless they have an entry of their own.</typeparam>
    /// <param name="write">
    /// Adds the nodes of a module in eval mode: where it stands, the module, and the name of the tensor it reads; returns the name of the tensor it makes.
    /// </param>
    public ModuleWriters With<TModule>(Func<ModuleScope, TModule, string, string> write) where TModule : Module =>
        new(_entries.SetItem(typeof(TModule), (at, module, x) => write(at, (TModule)module, x)));

    /// <summary>How a module is written; null where that is not known.</summary>
    internal Func<ModuleScope, Module, string, string>? For(Module module)
    {
        for (var type = module.GetType(); type is not null; type = type.BaseType)
        {
            if (_entries.TryGetValue(type, out var write))
                return write;
        }

        return null;
    }
}
