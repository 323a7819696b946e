import { readers } from "../contract";
import { expect, test } from "../fixtures";
import { LANES, each } from "../lab";

// Playwright turns the back-forward cache off unless it is told not to.
test.use({
  launchOptions: async ({ launchOptions }, use) => {
    await use({ ...launchOptions, ignoreDefaultArgs: ["--disable-back-forward-cache"] });
  },
});

test("coming back by the back button, the page goes on where it was", async ({ lab, server, page }) => {
  const own = await server.start();
  await lab.open(own.url);
  await lab.delivers(2);
  const topic = await lab.topic();
  await page.evaluate(() => {
    window.addEventListener("pageshow", (event) => {
      document.documentElement.dataset["restored"] = String(event.persisted);
    });
  });

  await page.goto(`${own.url}/sign-in`);
  await expect.poll(() => readers(own.url), { intervals: [50] }).toBe(0);
  // Not page.goBack(): that waits for a page that is loaded, not for one that is brought back.
  await page.evaluate(() => history.back());
  await expect(page.locator("html")).toHaveAttribute("data-restored", "true");

  const before = await lab.figure("websocket", "delivered");
  await lab.opens();
  await lab.delivers(before + 2);
  expect(await lab.topic()).toBe(topic);
  expect(await lab.figures("lost")).toEqual(each(0, LANES));
  expect(await lab.figures("duplicated")).toEqual(each(0, LANES));
});
