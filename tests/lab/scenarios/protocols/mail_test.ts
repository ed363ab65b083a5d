import assert from "node:assert/strict";
import { until } from "../../director.ts";
import { assertInTurn, ProtocolBench, repeat } from "../../protocol_bench.ts";
import { MAIL_USER, startDovecot } from "../../servers/dovecot.ts";
import { MAIL_DOMAIN, startPostfix } from "../../servers/postfix.ts";

/** The subjects of the messages in a directory, in alphabetical order. */
function subjects(directory: string): readonly string[] {
  try {
    const files = [...Deno.readDirSync(directory)].map(({ name }) => Deno.readTextFileSync(`${directory}/${name}`));
    return files.map((text) => /^Subject: (.*)$/m.exec(text)?.[1] ?? "").toSorted();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

Deno.test("SMTP is balanced over servers of Postfix, and each mail is delivered by the one that took it", async () => {
  await using bench = await ProtocolBench.create();
  const servers = [];
  for (const place of bench.places) servers.push(await startPostfix(place));
  await bench.balance({ port: 25 });

  const names = await repeat(6, async (index) => {
    const mail = `From: lab@client.lab\nTo: visitor@${MAIL_DOMAIN}\nSubject: mail ${index}\n\nHello.\n`;
    const envelope = ["--mail-from", "lab@client.lab", "--mail-rcpt", `visitor@${MAIL_DOMAIN}`];
    const target = [`smtp://${bench.vip}/client.lab`, "--upload-file", "-"];
    const curl = ["curl", "--silent", "--verbose", "--max-time", "60"];
    const { code, stderr } = await bench.run([...curl, ...envelope, ...target], { stdin: mail });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^< 250 2\.0\.0 Ok: queued as /m);
    return /^< 220 (r\d)\.lab ESMTP/m.exec(stderr)?.[1] ?? "";
  });
  assertInTurn(names);
  for (const [index, { home, process }] of servers.entries()) {
    const expected = names.flatMap((name, mail) => name === bench.places[index]?.name ? [`mail ${mail}`] : []);
    let delivered: readonly string[] = [];
    await until(() => (delivered = subjects(`${home}/mail/inbox/new`)).length === expected.length, {
      withinMs: 30_000,
      what: `${expected.length} mails are delivered`,
      state: () => process.stdout,
    });
    assert.deepEqual(delivered, expected);
  }
});

Deno.test("IMAP and POP3 are balanced over servers of Dovecot", async () => {
  await using bench = await ProtocolBench.create();
  for (const place of bench.places) await startDovecot(place);
  await bench.balance({ port: 143 });
  await bench.balance({ port: 110 });

  const login = ["--user", `${MAIL_USER.name}:${MAIL_USER.password}`];
  for (const url of [`imap://${bench.vip}/INBOX;MAILINDEX=1`, `pop3://${bench.vip}/1`]) {
    const names = await repeat(4, async () => {
      const message = await bench.curl([...login, url]);
      return /^Subject: (.*?)\r?$/m.exec(message)?.[1] ?? "";
    });
    assertInTurn(names);
    const wrong = ["curl", "--silent", "--max-time", "60", "--user", `${MAIL_USER.name}:wrong`, url];
    assert.equal((await bench.run(wrong)).code, 67, "the servers themselves decide who can log in");
  }
});
