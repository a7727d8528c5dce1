using System.Globalization;
using System.Text.Json;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Xunit;

namespace Apex.Page.Tests;

/// <summary>The page of the embedded run in a browser, offline: it shows the numbers that the commands print, and can be used by anybody.</summary>
public class ReportPageTests(Browser browser, EmbeddedRun run)
{
    [Fact]
    public async Task The_slider_drives_shares_bands_and_readouts()
    {
        await using var open = await browser.OpenAsync(run.Page);
        var slider = open.Page.Locator("#sigma");
        int levels = run.Summary.GetProperty("sigmas").GetArrayLength();
        for (int level = 0; level < levels; level += 4)
        {
            await slider.FillAsync(level.ToString(CultureInfo.InvariantCulture));
            Assert.Equal(Sigma(run.Summary.GetProperty("sigmas")[level]), await open.TextAsync("#sigma-value"));
            Assert.Equal(Percent(run.Summary.GetProperty("flipRate")[level]), await open.TextAsync("[data-value='flip-0']"));
            Assert.Equal(Interval(run.Summary.GetProperty("flipRateInterval")[level]), await open.TextAsync("[data-interval='flip-0']"));
            if (run.Dependence.GetProperty("status")[level].GetString() == "reliable")
            {
                Assert.Equal(Percent(run.Dependence.GetProperty("sampleDependence")[level]), await open.TextAsync("[data-value='dependence-0']"));
                Assert.Equal($"{Percent(run.Dependence.GetProperty("low")[level])} to {Percent(run.Dependence.GetProperty("high")[level])}",
                    await open.TextAsync("[data-interval='dependence-0']"));
            }

            Assert.Equal(Percent(run.Dependence.GetProperty("accuracy")[level]), await open.TextAsync("[data-value='accuracy-0']"));
            for (int c = 0; c < 10; c++)
            {
                Assert.Equal(Percent(run.Summary.GetProperty("classShares")[level][c]), await open.TextAsync($"[data-share='0-{c}']"));
                Assert.Equal(Interval(run.Summary.GetProperty("classShareInterval")[level][c]), await open.TextAsync($"[data-share-interval='0-{c}']"));
            }

            // The charts say the same to who cannot see them.
            string? chart = await open.Page.Locator(".plot").First.GetAttributeAsync("aria-label");
            Assert.Contains($"At {Sigma(run.Summary.GetProperty("sigmas")[level])}: flip rate {Percent(run.Summary.GetProperty("flipRate")[level])}",
                chart, StringComparison.Ordinal);
        }

        // By keyboard, one level at a time.
        await slider.FillAsync("3");
        await slider.FocusAsync();
        await open.Page.Keyboard.PressAsync("ArrowRight");
        Assert.Equal(Sigma(run.Summary.GetProperty("sigmas")[4]), await open.TextAsync("#sigma-value"));
    }

