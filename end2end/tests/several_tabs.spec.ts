import { expect, test } from "../fixtures";
import { LANES, Lab } from "../lab";

test("the third tab says which lanes would not fit, and opens them once there is room", async ({ context, server }) => {
  const own = await server.start();
  const tabs: Lab[] = [];
  for (let tab = 0; tab < 3; tab += 1) {
    const lab = new Lab(await context.newPage());
    await lab.open(own.url);
    await lab.is("running");
    tabs.push(lab);
    // The first two hold two connections each; with that the browser has two left, and keeps them.
    const open = tab < 2 ? LANES : (["polling", "websocket"] as const);
    await lab.opens(open);
  }
  const [first, , third] = tabs as [Lab, Lab, Lab];
  for (const lane of ["long-polling", "sse"] as const) {
    await expect(third.lane(lane)).toHaveAttribute("data-state", "left-out");
    await expect(third.lane(lane).locator(".trouble")).toBeVisible();
    await expect(third.lane(lane).locator(".trouble")).toContainText(/six connections/);
    expect(await third.figure(lane, "requests")).toBe(0);
  }
  for (const lane of ["polling", "websocket"] as const) {
    await expect(third.lane(lane).locator(".trouble")).toHaveText("");
  }
  await third.delivers(1, ["polling", "websocket"]);

  await first.page.close();
  await third.action("stop").click();
  await third.is("idle");
  await third.action("stop").click();
  await third.is("running");
  await third.opens();
  await third.delivers(1);
});

test("more lanes than fit into one tab: those that do not are named", async ({ lab, context, server }) => {
  const own = await server.start();
  const other = new Lab(await context.newPage());
  await other.open(own.url);
  await other.opens();
  await lab.open(own.url);
  await lab.choose(["server-fn-long-polling"]);
  await expect(lab.lane("server-fn-long-polling")).toHaveAttribute("data-state", "left-out");
  await lab.opens();
  await lab.choose(["sse"], false);
  await expect(lab.lane("sse")).toHaveCount(0);
  await lab.opens(["long-polling", "server-fn-long-polling"]);
});
