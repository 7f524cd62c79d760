import { type ApiHandler, ROUTES } from "@qmoi/functions/api";
import { openApiOf } from "@qmoi/functions/api/openapi";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

const document = await openApiOf(ROUTES, "0.0.0");
const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema({ $id: "api", ...document });
const compiled = new Map<string, ValidateFunction>();

const segment = (text: string): string => text.replaceAll("~", "~0").replaceAll("/", "~1");

const isAt = (template: string, path: string): boolean =>
  new RegExp(`^${template.replace(/[.]/g, "\\.").replace(/\{\w+\}/g, "[^/]+")}$`).test(path.replace(/(.)\/$/, "$1"));

/** The API, each of whose answers must be what its description says: an answer that isn't rejects. */
export const validatedApi =
  (api: ApiHandler): ApiHandler =>
  async (event) => {
    const answer = await api(event);
    const { method, path } = event.requestContext.http;
    const paths = Object.keys(document.paths).filter(
      (template) => isAt(template, path) && method.toLowerCase() in (document.paths[template] ?? {}),
    );
    // A path that is named in full comes before one with parameters.
    const template = paths.find((one) => !one.includes("{")) ?? paths[0];
    if (template === undefined) return answer;
    const responses = document.paths[template]?.[method.toLowerCase()]?.responses ?? {};
    const status = String(answer.statusCode ?? 200);
    const described = status in responses ? status : `${status[0]}XX`;
    const type = String(answer.headers?.["content-type"]).split(";")[0] ?? "";
    const where = `${method} ${template} ${status} ${type}`;
    if (!responses[described]?.content?.[type]) throw new Error(`${where} is not described.`);
    const pointer = ["paths", template, method.toLowerCase(), "responses", described, "content", type, "schema"].map(segment).join("/");
    const validate = compiled.get(pointer) ?? ajv.compile({ $ref: `api#/${encodeURI(pointer)}` });
    compiled.set(pointer, validate);
    if (!validate(type.endsWith("json") ? JSON.parse(answer.body ?? "") : answer.body)) {
      throw new Error(`${where} is not as described: ${ajv.errorsText(validate.errors)}\n${answer.body}`);
    }
    return answer;
  };
