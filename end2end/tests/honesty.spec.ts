// Whether the figures tell the truth: lanes are distorted in a known way, and the page has to find exactly that.
import { distort, type Knobs } from "../contract";
import { expect, test } from "../fixtures";
import { LANES, SHORT, each, type Lab, type Settings } from "../lab";

/** A hundred even events. */
const HUNDRED = { ...SHORT, rate: 50, duration: 2 };

/** Makes the lanes' names known beforehand: a knob holds for readers that open after it was set. */
async function measure(lab: Lab, server: string, settings: Settings, knobs: Record<string, Knobs>): Promise<void> {
  await lab.page.addInitScript(() => {
    Math.random = () => 0.5;
  });
  for (const [lane, its] of Object.entries(knobs)) await distort(server, `80000000-${lane}`, its);
  await lab.open(server);
  await lab.arrive("even");
  await lab.measure(settings);
  for (const lane of LANES) expect(lab.nameOf(lane)).toBe(`80000000-${lane}`);
}

test("events that a lane drops are lost there, by their numbers, and nowhere else", async ({ lab, server }) => {
  const own = await server.start("--test-knobs");
  await measure(lab, own.url, HUNDRED, {
    polling: { drop_every: 10 },
    "long-polling": { drop_every: 20 },
    sse: { drop_every: 50 },
  });
  const lost = { polling: 10, "long-polling": 5, sse: 2, websocket: 0 };
  expect(await lab.figures("lost")).toEqual(lost);
  expect(await lab.figures("delivered")).toEqual({ polling: 90, "long-polling": 95, sse: 98, websocket: 100 });
  expect(await lab.figures("duplicated")).toEqual(each(0));
  await lab.lane("sse").locator("details summary").click();
  await expect(lab.lane("sse").locator(".numbers")).toContainText(/\b50, 100\b/);
  await expect(lab.lane("websocket").locator(".numbers")).toHaveText("");
});

test("events that a lane repeats are counted once and named as duplicates", async ({ lab, server }) => {
  const own = await server.start("--test-knobs");
  await measure(lab, own.url, HUNDRED, {
    "long-polling": { repeat_every: 10 },
    sse: { repeat_every: 20 },
    websocket: { repeat_every: 50 },
  });
  expect(await lab.figures("duplicated")).toEqual({ polling: 0, "long-polling": 10, sse: 5, websocket: 2 });
  expect(await lab.figures("delivered")).toEqual(each(100));
  expect(await lab.figures("lost")).toEqual(each(0));
  await lab.lane("websocket").locator("details summary").click();
  await expect(lab.lane("websocket").locator(".numbers")).toContainText(/\b50, 100\b/);
});

test("events that change places are out of order, but not lost", async ({ lab, server }) => {
  const own = await server.start("--test-knobs");
  await measure(lab, own.url, HUNDRED, {
    polling: { swap_every: 9 },
    sse: { swap_every: 33 },
    websocket: { swap_every: 7 },
  });
  expect(await lab.figures("reordered")).toEqual({ polling: 11, "long-polling": 0, sse: 3, websocket: 14 });
  expect(await lab.figures("delivered")).toEqual(each(100));
  expect(await lab.figures("duplicated")).toEqual(each(0));
  await lab.lane("sse").locator("details summary").click();
  await expect(lab.lane("sse").locator(".numbers")).toContainText(/\b33, 66, 99\b/);
});

test("a lane that is held back by 300 ms has a median of at least that", async ({ lab, server }) => {
  const own = await server.start("--test-knobs");
  await measure(lab, own.url, SHORT, { sse: { delay_ms: 300 }, "long-polling": { delay_ms: 300 } });
  const error = Number(await lab.page.locator("[data-fact=clock-error]").getAttribute("data-value"));
  const p50 = await lab.figures("p50");
  expect(p50["sse"]).toBeGreaterThanOrEqual(300 - error);
  expect(p50["long-polling"]).toBeGreaterThanOrEqual(300 - error);
  expect(p50["websocket"]).toBeLessThan(p50["sse"]!);
  expect(await lab.figures("lost")).toEqual(each(0));
});
