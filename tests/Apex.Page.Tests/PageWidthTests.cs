using System.Globalization;
using Microsoft.Playwright;
using Xunit;

namespace Apex.Page.Tests;

/// <summary>The page never scrolls sideways, from a telephone to a wide screen; what is wider scrolls in a place of its own.</summary>
public sealed class PageWidthTests(Browser browser) : IDisposable
{
    private static readonly int[] Widths = [1920, 1400, 1180, 1024, 768, 480, 360];

    /// <summary>Elements that stick out to a side, but for those inside something that scrolls or that cuts a tile.</summary>
    private const string SticksOut = """
        () => {
          const wide = document.documentElement.clientWidth;
          const scrolls = e => e.matches('.scroll, .view, dialog') && /auto|scroll/.test(getComputedStyle(e).overflowX);
          const kept = e => { for (let p = e.parentElement; p && p !== document.body; p = p.parentElement) if (scrolls(p)) return true; return false; };
          const outside = r => r.width > 0 && (r.right > wide + 1 || r.left < -1);
          const out = Array.from(document.body.querySelectorAll('*')).filter(e => outside(e.getBoundingClientRect()) && !kept(e));
          const name = e => `${e.tagName.toLowerCase()}.${e.className?.baseVal ?? e.className}: ${(e.textContent ?? '').slice(0, 40)}`;
          return [...document.documentElement.scrollWidth > wide ? [`the page is ${document.documentElement.scrollWidth} wide`] : [], ...out.map(name)];
        }
        """;

    /// <summary>Text that runs over the edge of what it stands in, which no box tells.</summary>
    private const string RunsOver = """
        () => Array.from(document.querySelectorAll('h1, h2, h3, p, li, dd, dt, figcaption, caption, .legend, .slider, .controls, .tables > *, dialog'))
          .filter(e => e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1 && !e.closest('.scroll'))
          .map(e => `${e.tagName.toLowerCase()}.${e.className}: ${e.scrollWidth} in ${e.clientWidth}: ${e.textContent.slice(0, 40)}`)
        """;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("short", 1, ColorScheme.Light)]
    [InlineData("short", 2, ColorScheme.Dark)]
    [InlineData("long", 1, ColorScheme.Dark)]
    [InlineData("long", 2, ColorScheme.Light)]
    [InlineData("unbroken", 1, ColorScheme.Light)]
    [InlineData("unbroken", 2, ColorScheme.Dark)]
    public async Task The_page_is_as_wide_as_its_window(string names, int runs, ColorScheme scheme)
    {
        await using var open = await browser.OpenAsync(Page(names, runs), scheme);
        // Narrower, and wide again: a page keeps what it drew before.
        foreach (int width in (int[])[.. Widths, 1400])
            await FitsAsync(open.Page, width);
        await open.Page.ReloadAsync();
        await open.Page.WaitForSelectorAsync("canvas");
        await FitsAsync(open.Page, Widths[^1]);
        await open.Page.Locator(".tile").First.ClickAsync();
        foreach (int width in Widths)
            await FitsAsync(open.Page, width);
    }

    private static async Task FitsAsync(IPage page, int width)
    {
        await page.SetViewportSizeAsync(width, 900);
        int levels = int.Parse((await page.Locator("#sigma").GetAttributeAsync("max"))!, CultureInfo.InvariantCulture);
        foreach (int level in (int[])[0, levels])
        {
            // Which classes and numbers stand in the tables depends on the slider.
            await page.EvaluateAsync($"() => {{ const s = document.querySelector('#sigma'); s.value = {level}; s.dispatchEvent(new Event('input')); }}");
            await page.EvaluateAsync("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))");
            string[] wrong = [.. await page.EvaluateAsync<string[]>(SticksOut), .. await page.EvaluateAsync<string[]>(RunsOver)];
            Assert.True(wrong.Length == 0, $"at {width} px: {string.Join("; ", wrong.Take(8))}");
        }
    }

    private string Page(string names, int runs)
    {
        string[] classes = names switch
        {
            "short" => ["cat", "dog", "ship"],
            "long" => ["cats of all kinds, also large ones that are seldom seen in towns", "dogs and whatever looks like one from far away",
                "ships under sail, steamers, ferries and barges"],
            _ => [new string('C', 70), "dogs/and/" + new string('d', 60), "ship_" + new string('s', 90)],
        };
        string tail = names == "short" ? "" : new string('x', 80);
        string at = names == "short" ? "" : $"a{tail}/b{tail}/";
        string model = $"{at}m{tail}.onnx", data = $"{at}d{tail}.csv";
        _folder.Write(model, Nets.ReluMlp(1, 5, [8, 8], 3).ToBytes());
        _folder.Write(data, "a,b,c,d,e,y\n" + string.Join('\n', Enumerable.Range(0, 60).Select(i => $"{i % 3},{i % 5},{i % 7},1,{i % 2},{i % 3}")));
        _folder.Write("names.txt", string.Join('\n', classes));
        string[] folders = [$"run{tail}", $"other{tail}"];
        foreach (var (i, run) in folders.Take(runs).Index())
        {
            var probed = CommandLine.Run(_folder.Path, [
                "probe", model, "--data", data, "--classes", "names.txt", "--sigma", i == 0 ? "0.01:8:9" : "0.05:4:5", "--draws", "32",
                .. i == 0 ? (string[])["--by-site", "20", "--by-site-draws", "4"] : ["--space", "input"], "--out", run, "--no-report"]);
            Assert.True(probed.ExitCode == 0, probed.Error);
        }

        var result = CommandLine.Run(_folder.Path, ["report", .. folders.Take(runs), "--out", "page.html"]);
        Assert.True(result.ExitCode == 0, result.Error);
        return _folder["page.html"];
    }
}
