import type { Page } from "@playwright/test";
import { execFile, spawn } from "node:child_process";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { faults } from "../axe";
import { builtServer, root } from "../build";
import { expect, test } from "../fixtures";

/** The environment in which a command of the page finds the program that is tested. */
const env = { ...process.env, PATH: `${dirname(builtServer())}:${process.env["PATH"]}` };

/** Runs a command as a shell would that it was pasted into; what it said on stderr. */
async function pasted(command: string): Promise<string> {
  const child = spawn("sh", ["-c", command], { cwd: root, env, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (part: Buffer) => (said += part.toString()));
  const code = await new Promise<number | null>((resolve) => child.once("exit", resolve));
  // Busy with tests, the machine may make the generator late, and it says so with 3.
  expect([0, 3], said).toContain(code);
  return said;
}

/** The words that a shell makes of the command, without the program's own name. */
async function words(command: string): Promise<string[]> {
  const script = `pushpull() { printf '%s\\0' "$@"; }\n${command}`;
  const { stdout } = await promisify(execFile)("sh", ["-c", script]);
  return stdout.split("\0").slice(0, -1);
}

const command = (page: Page) => page.locator("#swarm-command");
const field = (page: Page, name: string) => page.locator(`.choose [name=${name}]`);

/** Chooses transports and fills fields, and has the command made. */
async function choose(page: Page, transports: readonly string[], fields: Record<string, string>): Promise<void> {
  for (const box of await page.locator(".choose [name=transport]").all()) {
    await box.setChecked(transports.includes((await box.getAttribute("value")) ?? ""));
  }
  for (const [name, value] of Object.entries(fields)) await field(page, name).fill(value);
  await page.locator(".choose button").click();
}

test("what is chosen becomes the command, and the page's address says the same", async ({ lab, page, baseURL }) => {
  await lab.open("/swarm");
  await expect(command(page)).toContainText(`--report ${baseURL}`);
  await expect(command(page)).toContainText("--transport polling,long-polling,sse,websocket");
  await choose(page, ["sse", "long-polling"], { subscribers: "5, 10", rate: "2.5", wait: "3", "server-pid": "" });
  const chosen = await words(await command(page).innerText());
  expect(chosen[0]).toBe("load");
  const flags = Object.fromEntries(chosen.slice(1).map((word, place, all) => [word, all[place + 1]]));
  expect(flags).toMatchObject({
    "--url": baseURL,
    "--transport": "long-polling,sse",
    "--subscribers": "5,10",
    "--rate": "2.5",
    "--wait": "3",
    "--report": baseURL,
  });
  expect(chosen).not.toContain("--poll-interval");
  expect(chosen).not.toContain("--server-pid");
  const address = new URL(page.url());
  expect(address.searchParams.getAll("transport")).toEqual(["long-polling", "sse"]);
  const said = await command(page).innerText();
  await lab.open(address.href);
  expect(await command(page).innerText()).toBe(said);
});

test("the command is copied, and a shell reads of it what was chosen", async ({ lab, page, context, baseURL }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: baseURL! });
  await lab.open("/swarm");
  const name = `it's "tonight" $(touch x) \`y\` \\ & 한글`;
  await page.locator("#swarm-target").selectOption("nchan");
  const urls = { "subscribe-url": "http://127.0.0.1:8080/sub/{topic}?a=1&b=2", "publish-url": "http://127.0.0.1:8080/p" };
  await choose(page, ["websocket"], { ...urls, name });
  await lab.awake();
  await page.getByRole("button", { name: "Copy" }).click();
  await expect(page.locator(".copy").getByText("Copied", { exact: true })).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  const chosen = await words(copied);
  for (const word of [name, ...Object.values(urls), "nchan"]) expect(chosen).toContain(word);
});

test("what cannot be so is said at its field, and there is no command", async ({ lab, page }) => {
  await lab.open("/swarm");
  await choose(page, [], { rate: "9999", subscribers: "many" });
  for (const name of ["rate", "subscribers"]) {
    await expect(field(page, name)).toHaveAttribute("aria-invalid", "true");
    await expect(page.locator(`#swarm-${name}-error`)).toBeVisible();
  }
  await expect(field(page, "rate")).toHaveValue("9999");
  await expect(page.getByText("Choose at least one transport.")).toBeVisible();
  await expect(command(page)).toHaveCount(0);
  expect(await faults(page)).toEqual([]);
});

