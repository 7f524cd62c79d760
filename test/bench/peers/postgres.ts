import pg from "pg";
import type { Servers } from "../speed/subject.ts";

let databases = 0;

/** Creates an empty database on the server and gives the address of it. */
export const connectionString = async ({ postgres }: Servers): Promise<string> => {
  if (!postgres) throw new Error("PostgreSQL does not run.");
  const server = `postgres://${postgres.user}@127.0.0.1:${postgres.port}`;
  const client = new pg.Client({ connectionString: `${server}/postgres` });
  await client.connect();
  const name = `bench_${process.pid}_${databases++}`;
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  return `${server}/${name}`;
};
