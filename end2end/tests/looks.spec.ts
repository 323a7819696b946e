import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures";
import { LANES, type Lab } from "../lab";

const WIDTHS = [320, 375, 768, 1280];

/** How far the page can be scrolled sideways, in CSS px. */
function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

async function unfoldAll(lab: Lab): Promise<void> {
  await lab.page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
}

for (const locale of ["en-US", "ko-KR"]) {
  test.describe(locale, () => {
    test.use({ locale });

    test("the page never scrolls sideways, folded or unfolded", async ({ lab, page }) => {
      await lab.open();
      await lab.delivers(1);
      for (const unfolded of [false, true]) {
        if (unfolded) {
          await lab.choose(["server-fn-polling", "server-fn-long-polling", "server-fn-websocket"]);
          await unfoldAll(lab);
        }
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 800 });
          expect(await overflow(page), `${width} px, unfolded: ${unfolded}`).toBeLessThanOrEqual(0);
        }
      }
    });

    test("all four lanes' diagrams and counters stand in the first screen of 1280 × 800", async ({ lab, page }) => {
      await lab.open();
      await lab.delivers(1);
      await expect(page.locator(".verdict h1")).toBeInViewport({ ratio: 1 });
      for (const lane of LANES) {
        await expect(lab.lane(lane).locator("svg.seq"), `${lane}'s diagram`).toBeInViewport({ ratio: 1 });
        for (const figure of ["p50", "delivered", "lost", "duplicated", "reordered", "requests", "wasted"]) {
          const one = lab.lane(lane).locator(`[data-figure=${figure}]`);
          await expect(one, `${lane}'s ${figure}`).toBeInViewport({ ratio: 1 });
        }
      }
      const tops = await Promise.all(LANES.map(async (lane) => (await lab.lane(lane).boundingBox())?.y));
      expect(new Set(tops).size, "side by side").toBe(1);
    });

    test("at 375 px a strip of four rows comes before the diagrams", async ({ lab, page }) => {
      await page.setViewportSize({ width: 375, height: 800 });
      await lab.open();
      await lab.delivers(1);
      const rows = page.locator(".strip li:visible");
      await expect(rows).toHaveCount(4);
      const bottom = async (place: number) => {
        const box = await rows.nth(place).boundingBox();
        return (box?.y ?? NaN) + (box?.height ?? NaN);
      };
      const bottoms = await Promise.all([0, 1, 2, 3].map(bottom));
      expect([...new Set(bottoms)].toSorted((a, b) => a - b), "four rows").toEqual(bottoms);
      const diagram = await lab.lane("polling").locator("svg.seq").boundingBox();
      expect(bottoms[3]).toBeLessThanOrEqual(diagram?.y ?? NaN);
      await expect(rows.first()).toContainText(/\d/);
    });
  });
}

test("the strip is there for narrow screens only", async ({ lab, page }) => {
  await lab.open();
  await expect(page.locator(".strip")).toBeHidden();
});

test("the diagrams are drawn from what happens", async ({ lab }) => {
  await lab.open();
  await lab.delivers(2);
  for (const lane of LANES) {
    const strokes = lab.lane(lane).locator("svg.time path.event");
    await expect(strokes).toHaveAttribute("d", /M/);
    // And they move.
    const before = await strokes.getAttribute("d");
    await expect(strokes).not.toHaveAttribute("d", before ?? "");
  }
  await expect(lab.lane("polling").locator("svg.time path.request")).toHaveAttribute("d", /M/);
  await expect(lab.lane("long-polling").locator("svg.time path.hold")).toHaveAttribute("d", /M/);
});

test.describe("the system is dark", () => {
  test.use({ colorScheme: "dark" });

  test("so is the page, unless the visitor wants it light; that is remembered", async ({ lab, page }) => {
    await lab.open();
    const ground = page.locator("body");
    await expect(ground).toHaveCSS("background-color", "rgb(18, 21, 26)");
    await page.getByRole("button", { name: "Light" }).click();
    await lab.awake();
    await expect(ground).toHaveCSS("background-color", "rgb(251, 250, 246)");
    await page.reload();
    await expect(ground).toHaveCSS("background-color", "rgb(251, 250, 246)");
    await page.getByRole("button", { name: "As the system" }).click();
    await lab.awake();
    await expect(ground).toHaveCSS("background-color", "rgb(18, 21, 26)");
  });
});

test("every transport wears one colour, in its lane, its card and its strip", async ({ lab, page }) => {
  await lab.open();
  const colours = new Set<string>();
  for (const lane of LANES) {
    const own = await page.evaluate(
      (lane) =>
        [`article[data-lane=${lane}]`, `#how-${lane}`, `.strip [data-transport=${lane}]`].map((place) => {
          const element = document.querySelector(place);
          return element ? getComputedStyle(element).getPropertyValue("--c") : place;
        }),
      lane,
    );
    expect(new Set(own).size, own.join()).toBe(1);
    colours.add(own[0]!);
  }
  expect(colours.size).toBe(4);
});