test("the curves grow while a pasted command reports, and lead to the run", async ({ lab, page, server }) => {
  const own = await server.start();
  await lab.open(`${own.url}/swarm`);
  await choose(page, ["sse"], { subscribers: "2,4,6,8", rate: "20", duration: "2", name: "at the café" });
  await lab.awake();
  // A page that is loaded anew would forget this.
  await page.evaluate(() => Object.assign(window, { stays: true }));
  const said = pasted(await command(page).innerText());

  const swarm = page.locator("article.swarm");
  await expect(swarm).toContainText("at the café");
  await expect(swarm.locator(".where")).toContainText("is being measured for 2 s");
  const cpu = swarm.locator("[data-chart=cpu-per-delivery]");
  await expect(cpu.locator(".sign")).toHaveCount(1);
  const table = cpu.locator("summary");
  await table.focus();
  await page.keyboard.press("Enter");
  await expect(cpu.locator("tbody tr")).toHaveCount(1);
  expect(await faults(page, "#swarms"), "light").toEqual([]);
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await faults(page, "#swarms"), "dark").toEqual([]);
  await page.emulateMedia({ colorScheme: "light" });
  await expect(cpu.locator(".sign")).toHaveCount(4, { timeout: 20_000 });
  // What was unfolded stays so, and the focus where it was.
  await expect(cpu.locator("tbody tr")).toHaveCount(4);
  await expect(table).toBeFocused();
  // So few connections may take less than memory moves by itself.
  const memory = swarm.locator("[data-chart=server-memory] .remark");
  await expect(memory).toContainText(/One more connection takes: SSE [\d.]+ ± [\d.]+ KiB|own error, .*: SSE\./);
  await expect(swarm.locator(".sentence")).toContainText(/Every event came once|No verdict/);
  await expect(page.locator("#swarms-said")).toHaveText("The swarm is over: 4 of 4 lanes measured");
  // Values are read from the curve as from every chart.
  await cpu.getByRole("slider").focus();
  await expect(cpu.locator(".reading")).toContainText("SSE");

  const link = swarm.getByRole("link", { name: "The whole run" });
  await expect(link).toHaveAttribute("href", /^\/runs\/[0-9a-f]{16}$/);
  expect(await page.evaluate(() => "stays" in window)).toBe(true);
  expect(await said).toContain(`kept as ${own.url}${await link.getAttribute("href")}`);
  const drawn = await cpu.locator(".numbers").innerText();
  await link.click();
  await lab.awake();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("at the café");
  // The run's own page draws the same.
  await page.locator("[data-chart=cpu-per-delivery] summary").click();
  expect(await page.locator("[data-chart=cpu-per-delivery] .numbers").innerText()).toBe(drawn);
  for (const curve of ["cpu-per-delivery", "server-memory", "p50", "p99"]) {
    await expect(page.locator(`.run-content [data-chart=${curve}] svg.plot`)).toBeVisible();
  }
  expect(await faults(page), "the run").toEqual([]);
  await page.setViewportSize({ width: 375, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);

  await lab.open(`${own.url}/swarm`);
  await expect(page.locator(".kept-swarms li")).toContainText("at the café");
});

test("a swarm that gives up says why, on an open page", async ({ lab, page, server }) => {
  const own = await server.start();
  await lab.open(`${own.url}/swarm`);
  await expect(page.getByText("No swarm reports right now.")).toBeVisible();
  const vain = `pushpull load --url http://127.0.0.1:1 --report ${own.url}`;
  const lost = expect(promisify(execFile)("sh", ["-c", vain], { env })).rejects.toThrow("connection refused");
  await expect(page.locator("article.swarm .outcome .error")).toContainText("It gave up:");
  await expect(page.locator("article.swarm .sentence")).toContainText("Not complete: 4 lanes are missing.");
  await lost;
});