    [Fact]
    public async Task Every_curve_and_sample_is_the_json_of_its_command()
    {
        await using var open = await browser.OpenAsync(run.Page);
        using var page = JsonDocument.Parse(await open.Page.Locator("#data").TextContentAsync() ?? "");
        var shown = page.RootElement.GetProperty("runs")[0];
        JsonElement Panel(string name) =>
            shown.GetProperty("panels").EnumerateArray().Single(p => p.GetProperty("name").GetString() == name).GetProperty("answer");
        foreach (var (shows, told) in new[] { (shown.GetProperty("summary"), run.Summary), (shown.GetProperty("dependence"), run.Dependence),
            (Panel("transitions"), run.Transitions), (Panel("sensitivity"), run.Sensitivity) })
        {
            foreach (var property in told.EnumerateObject().Where(p => p.Name is not "run" and not "seconds"))
                Assert.True(JsonElement.DeepEquals(property.Value, shows.GetProperty(property.Name)), property.Name);
        }

        var samples = shown.GetProperty("samples");
        long[] ids = [.. samples.GetProperty("id").EnumerateArray().Select(i => i.GetInt64())];
        foreach (var (i, escape) in run.Escape.GetProperty("escapes").EnumerateArray().Index())
        {
            Assert.Equal(escape.GetProperty("sample").GetInt64(), ids[i]);
            foreach (var (theirs, ours) in new[] { ("value", "escape"), ("low", "escapeLow"), ("high", "escapeHigh"), ("censoring", "censoring") })
                Assert.True(IsLike(escape.GetProperty(theirs), samples.GetProperty(ours)[i]), $"sample {ids[i]}: {theirs}");
        }

        foreach (var suspect in run.Audit.GetProperty("suspects").EnumerateArray())
        {
            int i = Array.IndexOf(ids, suspect.GetProperty("sample").GetInt64());
            Assert.True(IsLike(suspect.GetProperty("score"), samples.GetProperty("suspicion")[i]));
            Assert.Equal(suspect.GetProperty("evidence").GetArrayLength() > 0, samples.GetProperty("suspect")[i].GetBoolean());
        }

        foreach (var (i, sample) in run.Samples.Index())
            Assert.Equal(
                sample.FirstEscapeClass.Where(c => c >= 0).CountBy(c => c).OrderByDescending(c => c.Value).ThenBy(c => c.Key).Select(c => (c.Key, c.Value)),
                samples.GetProperty("firstEscape")[i].EnumerateArray().Select(p => (p[0].GetInt32(), p[1].GetInt32())));
        Assert.Equal([.. Enumerable.Range(0, 200)], samples.GetProperty("rank").EnumerateArray().Select(r => r.GetInt32()).Order());
    }

    /// <summary>The gallery has numbers to seven digits.</summary>
    private static bool IsLike(JsonElement told, JsonElement shown) => told.ValueKind == JsonValueKind.Number && shown.ValueKind == JsonValueKind.Number
        ? (float)told.GetDouble() == shown.GetSingle() : JsonElement.DeepEquals(told, shown);

    [Fact]
    public async Task The_gallery_is_sorted_filtered_and_opened_by_keyboard()
    {
        await using var open = await browser.OpenAsync(run.Page);
        var page = open.Page;
        async Task<string> First() => (await page.Locator(".tile").First.GetAttributeAsync("id"))!;
        Task<string> Told() => page.Locator("#gallery-count").InnerTextAsync();
        Assert.Equal($"sample-{run.Regularity.GetProperty("leastRegular")[0].GetProperty("sample").GetInt64()}", await First());
        await page.Locator("#sort").SelectOptionAsync("regular");
        Assert.Equal($"sample-{run.Regularity.GetProperty("mostRegular")[0].GetProperty("sample").GetInt64()}", await First());
        await page.Locator("#sort").SelectOptionAsync("suspect");
        Assert.Equal($"sample-{run.Audit.GetProperty("suspects")[0].GetProperty("sample").GetInt64()}", await First());
        await page.Locator("#sort").SelectOptionAsync("id");
        Assert.Equal("sample-0", await First());

        Assert.Equal("200 of 200 samples", await Told());
        var escapes = run.Escape.GetProperty("escapes").EnumerateArray().ToList();
        int wrong = escapes.Count(e => e.GetProperty("label").GetInt32() != e.GetProperty("predicted").GetInt32());
        await page.Locator("#kind").SelectOptionAsync("incorrect");
        Assert.Equal($"{wrong} of 200 samples", await Told());
        Assert.Equal(Math.Min(wrong, await page.Locator(".tile").CountAsync()), await page.Locator(".tile.wrong").CountAsync());
        await page.Locator("#kind").SelectOptionAsync("suspect");
        Assert.Equal(
            $"{run.Audit.GetProperty("suspects").EnumerateArray().Count(s => s.GetProperty("evidence").GetArrayLength() > 0)} of 200 samples", await Told());
        await page.Locator("#kind").SelectOptionAsync("all");
        await page.Locator("#class").SelectOptionAsync("8");
        Assert.Equal($"{escapes.Count(e => e.GetProperty("label").GetInt32() == 8)} of 200 samples", await Told());
        await page.Locator("#class").SelectOptionAsync("");

        // The second sample, by arrow keys; the dialog says what the command says of it.
        await page.Locator(".view").FocusAsync();
        await page.Keyboard.PressAsync("ArrowRight");
        await page.Keyboard.PressAsync("Enter");
        Assert.Contains("sample 1", await page.Locator("dialog h2").InnerTextAsync(), StringComparison.Ordinal);
        var escape = escapes.Single(e => e.GetProperty("sample").GetInt64() == 1);
        string told = await page.Locator("[data-escape='1']").InnerTextAsync();
        Assert.Equal("none", escape.GetProperty("censoring").GetString());
        Assert.Equal(
            $"escapes at sigma {Sigma(escape.GetProperty("value"))}, "
                + $"95 % interval {Sigma(escape.GetProperty("low"))} to {Sigma(escape.GetProperty("high"))} (flip level 50 %)", told);
        await page.WaitForSelectorAsync("dialog canvas");
        await page.Keyboard.PressAsync("Escape");
        Assert.False(await page.Locator("dialog").IsVisibleAsync());

        // The end of the list is reached by keys, and only what is in view is in the document.
        await page.Keyboard.PressAsync("End");
        Assert.Equal("sample-199", await page.Locator(".view").GetAttributeAsync("aria-activedescendant"));
        Assert.InRange(await page.Locator(".tile").CountAsync(), 10, 150);
    }

