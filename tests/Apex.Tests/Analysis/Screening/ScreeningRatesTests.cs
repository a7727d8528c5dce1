using System.Globalization;
using System.Text.RegularExpressions;
using Apex.Analysis.Screening;
using Xunit;

namespace Apex.Tests.Analysis.Screening;

/// <summary>The figures that <c>apex scan</c> tells are those of the page that they are from.</summary>
public partial class ScreeningRatesTests
{
    /// <summary>Column of the p-values in the table of models, and how its row in the table of rates begins.</summary>
    public static TheoryData<int, string> Settings =>
        new() { { 4, "no data" }, { 5, "200 samples" }, { 6, "references, no data" }, { 7, "200 samples and references" } };

    [Theory]
    [MemberData(nameof(Settings))]
    public void Rates_are_those_of_the_page(int column, string setting)
    {
        var rates = column switch { 4 or 5 => ScreeningRates.Alone, 6 => ScreeningRates.AgainstReferences, _ => ScreeningRates.AgainstReferencesWithSamples };
        string[] lines = File.ReadAllLines(Page());
        string[] row = Cells(Assert.Single(lines, l => l.StartsWith($"| {setting} | all |", StringComparison.Ordinal)));
        Assert.Equal(row[5], Text(rates.Poisoned));
        Assert.Equal(row[6], Text(rates.Clean));

        // Bold p-values are below 0.05; the table ends where that of the choosing half begins.
        var models = lines.TakeWhile(l => l != "## The choosing half").Where(l => l.StartsWith("| `", StringComparison.Ordinal)).Select(l => Cells(l))
            .Select(c => (Name: c[1], Called: c[column].StartsWith("**", StringComparison.Ordinal))).ToList();
        Assert.Equal(39, models.Count);
        CalledSuspicious Of(string kind, Func<string, bool> isOne) =>
            models.Where(m => isOne(m.Name)).ToList() is var own ? new(kind, own.Count(m => m.Called), own.Count) : null!;
        Assert.Equal(Of("clean", n => n.Contains("clean", StringComparison.Ordinal)), rates.Clean);
        Assert.Equal(Of("poisoned", n => !n.Contains("clean", StringComparison.Ordinal)), rates.Poisoned);
        Assert.Equal(["patch", "blend", "signal", "all-to-all"], rates.ByAttack.Select(a => a.Kind));
        Assert.All(rates.ByAttack, attack =>
            Assert.Equal(Of(attack.Kind, n => n.Contains($"-{attack.Kind.Replace("-", "", StringComparison.Ordinal)}-", StringComparison.Ordinal)), attack));
        Assert.Equal(Of(rates.Found.Kind, n => CifarOneTarget().IsMatch(n)), rates.Found);
        Assert.Equal(Of(rates.Missed.Kind, n => ResidualSpread().IsMatch(n)), rates.Missed);
    }

    [GeneratedRegex("cifar10.*-t[0-9]-")]
    private static partial Regex CifarOneTarget();

    [GeneratedRegex("fashion-resnet8-(blend|signal)")]
    private static partial Regex ResidualSpread();

    private static string Text(CalledSuspicious of) => string.Create(CultureInfo.InvariantCulture, $"{of.Rate.Value:f2} [{of.Rate.Low:f2}, {of.Rate.High:f2}]");

    private static string[] Cells(string row) => [.. row.Split('|').Select(c => c.Trim())];

    private static string Page()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, ScreeningRates.Source);
            if (File.Exists(path))
                return path;
        }

        throw new FileNotFoundException(ScreeningRates.Source);
    }
}
