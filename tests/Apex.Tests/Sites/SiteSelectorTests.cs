using Apex.Sites;
using Xunit;

namespace Apex.Tests.Sites;

public class SiteSelectorTests
{
    private static readonly Site[] All =
    [
        new(0, "input", "Input", [3], 3),
        .. Enumerable.Range(1, 6).Select(i => new Site(i, i < 4 ? $"/layer1/relu{i}" : $"/layer2/relu{i}", "Relu", [4], 4)),
    ];

    [Theory]
    [InlineData("all", new[] { 1, 2, 3, 4, 5, 6 })]
    [InlineData("last", new[] { 6 })]
    [InlineData("input", new[] { 0 })]
    [InlineData("3", new[] { 3 })]
    [InlineData("2..4", new[] { 2, 3, 4 })]
    [InlineData("5..", new[] { 5, 6 })]
    [InlineData("..2", new[] { 1, 2 })]
    [InlineData("0..1", new[] { 0, 1 })]
    [InlineData("/layer2/*", new[] { 4, 5, 6 })]
    [InlineData("*relu?", new[] { 1, 2, 3, 4, 5, 6 })]
    [InlineData("/layer1/relu2", new[] { 2 })]
    [InlineData("last input 2..3 3", new[] { 0, 2, 3, 6 })]
    public void Selects(string selectors, int[] expected) =>
        Assert.Equal(expected, SiteSelector.Select(All, selectors.Split(' ')).Select(s => s.Index));

    [Theory]
    [InlineData("7")]
    [InlineData("4..2")]
    [InlineData("2..9")]
    [InlineData("nothing*")]
    [InlineData("..")]
    public void Refuses_what_names_no_site(string selector) =>
        Assert.Throws<InvalidInputException>(() => SiteSelector.Select(All, [selector]));
}