    [Fact]
    public async Task A_path_shows_the_counts_of_the_run_with_wilsons_intervals()
    {
        await using var open = await browser.OpenAsync(run.Page);
        var page = open.Page;
        await page.Locator("#sort").SelectOptionAsync("id");
        foreach (var (level, sample) in new[] { (2, 0), (7, 3), (10, 6) })
        {
            await page.Locator("#sigma").FillAsync(level.ToString(CultureInfo.InvariantCulture));
            await page.Locator($"#sample-{sample}").ClickAsync();
            var observed = run.Samples[sample].Sigmas[level];
            int clean = run.Samples[sample].CleanPrediction!.Value, kept = observed.Counts[clean];
            var wilson = Analysis.Statistics.Interval.Wilson(kept, 16, 16);
            Assert.Equal(
                $"at sigma {Sigma(run.Summary.GetProperty("sigmas")[level])}, "
                    + $"{kept} of 16 draws keep its prediction (95 % interval {Percent(wilson.Low)} to {Percent(wilson.High)})",
                await page.Locator($"[data-now='{sample}']").InnerTextAsync());
            string? chart = await page.Locator("dialog .plot").GetAttributeAsync("aria-label");
            string[] classes = [.. run.Summary.GetProperty("classes").EnumerateArray().Select(c => c.GetString()!)];
            Assert.Contains($"{classes[clean]} {Percent(kept / 16.0)}", chart, StringComparison.Ordinal);
            // The first order, without noise: 176 draws a sample, so the run keeps gradients.
            Assert.StartsWith("to first order its margin is one standard deviation at sigma ",
                await page.Locator($"[data-first-order='{sample}']").InnerTextAsync(), StringComparison.Ordinal);
            var shares = await page.Locator("dialog table.steep tbody td:last-child").AllInnerTextsAsync();
            Assert.Equal(100, shares.Sum(s => double.Parse(s.TrimEnd('%', ' '), CultureInfo.InvariantCulture)), 1.0);
            await page.Keyboard.PressAsync("Escape");
        }
    }

