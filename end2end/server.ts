// A server process for the tests.
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { builtServer, root, site } from "./build";

/** What the server says on its standard output once it accepts connections. */
export const LISTENS = /pushpull listens on (?<pushpull_scheme>https?):\/\/127\.0\.0\.1:(?<pushpull_port>\d+)/;

/** The arguments that every server under test gets; port 0 lets the system choose, so servers never collide, and no saved runs of anybody's are touched. */
export const ARGUMENTS = ["serve", "--addr", "127.0.0.1:0", "--site", site, "--db", ":memory:"];

/** How long a server may take to start, and to stop before it is killed, in milliseconds. */
const PATIENCE = 10_000;

/** A pushpull server of one test's own, with the flags that the test needs. */
export class Server {
  /** Its address without a closing slash, as in `http://127.0.0.1:41234`. */
  readonly url: string;
  /** All lines it has printed so far, on both outputs. */
  readonly output: readonly string[];

  private constructor(
    private readonly child: ChildProcess,
    private readonly ended: Promise<number | null>,
    url: string,
    output: readonly string[],
  ) {
    this.url = url;
    this.output = output;
  }

  /** The process id, to read what the server costs. */
  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Starts a server, with some more environment, and waits until it listens. */
  static async start(flags: readonly string[], env: Record<string, string> = {}): Promise<Server> {
    const output: string[] = [];
    const child = spawn(builtServer(), [...ARGUMENTS, ...flags], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = new Promise<number | null>((resolve) => {
      child.once("exit", resolve);
      child.once("error", (error) => {
        output.push(String(error));
        resolve(null);
      });
    });
    const listens = new Promise<string>((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on("line", (line) => {
          output.push(line);
          const told = LISTENS.exec(line)?.groups;
          if (told) resolve(`${told["pushpull_scheme"]}://127.0.0.1:${told["pushpull_port"]}`);
        });
      }
    });
    const url = await Promise.race([listens, ended, after(PATIENCE)]);
    if (typeof url === "string") return new Server(child, ended, url, output);
    child.kill("SIGKILL");
    throw new Error(`The server did not start with ${flags.join(" ")}:\n${output.join("\n")}`);
  }

  /** Its address that many milliseconds away. */
  async afar(milliseconds: number): Promise<string> {
    const words = `from ${milliseconds} ms away `;
    for (let waited = 0; waited < PATIENCE; waited += 20) {
      const line = this.output.find((line) => line.startsWith(words));
      if (line) return line.slice(words.length);
      await after(20);
    }
    throw new Error(`The server has told no address ${words.trim()}:\n${this.output.join("\n")}`);
  }

  /** Asks the server to end, as an operator would; returns its exit code, or null when it had to be killed. */
  async stop(): Promise<number | null> {
    this.child.kill("SIGTERM");
    const code = await Promise.race([this.ended, after(PATIENCE)]);
    if (code !== undefined) return code;
    this.child.kill("SIGKILL");
    await this.ended;
    return null;
  }
}

function after(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(undefined), milliseconds).unref();
  });
}
