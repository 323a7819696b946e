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
