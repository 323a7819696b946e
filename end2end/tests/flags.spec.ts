// What may have disturbed a run is told with it.
import { expect, test } from "../fixtures";
import { SHORT } from "../lab";

test("a page that is kept busy is told of", async ({ lab, page }) => {
  await lab.open();
  await lab.start({ ...SHORT, duration: 3 });
  // In a task of the page's own: what a debugger evaluates is none.
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        setTimeout(() => {
          const until = performance.now() + 200;
          while (performance.now() < until);
          resolve();
        });
      }),
  );
  await lab.end();
  const flags = page.locator(".flags li");
  await expect(flags.filter({ hasText: "thread was busy" })).toHaveText(/for [2-9]\d{2} ms at most/);
});

test("a hidden tab is told of, with for how long", async ({ lab, page }) => {
  await lab.open();
  await lab.start({ ...SHORT, duration: 4 });
  const hide = (hidden: boolean) =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  const before = await lab.figure("websocket", "delivered");
  await hide(true);
  await lab.delivers(before + 5, ["websocket"]);
  await hide(false);
  await lab.end();
  await expect(page.locator(".flags li").filter({ hasText: "tab was hidden" })).toHaveText(/for [\d.]+ s/);
});

test("a quiet run has no flag that it does not deserve", async ({ lab, page }) => {
  await lab.open();
  await lab.measure({ ...SHORT, duration: 3 });
  await expect(page.locator(".flags li").filter({ hasText: /tab was hidden|no secure context/ })).toHaveCount(0);
});
