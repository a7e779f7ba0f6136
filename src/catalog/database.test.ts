import { once } from "node:events";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { endpointOf, jobOf, makeCatalog, readScript, startScript } from "../../test/support/catalog.ts";
import { makeTempFolder } from "../../test/support/temp-folder.ts";
import { openCatalog } from "./catalog.ts";

const openScript =
  "const { openCatalog } = await import(source + 'catalog/catalog.ts'); const catalog = openCatalog(args[0]);";

describe("the catalog's file", () => {
  test("is made with the home folder, private, and opened again", () => {
    const home = join(makeTempFolder(), "deep", "home");
    const first = openCatalog(home);
    first.endpoints.put(endpointOf("mnist"));
    first.close();
    expect(statSync(home).mode & 0o777).toBe(0o700);
    const second = openCatalog(home);
    expect(second.endpoints.get("mnist")).not.toBeNull();
    second.close();
  });

  test("of a newer schema is refused, and left as it is", () => {
    const home = makeTempFolder();
    openCatalog(home).close();
    const db = new DatabaseSync(join(home, "catalog.sqlite"));
    db.exec("PRAGMA user_version = 9999");
    db.close();
    expect(() => openCatalog(home)).toThrow(/catalog\.sqlite has schema 9999, and this Batchwise knows up to \d+/);
    const after = new DatabaseSync(join(home, "catalog.sqlite"));
    expect(after.prepare("PRAGMA user_version").get()).toEqual({ user_version: 9999 });
    after.close();
  });

  test("that is no database is refused in words", () => {
    const home = makeTempFolder();
    writeFileSync(join(home, "catalog.sqlite"), "not a database, and longer than a hundred bytes ".repeat(100));
    expect(() => openCatalog(home)).toThrow(/catalog.*is damaged/);
  });

  test("in a folder that cannot be written is refused in words", () => {
    const folder = makeTempFolder();
    writeFileSync(join(folder, "home"), "");
    expect(() => openCatalog(join(folder, "home"))).toThrow(/catalog/);
  });
});

test("migrations are numbered without a gap, and each catalog has the last one's number", () => {
  const files = readdirSync(join(import.meta.dirname, "migrations")).sort();
  expect(files.map((file) => Number(file.slice(0, 4)))).toEqual(files.map((_, index) => index + 1));
  const { home } = makeCatalog();
  const db = new DatabaseSync(join(home, "catalog.sqlite"));
  expect(db.prepare("PRAGMA user_version").get()).toEqual({ user_version: files.length });
  db.close();
});

test("a creation that was interrupted before its first migration is carried on", () => {
  const home = makeTempFolder();
  const db = new DatabaseSync(join(home, "catalog.sqlite"));
  db.exec("PRAGMA journal_mode = WAL; BEGIN; CREATE TABLE endpoint (name TEXT); ROLLBACK");
  db.close();
  const catalog = openCatalog(home);
  expect(catalog.computes.get("local")).not.toBeNull();
  catalog.close();
});

describe("many processes at once", () => {
  test("make one catalog together", async () => {
    const home = join(makeTempFolder(), "home");
    const children = Array.from({ length: 8 }, (_, index) =>
      startScript(
        `${openScript}
        const now = new Date().toISOString();
        catalog.endpoints.put({ name: "ep-" + args[1], description: null, authMode: "key", defaultDeployment: null, tags: {}, properties: {}, createdAt: now, modifiedAt: now });
        catalog.close();`,
        [home, String(index)],
      ),
    );
    await Promise.all(children.map(readScript));
    const catalog = openCatalog(home);
    expect(catalog.endpoints.list()).toHaveLength(8);
    expect(catalog.computes.list()).toHaveLength(1);
    catalog.close();
  });

  test("read and write without losing a change", async () => {
    const catalog = makeCatalog();
    catalog.jobs.add(jobOf("counter"));
    const children = Array.from({ length: 6 }, () =>
      startScript(
        `${openScript}
        for (let round = 0; round < 50; round++) {
          catalog.transaction(() => {
            const { resumes } = catalog.jobs.get("counter");
            catalog.jobs.update("counter", { resumes: resumes + 1 });
          });
        }
        catalog.close();`,
        [catalog.home],
      ),
    );
    await Promise.all(children.map(readScript));
    expect(catalog.jobs.get("counter")?.resumes).toBe(300);
  });

  test("of which one is killed in the middle of a transaction, leave no half of it", async () => {
    const catalog = makeCatalog();
    const child = startScript(
      `${openScript}
      catalog.transaction(() => {
        catalog.computes.remove("local");
        process.stdout.write("inside");
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
      });`,
      [catalog.home],
    );
    await once(child.stdout!, "data");
    const ended = once(child, "close");
    child.kill("SIGKILL");
    await ended;
    expect(catalog.computes.get("local")).not.toBeNull();
    catalog.transaction(() => catalog.endpoints.put(endpointOf("after")));
    expect(existsSync(join(catalog.home, "catalog.sqlite"))).toBe(true);
  });
});
