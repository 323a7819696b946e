import type { Download, Locator, Page } from "@playwright/test";
import { readFile } from "node:fs/promises";
import { faults } from "../axe";
import { expect, test } from "../fixtures";
import { LANES, SHORT, type Lab } from "../lab";

const CHARTS = ["latency-over-time", "cdf", "histogram", "bytes-per-event", "cpu-per-event"] as const;

type Chart = (typeof CHARTS)[number];

function chartOf(page: Page, name: Chart): Locator {
  return page.locator(`#chart-${name}`);
}

/** A chart's table: its cells by the names of their rows and columns, where a lane goes by its transport. */
async function table(chart: Locator): Promise<Record<string, Record<string, string>>> {
  return chart.locator(".numbers table").evaluate((table: HTMLTableElement) => {
    const name = (head: Element | undefined) => head?.getAttribute("data-transport") ?? head?.textContent?.trim() ?? "";
    const heads = [...table.querySelectorAll("thead th")].map(name);
    const rows = [...table.querySelectorAll("tbody tr")].map((row) => {
      const cells = [...row.children].map((cell, place) => [heads[place] ?? "", cell.textContent ?? ""] as const);
      return [name(row.children[0]), Object.fromEntries(cells.slice(1))] as const;
    });
    return Object.fromEntries(rows);
  });
}

/** Measures, and waits until the charts show what is kept of the run. Gives the saved run's address. */
async function measured(lab: Lab, settings = SHORT): Promise<string> {
  const { page } = lab;
  await lab.measure(settings);
  const link = page.locator(".kept a.export").first();
  await expect(link).toHaveAttribute("href", /^\/runs\/[0-9a-f]{16}$/);
  // Once a run is over every chart is drawn, seen or not.
  for (const name of CHARTS) await expect(chartOf(page, name).locator(".numbers tbody tr").first()).toBeAttached();
  return (await link.getAttribute("href")) ?? "";
}

/** Opens a saved run and waits until its charts can be used. */
async function openSaved(page: Page, address: string): Promise<void> {
  await page.goto(address);
  for (const name of CHARTS) await expect(chartOf(page, name).locator("[data-save=png]")).toBeVisible();
}

/** What a lane's cell of the comparison table says. */
function compared(page: Page, lane: string, figure: string): Locator {
  return page.locator(`.side-by-side:not(.twins) td[data-of=${lane}] [data-text=${figure}]`);
}

test("a chart's table says what the comparison table says", async ({ lab, page }) => {
  await lab.open();
  await measured(lab);
  const ms = (text: string) => (text === "–" ? text : `${text} ms`);
  for (const lane of LANES) {
    const says = (figure: string) => compared(page, lane, figure).innerText();

    const cdf = chartOf(page, "cdf");
    await expect.poll(async () => (await table(cdf))["p50"]?.[lane]).toBe(ms(await says("p50")));
    expect((await table(cdf))["p50"]?.[lane]).toMatch(/^[\d,.]+ ms$/);
    expect((await table(cdf))["p99"]?.[lane]).toBe(ms(await says("p99")));
    expect((await table(cdf))["n"]?.[lane]).toBe(await says("delivered"));

    const bytes = chartOf(page, "bytes-per-event");
    await expect.poll(async () => (await table(bytes))[lane]?.["sum"]).toBe(await says("bytes"));
    expect((await table(bytes))[lane]?.["payload"]).toBe(`${SHORT.payload}.0`);

    const cpu = chartOf(page, "cpu-per-event");
    const both = async () => {
      const row = (await table(cpu))[lane];
      return row?.["µs"] === "–" ? "–" : `${row?.["µs"]} ± ${row?.["± µs"]}`;
    };
    await expect.poll(both).toBe(await says("cpu"));
  }
});

test("values are read with the pointer and by keyboard", async ({ lab, page }) => {
  await lab.open();
  await measured(lab);
  for (const name of CHARTS) {
    const chart = chartOf(page, name);
    const [slider, reading, cross] = [chart.getByRole("slider"), chart.locator(".reading"), chart.locator(".cross")];
    // What has a place in the picture.
    const rows = chart.locator("tr[data-at]");

    await slider.hover();
    await expect(reading, name).toBeVisible();
    await expect(cross, name).toBeVisible();
    await page.mouse.move(0, 0);
    await expect(reading, name).toBeHidden();
    await expect(cross, name).toBeHidden();

    await slider.focus();
    await page.keyboard.press("Home");
    for (const [key, row] of [["ArrowRight", rows.nth(1)], ["End", rows.last()], ["ArrowLeft", rows.nth(-2)]] as const) {
      await page.keyboard.press(key);
      await expect(reading.locator("> :first-child"), `${name}, ${key}`).toHaveText((await row.locator("th").textContent()) ?? "");
      await expect(reading.locator("b"), `${name}, ${key}`).toHaveText(await row.locator("td").allTextContents());
      const told = (await slider.getAttribute("aria-valuetext")) ?? "";
      for (const cell of await row.locator("td").allTextContents()) expect(told).toContain(cell);
    }
    await slider.blur();
    await expect(reading, name).toBeHidden();
  }
});

