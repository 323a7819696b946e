import { counters, cut, publish, published } from "../contract";
import { expect, test } from "../fixtures";
import { LANES, SHORT, each, type Lab, type Lane } from "../lab";

// What the browser says of connections that break off.
test.use({ allowedConsole: /net::ERR_|WebSocket connection to .* failed|WebSocket Closed: code: 1006/ });

/**
 * Those that always notice. A poll that finds its connection gone is sent again by Chromium itself, and so is a
 * long poll that was held on a connection used before: the page never learns of it.
 */
const NOTICING = ["sse", "websocket"] as const;

async function recovered(lab: Lab, server: string, lanes: readonly Lane[] = LANES): Promise<void> {
  await lab.end();
  const events = await published(server, await lab.topic());
  expect(await lab.figures("delivered", lanes)).toEqual(each(events.length, lanes));
  for (const figure of ["lost", "duplicated", "reordered"] as const) {
    expect(await lab.figures(figure, lanes), figure).toEqual(each(0, lanes));
  }
}

test("all connections are cut in mid-run, twice: every lane comes back and nothing is lost", async ({
  lab,
  server,
}) => {
  const own = await server.start("--test-knobs");
  await lab.open(own.url);
  await lab.start();
  for (const times of [1, 2]) {
    await lab.delivers(times * 20);
    await cut(own.url);
    for (const lane of NOTICING) {
      await expect.poll(() => lab.figure(lane, "reconnects"), lane).toBe(times);
    }
  }
  await recovered(lab, own.url);
  const lane = lab.lane("sse");
  await lane.locator("details summary").click();
  await expect(lane.locator("[data-figure=reconnects]")).toBeVisible();
  await expect(lane.locator("[data-figure=reconnects]")).toHaveText("2");
});

test("all connections are cut before the first event: nothing is lost", async ({ lab, server }) => {
  const own = await server.start("--test-knobs");
  await lab.open(own.url);
  await lab.arrive("even");
  await lab.start({ ...SHORT, rate: 0.4, duration: 5 });
  await lab.opens();
  await cut(own.url);
  expect(await published(own.url, await lab.topic()), "the cut came first").toEqual([]);
  await recovered(lab, own.url);
  expect(await lab.figures("delivered")).toEqual(each(2));
  for (const lane of NOTICING) {
    expect(await lab.figure(lane, "reconnects"), lane).toBe(1);
  }
  // The held poll was asked again, by the page or behind its back by the browser.
  const asked = (await counters(own.url, lab.nameOf("long-polling")))["requests"]!;
  const behind = asked - (await lab.figure("long-polling", "requests"));
  expect((await lab.figure("long-polling", "reconnects")) + behind).toBe(1);
});

test("the server-function lanes come back, too", async ({ lab, server }) => {
  const lanes = ["server-fn-polling", "server-fn-long-polling", "server-fn-websocket"] as const;
  const own = await server.start("--test-knobs");
  await lab.open(own.url);
  await lab.choose(LANES, false);
  await lab.choose(lanes);
  await lab.start();
  await lab.delivers(20, lanes);
  await cut(own.url);
  await expect.poll(() => lab.figure("server-fn-websocket", "reconnects")).toBe(1);
  await recovered(lab, own.url, lanes);
});

test("a watched topic is read on after a cut, also when nothing had been published yet", async ({ lab, server }) => {
  const own = await server.start("--test-knobs");
  await lab.open(own.url);
  await lab.watch("quiet");
  await cut(own.url);
  await publish(own.url, "quiet", "after the cut");
  await lab.delivers(1);
  for (const lane of LANES) {
    await expect(lab.lane(lane).locator("[data-figure=text]")).toHaveText("after the cut");
  }
  expect(await lab.figures("lost")).toEqual(each(0));
});

test("the network goes away and comes back: the lanes say so and go on", async ({ lab, server, context }) => {
  const own = await server.start();
  await lab.open(own.url);
  await lab.start({ ...SHORT, duration: 60 });
  await lab.delivers(10);
  await context.setOffline(true);
  for (const lane of LANES) {
    await expect(lab.lane(lane)).toHaveAttribute("data-state", "retrying");
  }
  await context.setOffline(false);
  await lab.opens();
  await lab.action("stop").click();
  await recovered(lab, own.url);
});