    [Fact]
    public async Task Transitions_are_those_of_the_command()
    {
        await using var open = await browser.OpenAsync(run.Page);
        var rows = open.Page.Locator(".matrix tbody tr");
        for (int i = 0; i < 10; i++)
        {
            string[] cells = [.. await rows.Nth(i).Locator("td").AllInnerTextsAsync()];
            for (int j = 0; j < 10; j++)
            {
                var share = run.Transitions.GetProperty("matrix")[i][j];
                long count = run.Transitions.GetProperty("counts")[i][j].GetInt64();
                Assert.Equal(i == j ? "–" : share.ValueKind == JsonValueKind.Null ? "" : Percent(share, 0) + (count > 0 ? $" {count}" : ""), cells[j]);
            }
        }

        await rows.Nth(0).Locator("td").Nth(6).HoverAsync();
        Assert.Contains($"{run.Transitions.GetProperty("counts")[0][6].GetInt64()} escapes from T-shirt/top to Shirt",
            await open.TextAsync("#transition-0"), StringComparison.Ordinal);
        Assert.Contains(Percent(run.Transitions.GetProperty("coherence")),
            await open.TextAsync("section[aria-labelledby='transitions-title-0'] p"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Layers_are_those_of_the_command()
    {
        await using var open = await browser.OpenAsync(run.Page);
        var sites = run.Sensitivity.GetProperty("sites").EnumerateArray().ToList();
        var rows = open.Page.Locator("table.sites tbody tr");
        async Task Shown(IEnumerable<JsonElement> ordered)
        {
            foreach (var (i, site) in ordered.Index())
            {
                Assert.Equal($"{site.GetProperty("index").GetInt32()} {site.GetProperty("name").GetString()}",
                    await rows.Nth(i).Locator("th").InnerTextAsync());
                bool known = site.GetProperty("censoring").GetString() == "none";
                string high = site.GetProperty("halfHigh").ValueKind == JsonValueKind.Null ? "beyond the grid" : Sigma(site.GetProperty("halfHigh"));
                Assert.Equal(
                    [site.GetProperty("op").GetString()!, site.GetProperty("elements").GetInt32().ToString(CultureInfo.InvariantCulture),
                        Sigma(site.GetProperty("rms")), Half(site), $"{Sigma(site.GetProperty("halfLow"))} to {high}",
                        known ? Sigma(site.GetProperty("halfFlipAbsolute")) : "–", "",
                        Percent(site.GetProperty("commonFlipRate")), Interval(site.GetProperty("commonFlipRateInterval"))],
                    (await rows.Nth(i).Locator("td").AllInnerTextsAsync()).Select(t => t.Trim()));
            }
        }

        Assert.Equal(7, await rows.CountAsync());
        await Shown(sites.OrderBy(s => s.GetProperty("rank").GetInt32()));
        await open.Page.Locator("#sites-order-0").SelectOptionAsync("depth");
        await Shown(sites);
        // One of them has no half-flip sigma on this grid, and no number is made up for it.
        Assert.Contains(sites, s => s.GetProperty("censoring").GetString() == "right");
        Assert.Contains($"flips at sigma {Sigma(run.Sensitivity.GetProperty("commonSigma"))}",
            await open.TextAsync("table.sites thead"), StringComparison.Ordinal);
        Assert.Contains("on 40 samples with 8 draws each", await open.TextAsync("section[aria-labelledby='sites-title-0'] p"), StringComparison.Ordinal);
        string? plot = await open.Page.Locator(".site-plot").GetAttributeAsync("aria-label");
        Assert.EndsWith(string.Join(", ", sites.Select(s => $"site {s.GetProperty("index").GetInt32()} {Half(s)}")), plot, StringComparison.Ordinal);
        int censored = sites.Count(s => s.GetProperty("censoring").GetString() != "none");
        Assert.Equal((7 - censored, censored),
            (await open.Page.Locator(".site-plot circle").CountAsync(), await open.Page.Locator(".site-plot path").CountAsync()));

        static string Half(JsonElement site) => site.GetProperty("censoring").GetString() switch
        {
            "left" => "below 0.25",
            "right" => $"above {Sigma(site.GetProperty("seenTo"))}",
            _ => Sigma(site.GetProperty("halfFlipSigma")),
        };
    }

    [Fact]
    public async Task Classes_are_those_of_the_command()
    {
        await using var open = await browser.OpenAsync(run.Page);
        var section = open.Page.Locator("section[data-question=classes]");
        Assert.Equal("Which classes give way first", await section.Locator("h2").InnerTextAsync());
        var classes = run.Classes.GetProperty("classes").EnumerateArray().OrderBy(c => c.GetProperty("censoring").GetString() switch
        {
            "left" => 0,
            "right" => double.PositiveInfinity,
            _ => c.GetProperty("halfFlipSigma").GetDouble(),
        }).ToList();
        Assert.Equal(10, classes.Count);
        Assert.Equal(200, classes.Sum(c => c.GetProperty("n").GetInt32()));
        var rows = section.Locator("tbody tr");
        Assert.Equal(classes.Count, await rows.CountAsync());
        foreach (var (i, c) in classes.Index())
        {
            Assert.Equal(c.GetProperty("name").GetString(), (await rows.Nth(i).Locator("th").InnerTextAsync()).Trim());
            string half = c.GetProperty("censoring").GetString() switch
            {
                "left" => $"below {Short(run.Classes.GetProperty("smallestSigma"))}",
                "right" => $"above {Short(run.Classes.GetProperty("largestSigma"))}",
                _ => Short(c.GetProperty("halfFlipSigma")),
            };
            string high = c.GetProperty("halfHigh").ValueKind == JsonValueKind.Null ? "∞" : Short(c.GetProperty("halfHigh"));
            string share = c.GetProperty("leakShare").ValueKind == JsonValueKind.Null
                ? "" : $"{Shown("leakShare")} of {c.GetProperty("escapes").GetInt64()}";
            Assert.Equal(
                [$"{c.GetProperty("n").GetInt32()}", Shown("accuracy"), $"{half} [{Short(c.GetProperty("halfLow"))}, {high}]",
                    c.GetProperty("leaksToName").GetString() ?? "-", share, Shown("flipRate"), ""],
                (await rows.Nth(i).Locator("td").AllInnerTextsAsync()).Select(Tight));

            string Shown(string name)
            {
                var ends = c.GetProperty(name + "Interval");
                double value = c.GetProperty(name).GetDouble();
                return Tight(string.Create(CultureInfo.InvariantCulture, $"{value:p1} [{ends[0].GetDouble(),6:p1}, {ends[1].GetDouble(),6:p1}]"));
            }
        }

        string heads = await section.Locator("thead").InnerTextAsync();
        Assert.Contains($"flips at sigma {Short(run.Classes.GetProperty("smallNoise"))}", heads, StringComparison.Ordinal);

        static string Tight(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        static string Short(JsonElement value) => value.GetDouble().ToString("g3", CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task Everything_can_be_reached_by_tab_and_nothing_holds_on_to_it()
    {
        await using var open = await browser.OpenAsync(run.Page);
        var reached = new List<string>();
        for (int press = 0; press < 12; press++)
        {
            await open.Page.Keyboard.PressAsync("Tab");
            reached.Add(await open.Page.EvaluateAsync<string>(
                "document.activeElement === document.body ? 'out' : document.activeElement.id || document.activeElement.className"));
        }

        Assert.Equal(["sigma", "sort", "class", "kind", "view", "scroll", "sites-order-0"], reached.TakeWhile(r => r != "out").Distinct());
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Axe_finds_nothing_serious(ColorScheme scheme)
    {
        await using var open = await browser.OpenAsync(run.Page, scheme);
        foreach (bool dialog in (bool[])[false, true])
        {
            if (dialog)
                await open.Page.Locator(".tile").First.ClickAsync();
            var result = await open.Page.RunAxe();
            Assert.Empty(result.Violations.Where(v => v.Impact is "serious" or "critical")
                .Select(v => $"{v.Id}: {v.Help}: {string.Join("; ", v.Nodes.Select(n => n.Html))}"));
        }
    }

    [Fact]
    public void The_page_of_the_run_is_small() => Assert.InRange(new FileInfo(run.Page).Length, 200_000, 3_000_000 * 200 / 500);

    private static string Percent(double share) =>
        string.Create(CultureInfo.InvariantCulture, $"{Math.Round(100 * share, 1, MidpointRounding.AwayFromZero):f1} %");

    private static string Percent(JsonElement share, int digits = 1) => string.Create(CultureInfo.InvariantCulture,
        $"{Math.Round(100 * share.GetDouble(), digits, MidpointRounding.AwayFromZero).ToString("f" + digits, CultureInfo.InvariantCulture)} %");

    private static string Interval(JsonElement pair) => $"{Percent(pair[0])} to {Percent(pair[1])}";

    private static string Sigma(JsonElement value) => value.GetDouble().ToString("g4", CultureInfo.InvariantCulture);
}
