import { expect, test } from "../fixtures";

test("the lab opens with its four lanes and comes alive", async ({ page }) => {
  await page.goto("/");
  await expect(page).toHaveTitle(/pushpull/i);
  for (const lane of ["polling", "long-polling", "sse", "websocket"]) {
    await expect(page.locator(`[data-lane=${lane}]`).first()).toBeVisible();
  }
  await expect(page.locator("html")).toHaveAttribute("data-hydrated");
});

test("a server of a test's own starts, answers and ends", async ({ server }) => {
  const own = await server.start();
  const answer = await fetch(`${own.url}/healthz`);
  expect(answer.status).toBe(200);
  expect(await own.stop()).toBe(0);
});
