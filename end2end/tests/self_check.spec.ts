// The browser measures itself: each transport in two lanes.
import { expect, test } from "../fixtures";

test("a self-check tells by how much twins differ, and the browser keeps it", async ({ lab, page }) => {
  await lab.open("/?lanes=sse.websocket&mode=self-check");
  await expect(page.locator("[data-text=bias]")).toHaveText(/not self-checked/);
  await lab.action("measure").click();
  await expect(lab.root).toHaveAttribute("data-kind", "measurement");
  await lab.is("running");
  await expect(page.locator(".twins")).toBeVisible();
  await lab.is("ended", { timeout: 45_000 });

  for (const transport of ["sse", "websocket"]) {
    const row = page.locator(`.twins tr[data-of=${transport}]`);
    const value = await row.locator("[data-figure=twin]").getAttribute("data-value");
    // Two lanes of one transport in one browser, on one machine.
    expect(Math.abs(Number(value ?? NaN)), transport).toBeLessThan(50);
    await expect(row.locator("td").nth(1)).toHaveText(/−?[\d.]+ – −?[\d.]+/);
  }
  await expect(page.locator(".twins tr[data-of=polling]")).toBeHidden();
  await expect(page.locator("[data-text=bias]")).toHaveText(/up to [\d.]+ ms, checked on \d{4}-\d\d-\d\d/);

  await page.reload();
  await lab.awake();
  await expect(page.locator("[data-text=bias]")).toHaveText(/up to [\d.]+ ms, checked on/);
});
