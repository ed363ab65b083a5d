import assert from "node:assert/strict";
import { mustRun } from "../../namespace.ts";
import { assertInTurn, ProtocolBench, repeat } from "../../protocol_bench.ts";
import { startVsftpd } from "../../servers/vsftpd.ts";

Deno.test("passive FTP through nat is balanced over servers of vsftpd, with the kernel's ip_vs_ftp", async () => {
  await using bench = await ProtocolBench.create();
  const servers = [];
  for (const place of bench.places) servers.push(await startVsftpd(place));
  await bench.balance({ port: 21 });

  const url = `ftp://${bench.vip}`;
  // Goes where the server says that the data is.
  const passive = ["--silent", "--verbose", "--max-time", "60", "--disable-epsv", "--no-ftp-skip-pasv-ip"];
  const announced = /^< 227 .*\((\d+),(\d+),(\d+),(\d+),\d+,\d+\)/m;
  const fetch = async (): Promise<{ readonly code: number; readonly body: string; readonly data: string }> => {
    const { code, stdout, stderr } = await bench.run(["curl", ...passive, `${url}/name.txt`]);
    const [, ...bytes] = announced.exec(stderr) ?? [];
    const [, greeting = ""] = /^< 220 (.*?)\r?$/m.exec(stderr) ?? [];
    if (code === 0) assert.equal(stdout, `${greeting}\n`, "the data comes from the server that the client talks to");
    return { code, body: stdout, data: bytes.join(".") };
  };
  const without = await fetch();
  assert.deepEqual([without.code, without.body, without.data.replace(/\.\d+$/, "")], [7, "", "10.1.0"]);

  const modprobe = (await Deno.readTextFile("/proc/sys/kernel/modprobe")).trim();
  await mustRun([modprobe, "ip_vs_ftp"]);
  const names = await repeat(6, async () => {
    const { code, body, data } = await fetch();
    assert.deepEqual({ code, data }, { code: 0, data: bench.vip }, "the answer is rewritten");
    return body.trim();
  });
  assertInTurn(names);
  // Extended passive mode, which is curl's first choice.
  assertInTurn(await repeat(4, async () => (await bench.curl([`${url}/name.txt`])).trim()));

  // Upload: more than a segment.
  const text = "y".repeat(100_000);
  for (let file = 0; file < 2; file++) {
    await bench.curl(["--disable-epsv", "--upload-file", "-", `${url}/incoming/${file}`], { stdin: text });
  }
  const stored = await Promise.all(servers.map(async ({ home }) => {
    const files = [...Deno.readDirSync(`${home}/files/incoming`)].map(({ name }) => name);
    return await Promise.all(files.map((name) => Deno.readTextFile(`${home}/files/incoming/${name}`)));
  }));
  assert.deepEqual(stored, [[text], [text]]);
});