/** What a download holds. */
async function content(download: Download): Promise<Buffer> {
  return readFile(await download.path());
}

/** Downloads a chart's picture. */
async function saved(page: Page, chart: Locator, kind: "svg" | "png"): Promise<Download> {
  const [download] = await Promise.all([page.waitForEvent("download"), chart.locator(`[data-save=${kind}]`).click()]);
  return download;
}

test("every chart leaves the page as SVG and as PNG, live and saved", async ({ lab, page, server }) => {
  const own = await server.start();
  await lab.open(own.url);
  const address = await measured(lab);
  for (const where of ["live", "saved"]) {
    if (where === "saved") await openSaved(page, own.url + address);
    for (const name of CHARTS) {
      const chart = chartOf(page, name);
      const svg = await saved(page, chart, "svg");
      expect(svg.suggestedFilename()).toBe(`pushpull-${name}.svg`);
      const text = (await content(svg)).toString();
      expect(text, `${where} ${name}`).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="\d+" height="\d+"/);
      expect(text.trimEnd()).toMatch(/<\/svg>$/);
      expect(text).toContain(await chart.locator("h3").innerText());
      // It has to look the same where nothing of the page is.
      expect(text).not.toMatch(/var\(|url\(|<script/);
      const [width, height] = [/width="(\d+)"/, /height="(\d+)"/].map((size) => Number(size.exec(text)?.[1]));

      const png = await saved(page, chart, "png");
      expect(png.suggestedFilename()).toBe(`pushpull-${name}.png`);
      const pixels = await content(png);
      expect(pixels.subarray(0, 8), `${where} ${name}`).toEqual(Buffer.from("89504e470d0a1a0a", "hex"));
      expect([pixels.readUInt32BE(16), pixels.readUInt32BE(20)]).toEqual([Number(width) * 2, Number(height) * 2]);
    }
  }
});

test("the server draws a saved run as the browser has drawn it", async ({ lab, page, server }) => {
  const own = await server.start();
  await lab.open(own.url);
  const address = await measured(lab);
  const kept = await page.context().newPage();
  await kept.goto(own.url + address);
  for (const name of CHARTS) {
    const [live, still] = [page, kept].map((page) => chartOf(page, name)) as [Locator, Locator];
    for (const part of [".numbers", ".remark", ".held"]) {
      const drawn = await still.locator(part).innerHTML();
      // The last figures may have come after the last drawing.
      await expect.poll(() => live.locator(part).innerHTML(), `${name} ${part}`).toBe(drawn);
    }
  }
});

test("without JavaScript a saved run's charts are pictures of the server's", async ({ lab, page, server, browser }) => {
  const own = await server.start();
  await lab.open(own.url);
  const address = await measured(lab);
  const context = await browser.newContext({ javaScriptEnabled: false });
  const still = await context.newPage();
  await still.goto(own.url + address);
  for (const name of CHARTS) {
    const chart = chartOf(still, name);
    await expect(chart.locator(".plot")).toBeVisible();
    await expect(chart.locator("[data-save=png]")).toBeHidden();
    const link = await chart.locator("a[data-save=svg]").getAttribute("href");
    const picture = await page.request.get(new URL(link ?? "", still.url()).href);
    expect(picture.headers()["content-type"]).toContain("image/svg+xml");
    expect(await picture.text()).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  }
  await context.close();
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test("axe finds nothing in charts that show something, and none is wider than a narrow screen", async ({
      lab,
      page,
      server,
    }) => {
      // Every cell of five tables is examined, four times.
      test.setTimeout(120_000);
      const own = await server.start();
      await lab.open(own.url);
      const address = await measured(lab, { ...SHORT, duration: 3 });
      const examine = async (where: string) => {
        for (const width of [1280, 375]) {
          await page.setViewportSize({ width, height: 800 });
          // A live chart is drawn anew when it comes into view.
          await expect(chartOf(page, "cdf").locator(".plot")).toBeVisible();
          await page.evaluate(() => {
            for (const details of document.querySelectorAll<HTMLDetailsElement>(".chart details")) details.open = true;
          });
          expect(await faults(page, ".charts"), `${where}, ${width} px`).toEqual([]);
          const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          expect(wider, `${where}, ${width} px`).toBeLessThanOrEqual(0);
        }
        await page.setViewportSize({ width: 1280, height: 800 });
      };
      await examine("the lab");
      await openSaved(page, own.url + address);
      await examine("a saved run");
    });
  });
}
