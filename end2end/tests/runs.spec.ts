import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "../fixtures";
import { SHORT } from "../lab";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe finds, in a form that says where. */
async function faults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(" ")} ${node.failureSummary}`),
  );
}

/** Measures, and gives the saved run's address. */
async function measured(page: Page, lab: { measure(settings: object): Promise<void> }): Promise<string> {
  await lab.measure({ ...SHORT, duration: 3 });
  const link = page.locator(".kept a.export").first();
  await expect(link).toHaveAttribute("href", /^\/runs\/[0-9a-f]{16}$/);
  return (await link.getAttribute("href")) ?? "";
}

/** What of the tables can be reached only by scrolling sideways. */
function hidden(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const ends = (one: Element) => one.getBoundingClientRect().right;
    const past = (region: Element) =>
      [...region.querySelectorAll("tbody :is(th, td, input, button)")].filter((one) => ends(one) > ends(region) + 1);
    return [...document.querySelectorAll(".scroll")].flatMap(past).map((one) => one.outerHTML);
  });
}

test("a measurement is saved, shown, named, compared, deleted and brought back", async ({ lab, page, server }) => {
  const own = await server.start();
  await lab.open(own.url);
  const first = await measured(page, lab);
  const second = await measured(page, lab);

  await lab.open(own.url + first);
  await expect(page.locator(".run-content table").last()).toBeVisible();
  await expect(page.locator(".chart svg.plot").first()).toBeVisible();
  expect(await faults(page), "a run").toEqual([]);

  await page.goto(`${own.url}/runs`);
  const rows = page.locator("table.list tbody tr");
  await expect(rows).toHaveCount(2);
  await rows.first().locator("input[name=name]").fill("at the café");
  await rows.first().getByRole("button", { name: "Rename" }).click();
  await expect(rows.first().locator("input[name=name]")).toHaveValue("at the café");
  expect(await faults(page), "the list").toEqual([]);

  await rows.first().getByRole("radio").first().check();
  await rows.last().getByRole("radio").last().check();
  await page.getByRole("button", { name: "Compare A with B" }).click();
  await expect(page).toHaveURL(new RegExp(`compare\\?a=${second.slice(6)}&b=${first.slice(6)}`));
  await expect(page.locator("table").first().locator("tbody tr")).toHaveCount(4);
  expect(await faults(page), "two runs").toEqual([]);
  const wide = page.viewportSize() ?? { width: 1280, height: 800 };
  await page.setViewportSize({ width: 375, height: 800 });
  expect(await hidden(page), "two runs at 375 px").toEqual([]);
  expect(await faults(page), "two runs at 375 px").toEqual([]);

  await page.goto(`${own.url}/runs`);
  expect(await hidden(page), "the list at 375 px").toEqual([]);
  expect(await faults(page), "the list at 375 px").toEqual([]);
  await page.getByRole("link", { name: "Workload" }).click();
  await expect(page.getByRole("columnheader", { name: "Workload" })).toHaveAttribute("aria-sort");
  await page.setViewportSize(wide);
  await page.goto(`${own.url}/runs`);
  await rows.first().getByRole("button", { name: /^Delete/ }).click();
  await expect(rows).toHaveCount(1);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(rows).toHaveCount(2);
});

test("a run that leaves as a file comes back as the same page", async ({ lab, page, server }, info) => {
  const own = await server.start();
  await lab.open(own.url);
  const address = await measured(page, lab);
  await lab.open(own.url + address);
  const content = page.locator(".run-content");
  const before = await content.innerText();
  const saved = await page.request.get(`${own.url}${address}/export.json`);
  const file = info.outputPath("run.json");
  await writeFile(file, await saved.body());

  await page.goto(`${own.url}/runs`);
  await page.locator("#run-file").setInputFiles(file);
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await expect(page).toHaveURL(/\/runs\/[0-9a-f]{16}$/);
  expect(page.url()).not.toContain(address);
  // Some of its buttons are there only when it has come to life.
  await lab.awake();
  expect(await content.innerText()).toBe(before);
});

test("a run is copied as Markdown", async ({ lab, page, server, context }) => {
  const own = await server.start();
  await lab.open(own.url);
  const address = await measured(page, lab);
  const exported = await (await page.request.get(`${own.url}${address}/export.md`)).text();
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: own.url });
  await lab.open(own.url + address);
  await page.getByRole("button", { name: "Copy as Markdown" }).click();
  await expect(page.locator(".copy").getByText("Copied", { exact: true })).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(exported);
  for (const part of ["**", "| Latency p50", "## "]) expect(copied).toContain(part);
});

test.describe("a browser without a clipboard for the page", () => {
  test("shows the Markdown to copy by hand, and no button", async ({ lab, page, server }) => {
    await page.addInitScript(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
    const own = await server.start();
    await lab.open(own.url);
    const address = await measured(page, lab);
    await lab.open(own.url + address);
    await expect(page.locator("[data-copy]")).toBeHidden();
    await page.getByText("As Markdown, to copy by hand").click();
    await page.locator("#run-markdown").click();
    const chosen = await page.evaluate(() => getSelection()?.toString());
    expect(chosen).toContain("| Latency p50");
  });
});

test.describe("without JavaScript and network", () => {
  test("the report opens as a file", async ({ lab, page, server, browser }, info) => {
    const own = await server.start();
    await lab.open(own.url);
    const address = await measured(page, lab);
    const report = await page.request.get(`${own.url}${address}/export.html`);
    const file = info.outputPath("report.html");
    await writeFile(file, await report.body());
    expect((await readFile(file, "utf8")).length).toBeGreaterThan(10_000);

    const offline = await browser.newContext({ javaScriptEnabled: false, offline: true });
    const opened = await offline.newPage();
    const asked: string[] = [];
    opened.on("request", (request) => asked.push(request.url()));
    await opened.goto(`file://${file}`);
    await expect(opened.locator("h1")).toBeVisible();
    await expect(opened.locator(".run-content table").last()).toBeVisible();
    await expect(opened.locator(".chart svg.plot").first()).toBeVisible();
    expect(asked).toEqual([`file://${file}`]);
    await offline.close();
  });
});