test("a swarm whose user ends it says so, on an open page", async ({ lab, page, server }) => {
  const own = await server.start();
  await lab.open(`${own.url}/swarm`);
  const flags = ["--transport", "sse", "--subscribers", "2", "--duration", "600", "--url", own.url, "--report", own.url];
  const generator = spawn("pushpull", ["load", ...flags], { env, stdio: "ignore" });
  const ended = new Promise((resolve) => generator.once("exit", resolve));
  try {
    const swarm = page.locator("article.swarm");
    await expect(swarm.locator(".where")).toContainText("deliveries");
    generator.kill("SIGINT");
    expect(await ended).toBe(130);
    await expect(swarm.locator(".outcome")).toHaveText("Its user ended it; no run is kept.");
    await expect(swarm.locator(".outcome .error")).toHaveCount(0);
    await expect(swarm.locator(".where")).toBeEmpty();
  } finally {
    generator.kill("SIGKILL");
  }
});

test("the focus and what is unfolded stay when swarms come and go", async ({ lab, page, server }) => {
  const own = await server.start();
  const workload = { rate: 10, arrivals: "poisson", payload: 128, duration_s: 10, seed: 1 };
  const lanes = [{ transport: "sse", subscribers: 2 }];
  const introduced = { client: "pushpull load", target: "elsewhere", reads_server: false, workload, idle_s: 0, lanes };
  const announce = async (name: string) => {
    const answer = await page.request.post(`${own.url}/api/swarm`, { data: { ...introduced, name } });
    return (await answer.json()) as { swarm: string; key: string };
  };
  const end = async ({ swarm, key }: { swarm: string; key: string }) => {
    const headers = { "swarm-key": key };
    const answer = await page.request.put(`${own.url}/api/swarm/${swarm}/interruption`, { headers });
    expect(answer.status()).toBe(204);
  };

  const first = await announce("the first");
  await lab.open(`${own.url}/swarm`);
  await lab.awake();
  const articles = page.locator("article.swarm");
  const its = page.locator(`#swarm-${first.swarm} [data-chart=p50]`);
  await its.locator("summary").focus();
  await page.keyboard.press("Enter");
  const second = await announce("the second");
  await expect(articles).toHaveCount(2);
  await expect(articles.first()).toContainText("the second");
  await expect(its.locator("summary")).toBeFocused();
  await expect(its.locator("details")).toHaveAttribute("open");
  expect(await faults(page, "#swarms")).toEqual([]);

  // Few that are over are still shown: the one before them goes.
  await end(second);
  for (let n = 0; n < 8; n++) await end(await announce(`one of many, ${n}`));
  await expect(page.locator(`#swarm-${second.swarm}`)).toHaveCount(0);
  await expect(articles).toHaveCount(9);
  await expect(its.locator("summary")).toBeFocused();
  await expect(its.locator("details")).toHaveAttribute("open");

  await end(first);
  await expect(its).toHaveCount(0);
  await expect(page.locator("#swarms")).toBeFocused();
  await expect(articles).toHaveCount(8);
});

for (const [locale, colorScheme] of [
  ["en-US", "light"],
  ["ko-KR", "dark"],
] as const) {
  test.describe(`${locale}, ${colorScheme}`, () => {
    test.use({ locale, colorScheme });

    test("axe finds nothing, and nothing is wider than a narrow screen", async ({ lab, page }) => {
      await lab.open("/swarm");
      expect(await faults(page)).toEqual([]);
      await page.setViewportSize({ width: 375, height: 800 });
      expect(await faults(page), "narrow").toEqual([]);
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wider).toBeLessThanOrEqual(0);
      if (locale === "ko-KR") {
        await expect(page).toHaveTitle("스웜");
        for (const text of await page.locator("main :is(h1, h2, legend, label, dt, .hint, .intro)").allInnerTexts()) {
          expect(text).toMatch(/[가-힣]|^(SSE|WebSocket|--server-pid|--report)$/);
        }
      }
    });
  });
}

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false, allowedConsole: /preloaded using link preload/ });

  test("a command is made all the same, and the page says what does not move", async ({ page }) => {
    await page.goto("/swarm");
    await choose(page, ["websocket"], { rate: "7" });
    await expect(command(page)).toContainText("--rate 7");
    await expect(page.locator("noscript .note")).toBeVisible();
    await expect(page.locator("[data-copy]")).toBeHidden();
  });
});
