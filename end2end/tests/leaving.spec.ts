import type { Page } from "@playwright/test";
import { counters, readers } from "../contract";
import { expect, test, type Server } from "../fixtures";
import { LANES, Lab, SHORT } from "../lab";

/** A demo in full swing on a server where nobody else is. */
async function settled(lab: Lab, server: Server): Promise<void> {
  expect(await readers(server.url)).toBe(0);
  await lab.open(server.url);
  await lab.delivers(1);
  // Long polling, SSE and WebSocket hold something there; polling does not.
  await expect.poll(() => readers(server.url), { intervals: [50] }).toBe(3);
}

/** Nobody is left, whichever way one asks. */
async function deserted(lab: Lab, server: Server): Promise<void> {
  await expect.poll(() => readers(server.url), { intervals: [50] }).toBe(0);
  for (const lane of LANES) {
    expect((await counters(server.url, lab.nameOf(lane)))["open"], lane).toBe(0);
  }
}

const ways: Record<string, (page: Page, server: Server) => Promise<unknown>> = {
  "by closing the tab": (page) => page.close(),
  "for another site": (page) => page.goto("about:blank"),
  "for another page of this one": (page, server) => page.goto(`${server.url}/sign-in`),
  "by a link": (page) => page.locator(".wordmark").click(),
};

for (const [way, leave] of Object.entries(ways)) {
  test(`leaving ${way} leaves no subscriber on the server`, async ({ lab, server, page }) => {
    const own = await server.start();
    await settled(lab, own);
    const names = LANES.map((lane) => lab.nameOf(lane));
    await leave(page, own);
    for (const name of names) {
      await expect.poll(async () => (await counters(own.url, name))["open"], name).toBe(0);
    }
    if (way !== "by a link") await deserted(lab, own);
  });
}

test("stopping leaves no subscriber either", async ({ lab, server }) => {
  const own = await server.start();
  await settled(lab, own);
  await lab.action("stop").click();
  await lab.is("idle");
  await deserted(lab, own);
});

test("nor does a measurement that has ended", async ({ lab, server }) => {
  const own = await server.start();
  await settled(lab, own);
  await lab.measure({ ...SHORT, duration: 1 });
  await deserted(lab, own);
});

test("a measurement is not left without a question", async ({ lab, page }) => {
  await lab.open();
  await lab.start({ ...SHORT, duration: 60 });
  const asked = page.waitForEvent("dialog");
  const leaving = page.locator(".wordmark").click({ noWaitAfter: true });
  const dialog = await asked;
  expect(dialog.type()).toBe("beforeunload");
  await dialog.dismiss();
  await leaving;
  const before = await lab.figure("websocket", "delivered");
  await lab.is("running");
  await lab.delivers(before + 5);

  await lab.action("stop").click();
  await lab.end();
  // Without a question: nothing is lost any more.
  page.on("dialog", (unexpected) => unexpected.accept().then(() => expect(unexpected.type()).toBe("none")));
  await page.locator(".wordmark").click();
  await lab.awake();
  await lab.is("running");
});

test("the demo is left without a question", async ({ lab, page }) => {
  await lab.open();
  await lab.delivers(1);
  // A page that was never touched must not ask at all: touch it.
  await lab.page.locator("[data-preset=chat]").click();
  await lab.is("running");
  let asked = 0;
  page.on("dialog", async (dialog) => {
    asked += 1;
    await dialog.accept();
  });
  const closed = page.waitForEvent("close");
  await page.close({ runBeforeUnload: true });
  await closed;
  expect(asked).toBe(0);
});

test.describe("a visitor who has asked for reduced motion", () => {
  test.use({ contextOptions: { reducedMotion: "reduce" } });

  test("finds the demo at rest and starts it if they like", async ({ lab, server }) => {
    const own = await server.start();
    await lab.open(own.url);
    await lab.is("idle");
    await expect(lab.action("measure")).toBeEnabled();
    expect(await readers(own.url)).toBe(0);
    await lab.action("stop").click();
    await lab.is("running");
    await lab.delivers(1);
  });
});
