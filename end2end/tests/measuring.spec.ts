import { counters, published } from "../contract";
import { expect, test } from "../fixtures";
import { LANES, SHORT, each } from "../lab";

test("all four lanes deliver exactly what was published, and the page counts what the server counts", async ({
  lab,
  baseURL,
}) => {
  await lab.open();
  await lab.arrive("even");
  await lab.measure({ ...SHORT, duration: 3 });

  const events = await published(baseURL!, await lab.topic());
  expect(events.map((event) => event.seq)).toEqual(Array.from({ length: 60 }, (_, place) => place + 1));
  expect(await lab.figures("delivered")).toEqual(each(60));
  for (const figure of ["lost", "duplicated", "reordered", "reconnects"] as const) {
    expect(await lab.figures(figure), figure).toEqual(each(0));
  }
  for (const lane of LANES) {
    const counted = await counters(baseURL!, lab.nameOf(lane));
    expect(counted, lane).toMatchObject({ written: 60, gaps: 0, open: 0 });
    expect(counted["requests"], lane).toBe(await lab.figure(lane, "requests"));
  }
});

test("requests are counted as each transport makes them", async ({ lab }) => {
  await lab.open();
  await lab.measure({ ...SHORT, duration: 3 });

  const requests = await lab.figures("requests");
  const wasted = await lab.figures("wasted");
  const delivered = await lab.figure("polling", "delivered");
  expect(requests).toMatchObject({ sse: 1, websocket: 1 });
  expect(wasted).toMatchObject({ sse: 0, websocket: 0 });
  // One a tick, but for the ticks that found an answer still under way.
  expect(requests["polling"]! + (await lab.figure("polling", "skipped"))).toBeGreaterThanOrEqual(3 / 0.2);
  expect(requests["polling"]! - wasted["polling"]!).toBeLessThanOrEqual(delivered);
  // An answer for each event at most, and the one that was held when the run ended.
  expect(requests["long-polling"]).toBeGreaterThan(1);
  expect(requests["long-polling"]! - wasted["long-polling"]!).toBeLessThanOrEqual(delivered + 1);
});

test("a median stands beside its interval, and waiting for the next poll can be seen in it", async ({ lab }) => {
  await lab.open();
  await lab.measure();

  for (const lane of LANES) {
    const p50 = await lab.figure(lane, "p50");
    const big = await lab.lane(lane).locator(".big").innerText();
    const [low = NaN, high = NaN] = [...big.matchAll(/−?\d[\d.]*/g)].map(([text]) => Number(text.replace("−", "-"))).slice(-2);
    expect(low, big).toBeLessThanOrEqual(p50 + 0.05);
    expect(high, big).toBeGreaterThanOrEqual(p50 - 0.05);
  }
  expect(await lab.figure("polling", "p50")).toBeGreaterThan(await lab.figure("websocket", "p50"));
  const clockError = await lab.page.locator("[data-fact=clock-error]").getAttribute("data-value");
  expect(Number(clockError)).toBeGreaterThan(0);
});

test("a fast run with large payloads loses no event on the way to the counters", async ({ lab, baseURL }) => {
  await lab.open();
  await lab.measure({ ...SHORT, rate: 200, payload: 1024, duration: 4 });

  const events = await published(baseURL!, await lab.topic());
  expect(events.every((event) => event.data.length === 1024)).toBe(true);
  expect(events.length).toBeGreaterThan(500);
  expect(await lab.figures("delivered")).toEqual(each(events.length));
  expect(await lab.figures("lost")).toEqual(each(0));
});

test("a run stands still while it is paused, goes on, and ends when it is stopped", async ({ lab, baseURL }) => {
  await lab.open();
  await lab.start({ ...SHORT, duration: 60 });
  const topic = await lab.topic();
  await lab.delivers(5);

  await lab.action("pause").click();
  await lab.is("paused");
  const before = (await published(baseURL!, topic)).length;
  const asked = await lab.figure("polling", "requests");
  // Three more polls: time enough for a dozen events.
  await expect.poll(() => lab.figure("polling", "requests")).toBeGreaterThanOrEqual(asked + 3);
  expect(await published(baseURL!, topic)).toHaveLength(before);
  expect(await lab.figures("delivered")).toEqual(each(before));

  await lab.action("pause").click();
  await lab.is("running");
  await lab.delivers(before + 5);

  await lab.action("stop").click();
  await lab.end();
  const after = (await published(baseURL!, topic)).length;
  expect(await lab.figures("delivered")).toEqual(each(after));
  expect(await lab.figures("lost")).toEqual(each(0));
});

test("the same seed publishes the same payloads, another seed others", async ({ lab, baseURL }) => {
  await lab.open();
  const payloads = async (seed: number) => {
    await lab.measure({ ...SHORT, duration: 1, seed });
    return (await published(baseURL!, await lab.topic())).map((event) => event.data);
  };
  const first = await payloads(7);
  expect(first.length).toBeGreaterThan(0);
  expect(await payloads(7)).toEqual(first);
  expect(await payloads(8)).not.toEqual(first);
});

test("the server-function lanes deliver everything, too", async ({ lab, baseURL }) => {
  const lanes = [...LANES, "server-fn-polling", "server-fn-long-polling", "server-fn-websocket"] as const;
  await lab.open();
  await expect(lab.lane("server-fn-websocket")).toHaveCount(0);
  await lab.choose(lanes);
  await lab.measure({ ...SHORT, duration: 3 });

  const events = await published(baseURL!, await lab.topic());
  expect(await lab.figures("delivered", lanes)).toEqual(each(events.length, lanes));
  for (const figure of ["lost", "duplicated", "reordered"] as const) {
    expect(await lab.figures(figure, lanes), figure).toEqual(each(0, lanes));
  }
});
