// What all specs share. Import `test` and `expect` from here, not from Playwright.
import { test as base, expect } from "@playwright/test";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Lab } from "./lab";
import { Server } from "./server";

export { expect, type Server };

interface Options {
  /**
   * Console messages that the test provokes, as in `test.use({ allowedConsole: /net::ERR_/ })` where it cuts
   * connections.
   */
  allowedConsole: RegExp | undefined;
}

interface Fixtures {
  /** Starts servers of the test's own: `const own = await server.start("--test-knobs")`. They end with the test. */
  server: {
    start(...flags: string[]): Promise<Server>;
    startWith(env: Record<string, string>, ...flags: string[]): Promise<Server>;
  };
  /** The lab in the test's page; the test opens it. */
  lab: Lab;
  /**
   * The address of another site: an empty page without any policy of its own, as an attacker would have it. At
   * `/nobody` the same page has no origin.
   */
  stranger: string;
}

/** A test whose pages must leave the console empty: no error, no warning, no uncaught exception. */
export const test = base.extend<Options & Fixtures>({
  allowedConsole: [undefined, { option: true }],

  // On the context, so that pages which a test opens itself are watched as well.
  context: async ({ context, allowedConsole }, use) => {
    const said: string[] = [];
    const note = (text: string) => {
      if (!allowedConsole?.test(text)) said.push(text);
    };
    context.on("console", (message) => {
      if (["error", "warning", "assert"].includes(message.type())) {
        note(`${message.type()}: ${message.text()} (${message.location().url})`);
      }
    });
    context.on("weberror", (error) => note(`uncaught: ${error.error().stack ?? error.error().message}`));
    await use(context);
    expect(said, "the browser's console").toEqual([]);
  },

  server: async ({ context }, use) => {
    const started: Server[] = [];
    const startWith = async (env: Record<string, string>, ...flags: string[]) => {
      const server = await Server.start(flags, env);
      started.push(server);
      return server;
    };
    await use({ startWith, start: (...flags) => startWith({}, ...flags) });
    // First the pages: one that is still open would complain of a server that is gone.
    await Promise.all(context.pages().map((page) => page.close()));
    await Promise.all(started.map((server) => server.stop()));
  },

  lab: async ({ page }, use) => {
    await use(new Lab(page));
  },

  // The empty pattern has to be there: Playwright reads a fixture's needs from its first parameter.
  stranger: async ({}, use) => {
    const site = createServer((request, response) => {
      response.setHeader("content-type", "text/html");
      if (request.url === "/nobody") {
        response.setHeader("content-security-policy", "sandbox allow-scripts allow-forms");
      }
      // Its own icon, so that the browser asks for none and finds nothing to complain about.
      response.end('<!DOCTYPE html><link rel="icon" href="data:,"><title>Stranger</title>');
    });
    await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
    await use(`http://127.0.0.1:${(site.address() as AddressInfo).port}`);
    site.closeAllConnections();
    await new Promise((resolve) => site.close(resolve));
  },
});
