import { faults } from "../axe";
import { expect, test } from "../fixtures";
import { LANES, SHORT } from "../lab";

// Each language and each theme once: colours do not depend on words.
for (const [locale, colorScheme] of [
  ["en-US", "light"],
  ["ko-KR", "dark"],
] as const) {
  test.describe(`${locale}, ${colorScheme}`, () => {
    test.use({ locale, colorScheme });

    test("axe finds nothing: at rest, running, unfolded, with errors, narrow", async ({ lab, page }) => {
      await page.emulateMedia({ reducedMotion: "reduce", colorScheme });
      await lab.open();
      await lab.is("idle");
      expect(await faults(page), "idle").toEqual([]);

      await lab.choose(["server-fn-polling", "server-fn-websocket"]);
      await lab.start({ ...SHORT, duration: 60 });
      await lab.delivers(5);
      await page.evaluate(() => {
        for (const details of document.querySelectorAll("details")) details.open = true;
      });
      expect(await faults(page), "running, unfolded").toEqual([]);

      await lab.action("stop").click();
      await lab.end();
      await lab.field("rate").fill("0");
      await lab.field("rate").blur();
      await page.locator(".own [name=topic]").fill("No Topic");
      await lab.action("watch").click();
      await page.locator(".verdict .term").first().click();
      await expect(page.locator(".tip:popover-open")).toBeVisible();
      await page.setViewportSize({ width: 375, height: 800 });
      expect(await faults(page), "with errors, a word explained, narrow").toEqual([]);
    });
  });
}

test.describe("the small pages", () => {
  // The browser names an address that is not there.
  test.use({ allowedConsole: /status of 404/ });

  for (const address of ["/sign-in?failed=1", "/nowhere"]) {
    test(`axe finds nothing at ${address}`, async ({ page }) => {
      await page.goto(address);
      expect(await faults(page)).toEqual([]);
    });
  }
});

test("the page can be walked and worked by keyboard", async ({ lab, page }) => {
  await lab.open();
  await lab.is("running");
  await page.keyboard.press("Tab");
  const skip = page.locator(".skip");
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport({ ratio: 1 });
  await page.keyboard.press("Enter");
  await expect(page.locator("main")).toBeFocused();

  // On through the lab: whatever takes the focus shows it.
  const reached = new Set<string>();
  for (let steps = 0; steps < 60 && !reached.has("watch"); steps += 1) {
    await page.keyboard.press("Tab");
    const { name, shown } = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement;
      const style = getComputedStyle(element);
      const { action, preset } = element.dataset;
      return {
        name: action ?? preset ?? element.getAttribute("name") ?? element.className,
        shown: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0,
      };
    });
    expect(shown, `${name} shows its focus`).toBe(true);
    reached.add(name);
  }
  for (const name of ["trading", "rate", "payload", "interval", "wait", "duration", "measure", "stop", "text", "watch"]) {
    expect([...reached]).toContain(name);
  }

  await page.locator("[data-preset=stock-prices]").focus();
  await page.keyboard.press("Enter");
  await expect(page.locator("[data-preset=stock-prices]")).toHaveAttribute("aria-pressed", "true");
  await lab.field("duration").focus();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("60");
  await page.keyboard.press("Tab");
  await lab.action("measure").focus();
  await page.keyboard.press("Enter");
  await expect(lab.root).toHaveAttribute("data-kind", "measurement");
  await lab.is("running");
  await lab.action("pause").focus();
  await page.keyboard.press("Space");
  await lab.is("paused");
  // The button keeps the focus while its word changes.
  await expect(lab.action("pause")).toBeFocused();
  await page.keyboard.press("Space");
  await lab.is("running");
  await lab.action("stop").focus();
  await page.keyboard.press("Enter");
  await lab.end();
});

test("a word explains itself by key, and Escape takes the explanation away", async ({ lab, page }) => {
  await lab.open();
  await page.locator(".verdict .term").first().focus();
  await page.keyboard.press("Enter");
  const tip = page.locator(".tip:popover-open");
  await expect(tip).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(tip).toHaveCount(0);
});

test("a screen reader finds landmarks, headings and lanes in order", async ({ lab, page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await lab.open();
  await expect(page.locator("body")).toMatchAriaSnapshot(`
    - link "Skip to the content"
    - banner:
      - navigation "Main":
        - list:
          - listitem:
            - link "Lab"
    - main:
      - heading [level=1]
      - form "What to measure"
      - article:
        - heading /Polling/ [level=2]
        - img /Polling/
      - article:
        - heading /Long polling/ [level=2]
        - img /Long polling/
      - article:
        - heading /SSE/ [level=2]
        - img /SSE/
      - article:
        - heading /WebSocket/ [level=2]
        - img /WebSocket/
      - region "Side by side":
        - table
      - region "How each of them works":
        - heading "How each of them works" [level=2]
      - region "What the numbers mean":
        - heading "What the numbers mean" [level=2]
      - region "Publish it yourself":
        - heading "Publish it yourself" [level=2]
    - contentinfo
  `);
  await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
});

test("the table has the same figures as the lanes", async ({ lab, page }) => {
  await lab.open();
  await lab.measure({ ...SHORT, duration: 2 });
  const delivered = page.getByRole("row", { name: /^delivered/i }).getByRole("cell");
  await expect(delivered).toHaveCount(4);
  for (const [place, lane] of LANES.entries()) {
    await expect(delivered.nth(place)).toHaveText(String(await lab.figure(lane, "delivered")));
  }
});