/** A file of the load generator's: a lane for each transport and number of subscribers, with that median in µs. */
function crowd(medians: Record<string, readonly number[]>): string {
  // A median is shown where there is enough on either side of it.
  const around = (us: number) => [-20, 0, 20].map((off) => [us + off, off === 0 ? 60 : 20]);
  const lane = (transport: string, twin: number, us: number) => ({
    client: {
      ...{ transport, twin, lane: `crowd-${transport}-${twin}`, state: "ended", reason: "", protocol: "http/1.1" },
      ...{ delivered: 500, lost: 0, duplicated: 0, reordered: 0 },
      ...{ lost_ranges: [], duplicated_seqs: [], reordered_seqs: [], receipts: [] },
      ...{ requests: 10, wasted: 0, reconnects: 0, skipped: 0, gaps: 0 },
      histogram: [0, 1, 2, 3, 4].map((block) => ({ block, counts: around(us), never: 0 })),
    },
    server: null,
    load: {
      ...{ subscribers: 10 * (twin + 1), published: 50, wall_us: 10_000_000, bytes_in: 100_000, bytes_out: 1_000 },
      ...{ own_cpu_us: 1_000, own_delay_p99_us: 90 },
    },
  });
  const lanes = Object.entries(medians).flatMap(([of, all]) => all.map((us, step) => lane(of, step, us)));
  return JSON.stringify({
    ...{ schema: "pushpull-run-v1", name: "a crowd", saved_us: 1_700_000_100_000_000, start_us: 1_700_000_000_000_000 },
    server: { version: "0.1.0", revision: "unknown" },
    workload: { rate: 5, arrivals: "poisson", payload: 128, duration_s: 10, seed: 1 },
    ...{ published: 50 * lanes.length, lateness_p99_us: 30, mode: "in-turn" },
    ...{ poll_interval_ms: 1_000, wait_s: 25, block_us: 2_000_000 },
    client: { name: "pushpull load 0.1.0", user_agent: null, step_ns: null, isolated: null, secure: null },
    clock: null,
    lanes,
  });
}

