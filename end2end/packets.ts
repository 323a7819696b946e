// What went over loopback, seen by somebody else: dumpcap writes the packets down, tshark reads them, and what
// they carried is taken apart here, by HTTP's own rules, without a word from the server under test.
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const run = promisify(execFile);
const END = Buffer.from("\r\n\r\n");

/** Bytes of TCP payload, and how many connections carried them. */
export interface Carried {
  in: number;
  out: number;
  connections: number;
}

/** One direction of a connection. */
interface Flow {
  first: number;
  segments: Map<number, Buffer>;
}

export class Capture {
  private constructor(
    private readonly dumpcap: ChildProcess,
    private readonly folder: string,
    private readonly port: number,
  ) {}

  /** Begins to write down what goes to and from a port; a reason where this machine does not let us. */
  static async start(port: number): Promise<Capture | string> {
    const folder = mkdtempSync(join(tmpdir(), "pushpull-capture-"));
    const loopback = process.platform === "darwin" ? "lo0" : "lo";
    const flags = ["-q", "-B", "64", "-i", loopback, "-f", `tcp port ${port}`, "-w", join(folder, "packets")];
    const dumpcap = spawn("dumpcap", flags, { stdio: ["ignore", "ignore", "pipe"] });
    const said: string[] = [];
    const begun = await new Promise<boolean>((resolve) => {
      dumpcap.once("error", (error) => {
        said.push(`${error.message}; install tshark`);
        resolve(false);
      });
      dumpcap.once("exit", () => resolve(false));
      createInterface({ input: dumpcap.stderr }).on("line", (line) => {
        said.push(line);
        if (line.startsWith("File: ")) resolve(true);
      });
    });
    if (begun) return new Capture(dumpcap, folder, port);
    rmSync(folder, { recursive: true, force: true });
    return said.join(" ");
  }

  stop(): void {
    this.dumpcap.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What each lane's requests and answers have taken until now. */
  async lanes(): Promise<Map<string, Carried>> {
    const lanes = new Map<string, Carried>();
    for (const [sent, heard] of await this.connections()) {
      const here = new Set<string>();
      for (const { lane, bytesIn, bytesOut } of exchanges(sent, heard)) {
        if (!lane) continue;
        const sum = lanes.get(lane) ?? { in: 0, out: 0, connections: 0 };
        sum.in += bytesIn;
        sum.out += bytesOut;
        if (!here.has(lane)) sum.connections += 1;
        here.add(lane);
        lanes.set(lane, sum);
      }
    }
    return lanes;
  }

  /** What the client and what the server said on each connection. */
  private async connections(): Promise<[Buffer, Buffer][]> {
    const fields = ["tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.flags.syn", "tcp.payload"];
    const flags = ["-n", "-o", "tcp.desegment_tcp_streams:FALSE", "-r", join(this.folder, "packets"), "-T", "fields"];
    const options = { maxBuffer: 1 << 28 };
    // While the file grows its last packet may be cut, which tshark complains about; what is whole is told.
    const told = await run("tshark", [...flags, ...fields.flatMap((field) => ["-e", field])], options).catch(
      (error: { stdout?: string }) => ({ stdout: error.stdout ?? "" }),
    );
    const flows = new Map<string, Flow>();
    for (const line of told.stdout.split("\n").filter(Boolean)) {
      const [from, to, seq, syn, payload] = line.split("\t");
      const name = `${from}>${to}`;
      const flow = flows.get(name) ?? { first: 0, segments: new Map<number, Buffer>() };
      flows.set(name, flow);
      if (syn === "1" || syn === "True") flow.first = (Number(seq) + 1) % 2 ** 32;
      const at = (Number(seq) - flow.first + 2 ** 32) % 2 ** 32;
      const bytes = Buffer.from(payload ?? "", "hex");
      // The same bytes sent again count once.
      if (bytes.length > (flow.segments.get(at)?.length ?? 0)) flow.segments.set(at, bytes);
    }
    const pairs: [Buffer, Buffer][] = [];
    for (const [name, flow] of flows) {
      const [from, to] = name.split(">");
      if (to !== String(this.port)) continue;
      const back = flows.get(`${to}>${from}`);
      pairs.push([joined(flow), back ? joined(back) : Buffer.alloc(0)]);
    }
    return pairs;
  }
}

function joined(flow: Flow): Buffer {
  const parts: Buffer[] = [];
  let end = 0;
  for (const [at, bytes] of [...flow.segments].sort(([one], [other]) => one - other)) {
    if (at > end) throw new Error("The capture lost a packet.");
    const fresh = bytes.subarray(Math.max(0, end - at));
    parts.push(fresh);
    end += fresh.length;
  }
  return Buffer.concat(parts);
}

interface Exchange {
  lane: string | undefined;
  bytesIn: number;
  bytesOut: number;
}

/** Parts a connection into its requests and their answers. */
function* exchanges(sent: Buffer, heard: Buffer): Generator<Exchange> {
  while (sent.length > 0) {
    const head = headOf(sent);
    if (!head) return;
    const [method = "", target = ""] = head.text.split(" ");
    let lane = new URL(target, "http://localhost").searchParams.get("lane") ?? undefined;
    let bytesIn = head.length + Number(head.header("content-length") ?? 0);
    let bytesOut = answerLength(heard, method);
    if (/^HTTP\/1\.1 101 /.test(heard.subarray(0, 13).toString("latin1"))) {
      // Another protocol from here on, for ever; a server function's socket names its lane in its first message.
      lane ??= laneInFrames(sent.subarray(head.length));
      bytesIn = sent.length;
      bytesOut = heard.length;
    }
    yield { lane, bytesIn, bytesOut };
    sent = sent.subarray(bytesIn);
    heard = heard.subarray(bytesOut);
  }
}

function headOf(bytes: Buffer) {
  const end = bytes.indexOf(END);
  if (end < 0) return undefined;
  const text = bytes.subarray(0, end).toString("latin1");
  return {
    text,
    length: end + END.length,
    header(name: string): string | undefined {
      return new RegExp(`^${name}: *(.*?)\\s*$`, "im").exec(text)?.[1];
    },
  };
}

function answerLength(heard: Buffer, method: string): number {
  const head = headOf(heard);
  if (!head) return heard.length;
  const status = head.text.slice(9, 12);
  if (method === "HEAD" || status === "204" || status === "304") return head.length;
  const length = head.header("content-length");
  if (length !== undefined) return head.length + Number(length);
  if (head.header("transfer-encoding") === undefined) return heard.length;
  let at = head.length;
  for (;;) {
    const line = heard.indexOf("\r\n", at);
    if (line < 0) return heard.length;
    const size = parseInt(heard.subarray(at, line).toString("latin1"), 16);
    at = line + 2 + size + 2;
    if (size === 0 || at > heard.length) return Math.min(at, heard.length);
  }
}

/** Reads a client's first frame (RFC 6455, 5.2). */
function laneInFrames(bytes: Buffer): string | undefined {
  if (bytes.length < 6) return undefined;
  const short = bytes.readUInt8(1) & 0x7f;
  const at = short === 126 ? 4 : 2;
  const length = short === 126 ? bytes.readUInt16BE(2) : short;
  const mask = bytes.subarray(at, at + 4);
  const text = bytes
    .subarray(at + 4, at + 4 + length)
    .map((byte, place) => byte ^ (mask[place % 4] ?? 0));
  return /"lane":"([a-z0-9-]+)"/.exec(Buffer.from(text).toString("utf8"))?.[1];
}
