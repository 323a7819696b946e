import { expect, test } from "../fixtures";
import { Lab } from "../lab";

test.describe("a visitor whose browser asks for Korean", () => {
  test.use({ locale: "ko-KR" });

  test("gets the page in Korean, switches to English and keeps it", async ({ lab, page }) => {
    await lab.open();
    await expect(page.locator("html")).toHaveAttribute("lang", "ko");
    await expect(page.getByRole("button", { name: "한국어" })).toHaveAttribute("aria-pressed", "true");
    await expect(page).toHaveTitle(/[가-힣]/);

    await page.getByRole("button", { name: "English" }).click();
    await lab.awake();
    await expect(page.locator("html")).toHaveAttribute("lang", "en");
    await page.reload();
    await expect(page.locator("html")).toHaveAttribute("lang", "en");
    await expect(page).not.toHaveTitle(/[가-힣]/);
  });

  test("finds no English left in the lab, whatever it does", async ({ lab }) => {
    await lab.open();
    await lab.unfold();
    await lab.delivers(2);
    expect(await english(lab), "demo").toEqual([]);
    await lab.start({ rate: 20, interval: 0.1, duration: 2, wait: 1 });
    expect(await english(lab), "measurement").toEqual([]);
    await lab.end();
    expect(await english(lab), "ended").toEqual([]);
    await lab.arrive("even");
    await lab.set({ rate: 10, interval: 0.1, duration: 1 });
    await lab.field("payload").fill("0");
    await lab.field("payload").blur();
    await lab.page.locator(".own [name=topic]").fill("Not A Topic");
    await lab.action("watch").click();
    await lab.page.locator(".own [name=topic]").fill("");
    expect(await english(lab), "warnings").toEqual([]);
    await lab.page.locator(".own [name=topic]").fill("quiet-ko");
    await lab.action("watch").click();
    await lab.is("watching");
    expect(await english(lab), "watching").toEqual([]);
    await lab.action("stop").click();
    await lab.is("idle");
    expect(await english(lab), "stopped").toEqual([]);
  });
});

test("a visitor chooses Korean on the page, and it is remembered in other tabs", async ({ lab, page, context }) => {
  await lab.open();
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await page.getByRole("button", { name: "한국어" }).click();
  await lab.awake();
  await expect(page.locator("html")).toHaveAttribute("lang", "ko");

  const other = new Lab(await context.newPage());
  await other.open();
  await expect(other.page.locator("html")).toHaveAttribute("lang", "ko");
  await other.is("running");

  await page.getByRole("button", { name: "English" }).click();
  await lab.awake();
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
});

test("the choice brings back to the page on which it was made", async ({ page }) => {
  await page.goto("/sign-in?failed=1");
  await page.getByRole("button", { name: "한국어" }).click();
  await expect(page).toHaveURL(/\/sign-in\?failed=1$/);
  await expect(page.locator("html")).toHaveAttribute("lang", "ko");
});

/** Names and units that are the same in every language. */
const UNIVERSAL =
  /^(SSE|WebSocket|HTTP|HTML|JSON|CSV|SVG|PNG|TCP|TLS|Leptos|Poisson|GET|Origin|CPU|Chrome|Chromium|isolated|curl)$/;

/** The English words in what the lab shows, its attributes included; commands, texts of events and names of runs left out. */
async function english(lab: Lab): Promise<string[]> {
  const said = await lab.root.evaluate((root) => {
    const copy = root.cloneNode(true) as HTMLElement;
    for (const code of copy.querySelectorAll("code, [data-figure=text]")) code.remove();
    const attributes = ["aria-label", "title", "placeholder", "alt"];
    const labels = [...copy.querySelectorAll("*")].flatMap((one) => attributes.map((name) => one.getAttribute(name)));
    const walker = document.createTreeWalker(copy, NodeFilter.SHOW_TEXT);
    const texts: (string | null)[] = [];
    while (walker.nextNode()) texts.push(walker.currentNode.textContent);
    return [...texts, ...labels].join("\n");
  });
  const words = said.replaceAll(/\b[0-9a-f]{16}\b/g, "").match(/[A-Za-z]{3,}/g) ?? [];
  return [...new Set(words)].filter((word) => !UNIVERSAL.test(word));
}
