import { expect, test } from "../fixtures";
import { LANES } from "../lab";

// The browser names an address that is not there, and wonders why what was preloaded is not used.
test.use({ javaScriptEnabled: false, allowedConsole: /status of 404|preloaded using link preload/ });

test("a reader without JavaScript gets the page, its explanations and a note", async ({ page }) => {
  const answer = await page.goto("/");
  expect(answer?.status()).toBe(200);
  const note = page.locator("noscript .note");
  await expect(note).toBeVisible();
  await expect(note).toContainText("needs JavaScript");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  for (const lane of LANES) {
    await expect(page.locator(`article[data-lane=${lane}]`)).toBeVisible();
    await expect(page.locator(`article[data-lane=${lane}] .how`)).toHaveText(/\w+ \w+/);
    await expect(page.locator(`#how-${lane}`)).toBeVisible();
  }
  await expect(page.locator("#numbers dd").first()).toBeVisible();
  await expect(page.locator("#publish .command").first()).toContainText("curl");
});

test("more about a transport unfolds", async ({ page }) => {
  await page.goto("/");
  const card = page.locator("#how-sse");
  await expect(card.locator("dd").first()).toBeHidden();
  await card.locator("summary").click();
  await expect(card.locator("dd").first()).toBeVisible();
});

test("controls that would do nothing cannot be used", async ({ page }) => {
  await page.goto("/");
  await expect(page.locator("html")).not.toHaveAttribute("data-hydrated");
  // What is hidden until the page has come to life cannot be used either.
  const controls = page.locator(".lab :is(input, select, button):not(.term)").filter({ visible: true });
  expect(await controls.count()).toBeGreaterThan(15);
  for (const control of await controls.all()) await expect(control).toBeDisabled();
});

test("a word of the field still explains itself", async ({ page }) => {
  await page.goto("/");
  const tip = page.locator("#tip-cursor");
  await expect(tip).toBeHidden();
  await page.locator("[popovertarget=tip-cursor]").click();
  await expect(tip).toBeVisible();
});

test("language and theme are switched and remembered", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("button", { name: "한국어" }).click();
  await expect(page.locator("html")).toHaveAttribute("lang", "ko");
  await page.getByRole("button", { name: "어둡게" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.goto("/");
  await expect(page.locator("html")).toHaveAttribute("lang", "ko");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(page.locator("body")).toHaveCSS("background-color", "rgb(18, 21, 26)");
});

test("an address without a page says so", async ({ page }) => {
  const answer = await page.goto("/nowhere");
  expect(answer?.status()).toBe(404);
  await page.locator("main").getByRole("link").click();
  await expect(page).toHaveURL(/\/$/);
});
