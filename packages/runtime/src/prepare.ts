import { isSecretRef, parseTemplate, type Scope, type TaskDefinition, type Template } from "@qmoi/config";
import { type Failure, type Json, QmoiError, type TargetCall } from "@qmoi/core";
import { type Element, scopeOf } from "./gates.ts";
import type { Outputs } from "./outputs.ts";
import type { Ports } from "./ports.ts";
import { isTransient, retrying } from "./retrying.ts";
import type { Located, RunFacts } from "./run-facts.ts";

/** Everything of a call that must be fetched before the claim, so that nothing is awaited between the check and the effect. */
export interface Prepared {
  readonly input: Json;
  readonly target: TargetCall["target"];
  readonly idempotencyKey: string;
  /** Values to keep out of logs and outputs. */
  readonly secrets: readonly string[];
}

/** A task's templates, parsed once per definition. */
interface Recipe {
  readonly payload: Template | undefined;
  readonly target: Template;
  readonly key: Template | undefined;
  /** Tasks whose outcome must be read first. */
  readonly reads: readonly string[];
  /** Gets inputs and outputs of its needs as input, for want of a payload. */
  readonly implicit: boolean;
  readonly hasSecrets: boolean;
  /** Some part of it holds an expression. */
  readonly evaluates: boolean;
  /** It is rendered from what is at hand. */
  readonly readsNothing: boolean;
}

const recipes = new WeakMap<TaskDefinition, Recipe>();

/** Kinds of target that take an input; others get what their definition says. */
const TAKES_INPUT = new Set(["process", "function", "lambda", "step-functions", "sqs", "ecs"]);

const recipeOf = (def: TaskDefinition): Recipe => {
  let recipe = recipes.get(def);
  if (!recipe) {
    const payload = def.payload === undefined ? undefined : parseTemplate(def.payload);
    const target = parseTemplate(def.target as unknown as Json);
    const key = def.idempotencyKey === undefined ? undefined : parseTemplate(def.idempotencyKey);
    const implicit = payload === undefined && TAKES_INPUT.has(def.target.type);
    const reads = new Set([payload, target, key].flatMap((template) => [...(template?.references.tasks ?? [])]));
    if (implicit) for (const need of def.needs ?? []) reads.add(typeof need === "string" ? need : need.task);
    const evaluates = [payload, target, key].some((template) => template?.constant === false);
    const hasSecrets = JSON.stringify(def.target).includes('"secretRef"');
    const readsNothing = !evaluates && !hasSecrets && reads.size === 0;
    recipe = { payload, target, key, reads: [...reads], implicit, hasSecrets, evaluates, readsNothing };
    recipes.set(def, recipe);
  }
  return recipe;
};

/** Renders a task's payload and target, at once where nothing must be read for it. Errors: QMOI_INVALID_EXPRESSION, QMOI_SECRET_MISSING. */
export const prepare = (ports: Ports, facts: RunFacts, outputs: Outputs, located: Located): Prepared | Promise<Prepared> => {
  const recipe = recipeOf(located.task.def);
  if (!recipe.readsNothing || located.element !== undefined) return prepareReading(ports, facts, outputs, located, recipe);
  const target = recipe.target.render(NO_SCOPE) as unknown as TargetCall["target"];
  const input = recipe.payload ? recipe.payload.render(NO_SCOPE) : recipe.implicit ? { inputs: facts.inputs, needs: {} } : null;
  return { input, target, idempotencyKey: keyOf(recipe, facts, located, NO_SCOPE), secrets: NO_SECRETS };
};

const prepareReading = async (ports: Ports, facts: RunFacts, outputs: Outputs, located: Located, recipe: Recipe): Promise<Prepared> => {
  const { task, element } = located;
  const item = element === undefined ? undefined : { item: (await facts.list(task.index))[element] ?? null, index: element };
  const scope = recipe.evaluates ? await scopeOf(facts, outputs, recipe.reads, item) : NO_SCOPE;
  const secrets: string[] = [];
  const rendered = recipe.target.render(scope);
  const target = recipe.hasSecrets ? await fill(ports, rendered, secrets) : rendered;
  const input = recipe.payload
    ? recipe.payload.render(scope)
    : recipe.implicit
      ? await implicitInput(facts, outputs, recipe.reads, item)
      : null;
  return { input, target: target as unknown as TargetCall["target"], idempotencyKey: keyOf(recipe, facts, located, scope), secrets };
};

const NO_SECRETS: readonly string[] = [];

const keyOf = (recipe: Recipe, { run }: RunFacts, { task, element }: Located, scope: Scope): string => {
  if (recipe.key) return String(recipe.key.render(scope));
  return element === undefined ? `${run}/${task.def.name}` : `${run}/${task.def.name}[${element}]`;
};

/** Nothing is evaluated: no expression looks into it. */
const NO_SCOPE: Scope = { inputs: {}, run: { id: "", workflow: "", startedAt: "" }, tasks: {} };

/** Without a payload a task gets the run's inputs and the outputs of what it needs. */
const implicitInput = async (facts: RunFacts, outputs: Outputs, needs: readonly string[], element: Element | undefined): Promise<Json> => {
  const tasks = needs.length === 0 ? {} : await outputs.scope(facts, needs);
  return {
    inputs: facts.inputs,
    needs: Object.fromEntries(Object.entries(tasks).map(([name, task]) => [name, task.output])),
    ...(element ?? {}),
  };
};

/** Replaces secret references by their values, and collects the values. */
const fill = async (ports: Ports, value: Json, secrets: string[]): Promise<Json> => {
  if (isSecretRef(value)) {
    const secret = await ports.secrets.get(value.secretRef);
    secrets.push(secret);
    return secret;
  }
  if (Array.isArray(value)) return Promise.all(value.map((entry: Json) => fill(ports, entry, secrets)));
  if (typeof value !== "object" || value === null) return value;
  const entries = await Promise.all(
    Object.entries(value).map(async ([key, entry]) => [key, await fill(ports, entry as Json, secrets)] as const),
  );
  return Object.fromEntries(entries);
};

/** Prepares again while the store is away, for 10 s. What can't be prepared fails the attempt. */
export const prepareOrFail = (
  { clock }: Ports,
  work: () => Prepared | Promise<Prepared>,
): Prepared | Failure | Promise<Prepared | Failure> => {
  try {
    const prepared = work();
    if (!(prepared instanceof Promise)) return prepared;
    const until = clock.monotonic() + 10_000;
    return prepared.catch((error: unknown) => {
      if (!isTransient(error)) return failureOf(error);
      return retrying(clock, until, async () => work()).catch(failureOf);
    });
  } catch (error) {
    return failureOf(error);
  }
};

/** What an attempt fails with that could not be prepared, or whose outcome could not be stored. */
export const failureOf = (error: unknown): Failure => {
  if (isTransient(error)) return { class: "unavailable", code: (error as QmoiError).code, message: (error as QmoiError).message };
  if (error instanceof QmoiError) return { class: "invalid", code: error.code, message: error.message };
  return { class: "exception", code: "QMOI_INTERNAL", message: error instanceof Error ? error.message : String(error) };
};
