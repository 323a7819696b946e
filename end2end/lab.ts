// The lab as a visitor sees and uses it.
import { expect, type Locator, type Page } from "@playwright/test";

/** The four lanes of the first view, in the order in which they are shown. */
export const LANES = ["polling", "long-polling", "sse", "websocket"] as const;

/** Those that a visitor has to choose. */
export const SERVER_FN_LANES = ["server-fn-polling", "server-fn-long-polling", "server-fn-websocket"] as const;

export type Lane = (typeof LANES)[number] | (typeof SERVER_FN_LANES)[number];

export type Figure =
  | "delivered"
  | "lost"
  | "duplicated"
  | "reordered"
  | "requests"
  | "wasted"
  | "reconnects"
  | "skipped"
  | "p50";

export type Phase = "idle" | "opening" | "running" | "paused" | "draining" | "ended" | "failed" | "watching";

/** The fields as they are named, in the units that stand beside them. */
export type Settings = Partial<Record<"rate" | "payload" | "interval" | "wait" | "duration" | "seed", number>>;

/** A measurement that is over soon and long enough for a median, which wants five blocks of a second. */
export const SHORT: Settings = { rate: 20, payload: 64, interval: 0.2, wait: 1, duration: 6 };

export class Lab {
  /** The names under which the server keeps the lanes' counters, as the page's requests tell them. */
  private readonly names = new Map<string, string>();

  constructor(readonly page: Page) {
    const note = (address: string) => {
      const name = new URL(address).searchParams.get("lane");
      const transport = name?.replace(/^[0-9a-f]+-/, "");
      if (name && transport) this.names.set(transport, name);
    };
    page.on("request", (request) => note(request.url()));
    page.on("websocket", (socket) => note(socket.url()));
  }

  /** Opens the page and waits until it can be used. */
  async open(address = "/"): Promise<void> {
    await this.page.goto(address);
    await this.awake();
  }

  async awake(): Promise<void> {
    await expect(this.page.locator("html")).toHaveAttribute("data-hydrated");
  }

  get root(): Locator {
    return this.page.locator("[data-run]");
  }

  lane(lane: Lane): Locator {
    return this.page.locator(`article[data-lane=${lane}]`);
  }

  /** The name of a lane's counters on the server. */
  nameOf(lane: Lane): string {
    const name = this.names.get(lane);
    if (!name) throw new Error(`No request of the lane ${lane} has been seen.`);
    return name;
  }

  async is(phase: Phase, options?: { timeout: number }): Promise<void> {
    await expect(this.root).toHaveAttribute("data-run", phase, options);
  }

  /** The topic that is read. */
  async topic(): Promise<string> {
    await expect(this.root).toHaveAttribute("data-topic", /./);
    return (await this.root.getAttribute("data-topic")) ?? "";
  }

  /** A figure as the plain number; NaN while there is none. */
  async figure(lane: Lane, figure: Figure): Promise<number> {
    const value = await this.lane(lane).locator(`[data-figure=${figure}]`).getAttribute("data-value");
    return value ? Number(value) : NaN;
  }

  /** One figure of several lanes. */
  async figures(figure: Figure, lanes: readonly Lane[] = LANES): Promise<Record<string, number>> {
    const pairs = lanes.map(async (lane) => [lane, await this.figure(lane, figure)] as const);
    return Object.fromEntries(await Promise.all(pairs));
  }

  /** Waits until each of the lanes has got at least so many events. */
  async delivers(least: number, lanes: readonly Lane[] = LANES): Promise<void> {
    for (const lane of lanes) {
      const looked = { message: `${lane} delivers`, intervals: [100] };
      await expect.poll(() => this.figure(lane, "delivered"), looked).toBeGreaterThanOrEqual(least);
    }
  }

  /** Waits until the lanes are open. */
  async opens(lanes: readonly Lane[] = LANES): Promise<void> {
    for (const lane of lanes) {
      await expect(this.lane(lane)).toHaveAttribute("data-state", "open");
    }
  }

  /** A button of the run: `measure`, `pause`, `stop`, `publish`, `watch`. */
  action(action: string): Locator {
    return this.page.locator(`[data-action=${action}]`);
  }

  field(name: string): Locator {
    return this.page.locator(`.controls [name=${name}]`);
  }

  /** Unfolds the settings that are not in the first view. */
  async unfold(): Promise<void> {
    const further = this.page.locator("details.further");
    if ((await further.getAttribute("open")) === null) await further.locator("summary").first().click();
  }

  async set(settings: Settings): Promise<void> {
    for (const [name, value] of Object.entries(settings)) {
      if (name === "seed") await this.unfold();
      await this.field(name).fill(String(value));
      await this.field(name).blur();
    }
  }

  async arrive(arrivals: "even" | "poisson"): Promise<void> {
    await this.unfold();
    await this.field("arrivals").selectOption(arrivals);
  }

  async choose(lanes: readonly Lane[], wanted = true): Promise<void> {
    await this.unfold();
    for (const lane of lanes) {
      await this.page.locator(`.controls input[name=lane][value=${lane}]`).setChecked(wanted);
    }
  }

  /** Starts a measurement and waits until it publishes. */
  async start(settings: Settings = SHORT): Promise<void> {
    await this.set(settings);
    await this.action("measure").click();
    await expect(this.root).toHaveAttribute("data-kind", "measurement");
    await this.is("running");
  }

  /** Waits for the final figures. */
  async end(): Promise<void> {
    await this.is("ended", { timeout: 30_000 });
  }

  /** Starts a measurement and waits for its final figures. */
  async measure(settings: Settings = SHORT): Promise<void> {
    await this.start(settings);
    await this.end();
  }

  /** Watches a topic that others publish to. */
  async watch(topic: string, lanes: readonly Lane[] = LANES): Promise<void> {
    await this.page.locator(".own [name=topic]").fill(topic);
    await this.action("watch").click();
    await this.is("watching");
    await expect(this.root).toHaveAttribute("data-topic", topic);
    await this.opens(lanes);
  }
}

/** The same number for each lane, to compare figures with. */
export function each(value: number, lanes: readonly Lane[] = LANES): Record<string, number> {
  return Object.fromEntries(lanes.map((lane) => [lane, value]));
}
