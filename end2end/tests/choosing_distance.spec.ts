// The server can be made farther away: the same lab by way of a relay.
import { expect, test } from "../fixtures";
import { SHORT } from "../lab";

test("a chosen distance is measured in every lane, and keeps the settings", async ({ lab, page, server }) => {
  const own = await server.start();
  await lab.open(own.url);
  await lab.set({ ...SHORT, duration: 6 });
  const here = new URL(page.url()).origin;
  await lab.field("distance").selectOption("150");
  await expect(lab.root).toHaveAttribute("data-distance", "150");
  await lab.awake();
  expect(new URL(page.url()).origin).not.toBe(here);
  await expect(lab.field("rate")).toHaveValue("20");
  await expect(lab.field("distance")).toHaveValue("150");
  await expect(page.locator("[data-fact=distance]")).toContainText("150 ms away");
  await lab.measure({});
  // Half of the round trip; the clock is read directly, so that its error does not grow.
  expect(await lab.figure("websocket", "p50")).toBeGreaterThan(70);
  expect(await lab.figure("sse", "p50")).toBeGreaterThan(70);
  const error = await page.locator("[data-fact=clock-error]").getAttribute("data-value");
  expect(Number(error)).toBeLessThan(20);
});

test("an address that asks for a distance leads there", async ({ lab, page, server }) => {
  const own = await server.start();
  await page.goto(`${own.url}/?rate=5&distance=20`);
  await expect(lab.root).toHaveAttribute("data-distance", "20");
  await lab.awake();
  await expect(lab.field("rate")).toHaveValue("5");
});
