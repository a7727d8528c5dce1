namespace Apex.Models;

/// <summary>A classifier that can be taken to its limit of infinite noise (docs/method.md, section 3).</summary>
internal interface ILimitClassifier : IClassifier
{
    /// <summary>
    /// F with s(x; sigma) / sigma -> F(xi) as sigma grows, as a classifier of the same sites and input: whatever is fed to it makes no difference.
    /// </summary>
    /// <exception cref="InvalidInputException">The network has no such limit: it multiplies two activations, say, or normalises by data.</exception>
    IClassifier OpenLimit();
}