test("each transport's medians stand beside its own name, narrow and wide", async ({ page, server }) => {
  const own = await server.start();
  const headers = { "content-type": "application/json" };
  const data = crowd({
    polling: [1_900, 1_950, 2_000],
    "long-polling": [1_100, 1_200, 1_300],
    sse: [510, 520, 530],
    websocket: [310, 320, 330],
  });
  const imported = await page.request.post(`${own.url}/runs/import`, { headers, data });
  expect(imported.status(), await imported.text()).toBe(201);
  for (const width of [375, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    await page.goto(`${own.url}/runs`);
    const cell = page.locator("table.list tbody td.medians");
    await expect(cell).toBeVisible();
    const placed = await cell.evaluate((cell) =>
      [...cell.querySelectorAll("[data-transport]")].map((one) => {
        // Behind mark and name, which is read aloud, comes the text that is seen.
        const seen = document.createRange();
        seen.selectNodeContents(one);
        seen.setStartAfter(one.querySelector(".visually-hidden")!);
        const box = ({ left, right, top, bottom }: DOMRect) => ({ left, right, top, bottom });
        return {
          of: one.getAttribute("data-transport"),
          name: one.getAttribute("title"),
          says: seen.toString().trim(),
          mark: box(one.querySelector(".mark")!.getBoundingClientRect()),
          value: box(seen.getBoundingClientRect()),
        };
      }),
    );
    expect(placed.map(({ of, name, says }) => [of, name, says])).toEqual([
      ["polling", "Polling", "1.90–2.00"],
      ["long-polling", "Long polling", "1.10–1.30"],
      ["sse", "SSE", "0.51–0.53"],
      ["websocket", "WebSocket", "0.31–0.33"],
    ]);
    for (const { of, mark, value } of placed) {
      const where = `${of} at ${width} px`;
      const middle = ({ top, bottom }: typeof mark) => (top + bottom) / 2;
      expect(Math.abs(middle(mark) - middle(value)), `${where}: on one line`).toBeLessThan(6);
      expect(value.left - mark.right, `${where}: behind its mark`).toBeGreaterThan(0);
      expect(value.right, `${where}: in sight`).toBeLessThanOrEqual(width);
      const gap = (from: number, to: number, start: number, end: number) => Math.max(0, start - to, from - end);
      const far = ({ mark: { left, right, top, bottom } }: (typeof placed)[number]) =>
        Math.hypot(gap(left, right, value.left, value.right), gap(top, bottom, value.top, value.bottom));
      const nearest = placed.reduce((one, other) => (far(other) < far(one) ? other : one));
      expect(nearest.of, `${where}: no other mark is nearer`).toBe(of);
    }
    if (width === 1280) {
      // Below each other, so that the column stays narrow.
      expect(new Set(placed.map(({ mark }) => mark.left)).size).toBe(1);
      expect(new Set(placed.map(({ mark }) => mark.top)).size).toBe(4);
    }
  }
});

test("nothing is wider than a narrow screen", async ({ lab, page, server }) => {
  const own = await server.start();
  await lab.open(own.url);
  const address = await measured(page, lab);
  await page.setViewportSize({ width: 375, height: 800 });
  for (const path of ["/runs", address, `/runs/compare?a=${address.slice(6)}&b=${address.slice(6)}`]) {
    await lab.open(own.url + path);
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(wider, path).toBeLessThanOrEqual(0);
  }
});
