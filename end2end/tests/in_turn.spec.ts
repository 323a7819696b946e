// Lanes one after the other: what each is ascribed, and that nothing falls between two of them.
import { distort, published } from "../contract";
import { expect, test } from "../fixtures";
import { LANES } from "../lab";

test("lanes in turn share the log without a rest: every event is delivered in exactly one of them", async ({
  lab,
  baseURL,
}) => {
  await lab.open("/?mode=in-turn&blocks=2&rate=50&interval=0.2&wait=1&payload=64");
  await expect(lab.field("mode")).toHaveValue("in-turn");
  // How long it takes is a matter of the blocks.
  await expect(lab.field("duration")).toBeDisabled();
  await expect(lab.field("blocks")).toBeEnabled();
  await expect(lab.page.locator(".controls .hint")).toContainText("4 lanes × 2 blocks of 1 s");
  await lab.action("measure").click();
  await lab.is("running");
  await expect(lab.lane("polling").locator("h2 small")).toBeVisible();
  // One lane at a time: never are two open.
  const open = lab.page.locator("article[data-lane][data-state=open]");
  await expect(open).toHaveCount(1);
  await lab.end();

  const delivered = await lab.figures("delivered");
  const sum = Object.values(delivered).reduce((one, two) => one + two);
  const events = await published(baseURL!, await lab.topic());
  // The publisher is stopped a moment after the last lane has closed.
  expect(sum).toBeLessThanOrEqual(events.length);
  expect(sum).toBeGreaterThan(8 * 50 * 0.6);
  for (const lane of LANES) {
    expect(delivered[lane], lane).toBeGreaterThan(0);
    for (const figure of ["lost", "duplicated", "reordered"] as const) {
      expect(await lab.figure(lane, figure), `${lane} ${figure}`).toBe(0);
    }
  }
  await expect(lab.page.locator(".progress .seconds")).toHaveText("block 8 of 8");
});

test("a lane that drops events has lost them in its own turns, and no other lane has", async ({ lab, server }) => {
  const own = await server.start("--test-knobs");
  await lab.page.addInitScript(() => {
    Math.random = () => 0.5;
  });
  await distort(own.url, "80000000-sse", { drop_every: 10 });
  await lab.open(`${own.url}/?mode=in-turn&blocks=2&rate=50&interval=0.2&wait=1&lanes=sse.websocket`);
  await lab.action("measure").click();
  await lab.is("running");
  await lab.end();
  const lanes = ["sse", "websocket"] as const;
  const lost = await lab.figures("lost", lanes);
  expect(lost["sse"]).toBeGreaterThan(0);
  expect(lost["websocket"]).toBe(0);
});
